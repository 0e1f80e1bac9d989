import type { HttpAnswer } from './http.ts'

/**
 * What becomes of a request that was not granted.
 * `number`: this number cannot be watched; no use in trying again soon.
 * `account`: the account or its profile is wrong, for every number; nothing more is asked until it was looked at.
 * `later`: the operator wants or needs a pause; certainly nothing was done.
 * `unsure`: it may have been done.
 */
export type RefusalKind = 'number' | 'account' | 'later' | 'unsure'

/** An operator did not do what it was asked for. `message` holds no number and no token, and says what to do. */
export class CamaraRefusal extends Error {
  readonly kind: RefusalKind
  /** HTTP status; undefined where no answer came. */
  readonly status: number | undefined
  /** `code` of the operator's ErrorInfo. */
  readonly code: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(kind: RefusalKind, message: string, answer: Partial<HttpAnswer> & { code?: string | undefined } = {}) {
    super(message)
    this.name = 'CamaraRefusal'
    this.kind = kind
    this.status = answer.status
    this.code = answer.code
    this.retryAfterMs = answer.retryAfterMs
  }
}

/** Codes of CAMARA_common.yaml and of the API that are about the number, with what to do. */
const ofNumber: Readonly<Record<string, string>> = {
  IDENTIFIER_NOT_FOUND: 'The operator does not know the number: is it its subscriber?',
  SERVICE_NOT_APPLICABLE: 'The operator does not offer this for the number.',
  UNSUPPORTED_IDENTIFIER: 'The operator does not take phone numbers as identifiers: ask it.',
}

const ofAccount: Readonly<Record<string, string>> = {
  INVALID_SINK: 'Check sink.url; where the operator knows one URL only, set sink.tagged to false.',
  INVALID_PROTOCOL: 'The operator does not deliver over HTTP.',
  INVALID_CREDENTIAL: 'The operator does not take an access token for the sink.',
  INVALID_TOKEN: 'Check sink.key.',
  INVALID_ARGUMENT: 'Check subscriptions and eventVersion against the version of the API that the operator runs.',
  OUT_OF_RANGE: 'Check lifetime and maxEvents: the operator may allow less.',
  PERMISSION_DENIED: 'The token lacks a scope, or the contract the API: check oauth.scope, and ask the operator.',
  SUBSCRIPTION_MISMATCH: 'The token is not for this event type: check oauth.scope and types.',
  MISSING_IDENTIFIER: 'The operator did not see the number: does it want another form of token?',
  UNNECESSARY_IDENTIFIER: 'The token stands for one device; it has to be one of client credentials.',
  UNAUTHENTICATED: 'A new token was refused too: check oauth.',
}

/** What an answer other than the hoped-for means. */
export function refusalOf({ status, body, retryAfterMs }: HttpAnswer): CamaraRefusal {
  const { code, message } = (body ?? {}) as { code?: unknown; message?: unknown }
  const name = typeof code === 'string' ? code : undefined
  const said = typeof message === 'string' ? `: ${clean(message)}` : ''
  const what = `${status}${name === undefined ? '' : ` ${clean(name)}`}${said}`
  const facts = { status, retryAfterMs, code: name }
  if (status === 429) return new CamaraRefusal('later', what, facts)
  // 409: one like it exists, or is being made: it is looked up before it is asked for again. 501: there is no such thing.
  if ((status >= 500 && status !== 501) || status === 409 || status === 408)
    return new CamaraRefusal('unsure', what, facts)
  const number = ofNumber[name ?? '']
  if (number !== undefined) return new CamaraRefusal('number', `${what}. ${number}`, facts)
  if (status >= 300 && status < 400) {
    return new CamaraRefusal(
      'account',
      `${what}. It answers with a redirect, which is not followed: check apiRoot.`,
      facts,
    )
  }
  const hint = ofAccount[name ?? ''] ?? 'Check the profile against the contract.'
  return new CamaraRefusal('account', `${what}. ${hint}`, facts)
}

/** What others wrote, for logs and people: no more than 200 characters, no control characters, no number in full. */
export function clean(text: string): string {
  return text
    .slice(0, 200)
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\d{7,}/g, (digits) => `${digits.slice(0, 4)}***`)
}
