import { words } from './words.js'

/** What the server said, and when by its own clock: that of this machine may be wrong. */
/** @typedef {{ readonly at: Date, readonly body: any }} Answer */

/** What lets a request in: a key, or the cookie of whoever is signed in, which no script can read. */
/** @typedef {{ readonly key: string } | { readonly session: true }} Pass */

/** @type {Pass} */
export const bySession = { session: true }

/** A proxy that swallows packets would leave the page with old figures for minutes. */
const patienceMs = 8_000

/** There was no answer at all. */
export class Unreachable extends Error {}

/** There was an answer, and it is no. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {{ code?: string, where?: string | undefined, waitS?: number }} [more] `where` is a JSON pointer into the body
   */
  constructor(status, message, { code = '', where, waitS = 0 } = {}) {
    super(message)
    this.status = status
    this.code = code
    this.where = where
    this.waitS = waitS
  }
}

/** Whether it can be sent in a header at all; fetch would fail as if the server were away. @param {string} text */
export const mayBeKey = (text) => /^[\x21-\x7e]+$/.test(text)

/**
 * @param {string} path below the API's root
 * @param {Pass} pass
 * @param {AbortSignal} ended of the visit
 * @param {boolean} [byItself] by the page's own clock, with nobody there: that uses no session
 * @returns {Promise<Answer>}
 * @throws Unreachable, Refused
 */
export const ask = (path, pass, ended, byItself = false) =>
  'key' in pass
    ? request(path, { headers: { authorization: `Bearer ${pass.key}` }, credentials: 'omit' }, ended)
    : request(path, { headers: byItself ? { 'x-idle': '1' } : {}, credentials: 'same-origin' }, ended)

/**
 * @param {string} path
 * @param {RequestInit} init
 * @param {AbortSignal} ended
 * @returns {Promise<Answer>}
 * @throws Unreachable, Refused
 */
export async function request(path, init, ended) {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), patienceMs)
  // Relative to /console/, so that it also works below a proxy's prefix.
  const { response, text } = await fetch(`../${path}`, {
    ...init,
    cache: 'no-store',
    redirect: 'error',
    signal: AbortSignal.any([ended, late.signal]),
  })
    .then(async (response) => ({ response, text: await response.text() }))
    .catch(() => {
      throw new Unreachable(words.noAnswer)
    })
    .finally(() => clearTimeout(timer))
  const body = response.status === 204 ? null : parsed(text)
  if (response.ok && body !== undefined) return { at: new Date(response.headers.get('date') ?? Date.now()), body }
  if (typeof body?.detail !== 'string') throw new Refused(response.status, words.strangeAnswer(response.status))
  const hint = typeof body.hint === 'string' ? ` ${body.hint}` : ''
  throw new Refused(response.status, `${body.detail}.${hint}`, {
    code: String(body.type).split('/').at(-1) ?? '',
    where: body.where ?? body.errors?.[0]?.where,
    waitS: Number(response.headers.get('retry-after')) || 0,
  })
}

/** @param {string} text @returns {any} undefined: it is no JSON, but a proxy's page */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
