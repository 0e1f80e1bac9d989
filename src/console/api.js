import { words } from './words.js'

/** What the server said, and when by its own clock: that of this machine may be wrong. */
/** @typedef {{ readonly at: Date, readonly body: any }} Answer */

/** A proxy that swallows packets would leave the page with old figures for minutes. */
const patienceMs = 8_000

/** There was no answer at all. */
export class Unreachable extends Error {}

/** There was an answer, and it is no. */
export class Refused extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** Whether it can be sent in a header at all; fetch would fail as if the server were away. @param {string} text */
export const mayBeKey = (text) => /^[\x21-\x7e]+$/.test(text)

/**
 * @param {string} path below the API's root
 * @param {string} key
 * @param {AbortSignal} ended of the session
 * @returns {Promise<Answer>}
 * @throws Unreachable, Refused
 */
export async function ask(path, key, ended) {
  // Relative to /console/, so that it also works below a proxy's prefix.
  const { response, text } = await fetch(`../${path}`, {
    headers: { authorization: `Bearer ${key}` },
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.any([ended, AbortSignal.timeout(patienceMs)]),
  })
    .then(async (response) => ({ response, text: await response.text() }))
    .catch(() => {
      throw new Unreachable(words.noAnswer)
    })
  const body = parsed(text)
  if (response.ok && body !== undefined) return { at: new Date(response.headers.get('date') ?? Date.now()), body }
  if (typeof body?.detail !== 'string') throw new Refused(response.status, words.strangeAnswer(response.status))
  const hint = typeof body.hint === 'string' ? ` ${body.hint}` : ''
  throw new Refused(response.status, `${body.detail}.${hint}`)
}

/** @param {string} text @returns {any} undefined: it is no JSON, but a proxy's page */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
