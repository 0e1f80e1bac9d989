import { Refused, Unreachable } from './api.js'
import { words } from './words.js'

/** What the page shows a part each of; `ready` has no table. */
/** @typedef {'ready' | 'feeds' | 'carriers' | 'alerts'} Part */

/**
 * What is known of a part: the last good answer, and, while there is none any more, since when (by this machine's clock) and why.
 *
 * @typedef {object} Known
 * @property {import('./api.js').Answer | undefined} answer
 * @property {{ readonly since: Date, readonly error: Unreachable | Refused } | undefined} failed
 */
/** @typedef {Record<Part, Known>} Look */

/** One more than are shown, to know whether there are more. */
export const shownAlerts = 100

/** @type {Record<Part, string>} */
export const paths = {
  ready: 'readyz',
  feeds: 'v1/feeds',
  carriers: 'v1/carriers',
  alerts: `v1/alerts?phase=live&limit=${shownAlerts + 1}`,
}

/** @returns {Look} */
export function nothingKnown() {
  const known = () => ({ answer: undefined, failed: undefined })
  return { ready: known(), feeds: known(), carriers: known(), alerts: known() }
}

/**
 * Asks for all parts, each for itself: one that fails does not make the others old.
 *
 * @param {Look} before
 * @param {(path: string) => Promise<import('./api.js').Answer>} get
 * @returns {Promise<Look>}
 */
export async function lookAgain(before, get) {
  const parts = /** @type {Part[]} */ (Object.keys(paths))
  const known = await Promise.all(parts.map((part) => lookAt(before[part], () => get(paths[part]))))
  return /** @type {Look} */ (Object.fromEntries(parts.map((part, i) => [part, known[i]])))
}

/** @param {Known} before @param {() => Promise<import('./api.js').Answer>} get @returns {Promise<Known>} */
async function lookAt(before, get) {
  try {
    return { answer: await get(), failed: undefined }
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Refused)) throw error
    return { answer: before.answer, failed: { since: before.failed?.since ?? new Date(), error } }
  }
}

/**
 * What a look of long ago is worth: the browser or the machine slept, and until the next answer nobody knows.
 *
 * @param {Look} look
 * @param {Date} since
 * @returns {Look}
 */
export function aged(look, since) {
  const failed = { since, error: new Unreachable(words.noAnswer) }
  return /** @type {Look} */ (
    Object.fromEntries(Object.entries(look).map(([part, { answer }]) => [part, { answer, failed }]))
  )
}

/** The key is no longer good for anything here; @returns {Refused | undefined} @param {Look} look */
export function shutOut(look) {
  for (const { failed } of Object.values(look)) {
    if (failed?.error instanceof Refused && [401, 403].includes(failed.error.status)) return failed.error
  }
  return undefined
}
