import { randomUUID } from 'node:crypto'

/** A list of subscriptions may be long; nothing else is. */
const bodyLimit = 64 * 1024 * 1024

export interface HttpAnswer {
  readonly status: number
  /** Undefined where the body is no JSON. */
  readonly body: unknown
  /** Retry-After in milliseconds. */
  readonly retryAfterMs: number | undefined
}

/** The answer did not come: what was asked for may have been done, unless `sent` is false. */
export class NoAnswer extends Error {
  /** False where nobody was reached, so that nothing can have been done. */
  readonly sent: boolean

  constructor(message: string, sent: boolean) {
    super(message)
    this.name = 'NoAnswer'
    this.sent = sent
  }
}

/** Errors of a connection that never stood. */
const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']

/**
 * One request with a time limit for all of it. A redirect is an answer like others: it is not followed, so a token goes to nobody but
 * the URL of the profile.
 *
 * @throws NoAnswer
 */
export async function request(
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
  timeoutMs: number,
): Promise<HttpAnswer> {
  try {
    const response = await fetch(url, {
      ...init,
      headers: { accept: 'application/json', 'x-correlator': randomUUID(), ...init.headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await bodyOf(response)
    return { status: response.status, body: json(text), retryAfterMs: retryAfter(response.headers.get('retry-after')) }
  } catch (error) {
    const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } }
    const code = cause?.code
    if (name === 'TimeoutError') throw new NoAnswer(`no answer within ${timeoutMs} ms`, true)
    throw new NoAnswer(code ?? cause?.message ?? message, !neverSent.includes(code ?? ''))
  }
}

async function bodyOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.length
    if (size > bodyLimit) throw new Error(`the answer is longer than ${bodyLimit / 1024 / 1024} MB`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined
}
