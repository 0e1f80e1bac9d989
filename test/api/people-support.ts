import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { Seal } from '../../src/lib/seal.ts'
import type { Call, TestApi } from './support.ts'

export const testSeal = new Seal(randomBytes(32))

export const origin = 'http://localhost'

/** A browser: keeps the cookie and sends what a page of ours sends. */
export class Browser {
  cookie: string | undefined
  csrf: string | undefined
  readonly #api: TestApi
  readonly #more: Record<string, string>

  constructor(api: TestApi, more: Record<string, string> = {}) {
    this.#api = api
    this.#more = more
  }

  async ask(method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', url: string, { headers, ...call }: Call = {}) {
    const answered = await this.#api.call(undefined, method, url, {
      ...call,
      headers: {
        origin,
        ...this.#more,
        ...(this.cookie === undefined ? {} : { cookie: `bongsu_session=${this.cookie}` }),
        ...(this.csrf === undefined ? {} : { 'x-csrf-token': this.csrf }),
        ...headers,
      },
    })
    const set = [answered.headers['set-cookie']].flat().find((one) => one?.startsWith('bongsu_session='))
    if (set !== undefined) this.cookie = /=([^;]*)/.exec(set)?.[1] || undefined
    if (typeof answered.body?.csrfToken === 'string') this.csrf = answered.body.csrfToken
    return answered
  }

  signIn(name: string, password: string, code?: string) {
    return this.ask('POST', '/v1/sessions', { body: { name, password, ...(code === undefined ? {} : { code }) } })
  }
}

/** The code of an authenticator, so many steps of 30 s from now. */
export const codeOf = (secret: string, steps = 0) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 })

export const goodPassword = 'four words say enough'

// Not of vitest: benchmarks use this too.
function must({ status, text }: { status: number; text: string }, wanted: number): void {
  if (status !== wanted) throw new Error(`${status} instead of ${wanted}: ${text}`)
}

/** Somebody who has signed in for the first time: a password of his own and a second factor. */
export async function newcomer(api: TestApi, name: string, more: Record<string, unknown>) {
  const made = await api.call('administrator', 'POST', '/v1/people', { body: { name, password: true, ...more } })
  must(made, 201)
  const browser = new Browser(api)
  await browser.signIn(name, made.body.password)
  const changed = await browser.ask('POST', '/v1/me/password', {
    body: { current: made.body.password, password: goodPassword },
  })
  must(changed, 200)
  const { secret } = (await browser.ask('POST', '/v1/me/second-factor')).body
  const confirmed = await browser.ask('POST', '/v1/me/second-factor/confirm', { body: { code: codeOf(secret) } })
  must(confirmed, 200)
  return {
    id: made.body.id as number,
    browser,
    secret: secret as string,
    recovery: confirmed.body.recoveryCodes as string[],
  }
}
