import { clientAssertion } from './client-assertion.ts'
import { NoAnswer, request } from './http.ts'
import { type CamaraOperator, eventTypeOf } from './operator-schema.ts'
import { CamaraRefusal, clean } from './refusal.ts'

/** Taken where the endpoint does not say `expires_in` (RFC 6749 §5.1 only recommends it). */
const unknownLifeMs = 300_000
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** An access token by client credentials (RFC 6749 §4.4), kept until shortly before its end; those who ask meanwhile wait for one request. */
export class AccessToken {
  readonly #operator: CamaraOperator
  readonly #now: () => Date
  #token: { value: string; renewAt: number } | undefined
  #coming: Promise<string> | undefined

  constructor(operator: CamaraOperator, now: () => Date) {
    this.#operator = operator
    this.#now = now
  }

  /** @throws CamaraRefusal `account` or `later` */
  async get(): Promise<string> {
    if (this.#token !== undefined && this.#now().getTime() < this.#token.renewAt) return this.#token.value
    this.#coming ??= this.#fetch().finally(() => {
      this.#coming = undefined
    })
    return this.#coming
  }

  /** It was refused: the next one is new. One that came meanwhile is kept. */
  refused(value: string): void {
    if (this.#token?.value === value) this.#token = undefined
  }

  async #fetch(): Promise<string> {
    const { oauth, timeoutMs } = this.#operator
    const now = this.#now()
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: oauth.scope ?? scopesOf(this.#operator),
    })
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' }
    const { clientId, clientSecret, clientKey, keyId } = oauth
    if (clientKey !== undefined) {
      form.set('client_id', clientId)
      form.set('client_assertion_type', assertionType)
      form.set('client_assertion', clientAssertion({ clientId, clientKey, keyId }, oauth.tokenUrl, now))
    } else {
      // RFC 6749 §2.3.1: each is form-encoded first.
      const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret ?? '')}`
      headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`
    }
    const init = { method: 'POST', headers, body: form.toString() }
    const answer = await request(oauth.tokenUrl, init, timeoutMs).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error
      throw new CamaraRefusal('later', `The token endpoint: ${error.message}`)
    })
    const { access_token: value, expires_in: lifeS, error } = (answer.body ?? {}) as Record<string, unknown>
    if (answer.status !== 200 || typeof value !== 'string' || value === '') {
      const what = typeof error === 'string' ? ` ${clean(error)}` : ''
      const kind = answer.status === 429 || answer.status >= 500 ? 'later' : 'account'
      throw new CamaraRefusal(kind, `The token endpoint answers ${answer.status}${what}. Check oauth.`, answer)
    }
    const lifeMs = typeof lifeS === 'number' && lifeS > 0 ? lifeS * 1000 : unknownLifeMs
    // A minute early, so that it does not end on its way; of a short life a tenth.
    this.#token = { value, renewAt: now.getTime() + lifeMs - Math.min(60_000, lifeMs / 10) }
    return value
  }
}

/** The scopes that the two APIs name for what is asked of them. */
export function scopesOf(operator: CamaraOperator): string {
  const api = 'device-roaming-status-subscriptions'
  return [
    ...operator.types.map((type) => `${api}:${eventTypeOf(operator, type)}:create`),
    `${api}:read`,
    `${api}:delete`,
    'device-roaming-status:read',
  ].join(' ')
}
