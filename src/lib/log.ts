import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/** Many log an error's message only: a text stays as it is. */
function shown(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack } = error
  return { type: name, code: (error as { code?: unknown }).code, message, stack }
}

/**
 * JSON lines on stderr, so that stdout stays free for results. Secrets are redacted by key as a second line of defence;
 * the first is that nobody passes them in. MSISDNs are masked by the caller (`maskMsisdn`).
 */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      // Of an error its name, code and message: what PostgreSQL adds (detail, where) may quote a row with a number in it.
      serializers: { err: shown },
      redact: {
        paths: ['password', '*.password', 'authorization', '*.authorization', 'key', '*.key'],
        censor: '[redacted]',
      },
    },
    pino.destination({ fd: 2, sync: false }),
  )
}
