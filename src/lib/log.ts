import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/**
 * JSON lines on stderr, so that stdout stays free for results. Secrets are redacted by key as a second line of defence;
 * the first is that nobody passes them in. MSISDNs are masked by the caller (`maskMsisdn`).
 */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      redact: {
        paths: ['password', '*.password', 'authorization', '*.authorization', 'key', '*.key'],
        censor: '[redacted]',
      },
    },
    pino.destination({ fd: 2, sync: false }),
  )
}
