import { ask, Refused, Unreachable } from './api.js'
import { keepTouch, takeTouch } from './touch.js'
import { words } from './words.js'

/** What the page shows a part each of; `ready` and `session` have no table. */
/** @typedef {'session' | 'ready' | 'feeds' | 'carriers' | 'alerts' | 'approved' | 'submitted'} Part */

/**
 * What is known of a part: the last good answer, and, while there is none any more, since when (by this machine's clock) and why.
 * `closed`: it is not for whoever asks.
 *
 * @typedef {object} Known
 * @property {import('./api.js').Answer | undefined} answer
 * @property {{ readonly since: Date, readonly error: Unreachable | Refused } | undefined} failed
 * @property {Refused} [closed]
 */
/** @typedef {Record<Part, Known>} Look */

/** One more than are shown, to know whether there are more. */
export const shownAlerts = 100

const alertsOf = (/** @type {string} */ phase) => `v1/alerts?phase=${phase}&limit=${shownAlerts + 1}`

/** @type {Record<Part, string>} */
const paths = {
  session: 'v1/sessions/current',
  ready: 'readyz',
  alerts: alertsOf('live'),
  approved: alertsOf('approved'),
  submitted: alertsOf('submitted'),
  feeds: 'v1/feeds',
  carriers: 'v1/carriers',
}

const parts = /** @type {Part[]} */ (Object.keys(paths))

/** @returns {Look} */
export const nothingKnown = () => /** @type {Look} */ (Object.fromEntries(parts.map((part) => [part, unknown])))

/** @type {Known} */
const unknown = { answer: undefined, failed: undefined }

/**
 * Asks for all parts, each for itself: one that fails does not make the others old. A key has no session; a session is used by that only
 * where somebody has touched the page since.
 *
 * @param {Look} before
 * @param {import('./api.js').Pass} pass
 * @param {AbortSignal} ended
 * @returns {Promise<Look>}
 */
export async function lookAgain(before, pass, ended) {
  const touched = takeTouch()
  const known = await Promise.all(
    parts.map((part) =>
      part === 'session' && 'key' in pass
        ? { answer: { at: new Date(), body: null }, failed: undefined }
        : lookAt(before[part], () => ask(paths[part], pass, ended, !touched)),
    ),
  )
  // The server did not hear of it.
  if (touched && known.some(({ failed }) => failed?.error instanceof Unreachable)) keepTouch()
  return /** @type {Look} */ (Object.fromEntries(parts.map((part, i) => [part, known[i]])))
}

/** @param {Known} before @param {() => Promise<import('./api.js').Answer>} get @returns {Promise<Known>} */
async function lookAt(before, get) {
  try {
    return { answer: await get(), failed: undefined }
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Refused)) throw error
    if (error instanceof Refused && error.status === 403) return { answer: undefined, failed: undefined, closed: error }
    return { answer: before.answer, failed: { since: before.failed?.since ?? new Date(), error } }
  }
}

/** A key has no session to be asked for. @param {Known} known */
export const isAsked = ({ answer }) => answer?.body !== null

/**
 * What a look of long ago is worth: the browser or the machine slept, and until the next answer nobody knows.
 *
 * @param {Look} look
 * @param {Date} since
 * @returns {Look}
 */
export function aged(look, since) {
  const failed = { since, error: new Unreachable(words.noAnswer) }
  const old = (/** @type {Known} */ known) => (isAsked(known) ? { answer: known.answer, failed } : known)
  return /** @type {Look} */ (Object.fromEntries(Object.entries(look).map(([part, known]) => [part, old(known)])))
}

/** Whoever asks is let in no more, or sees nothing here. @param {Look} look @returns {Refused | undefined} */
export function shutOut(look) {
  for (const { failed } of Object.values(look)) {
    if (failed?.error instanceof Refused && failed.error.status === 401) return failed.error
  }
  return look.session.closed ?? look.alerts.closed
}

/** The newest alerts of all phases that are asked for, those that are past their end left out. @param {Look} look @returns {any[]} */
export const listedAlerts = ({ alerts, approved, submitted }) => [alerts, approved, submitted].flatMap(alertsIn)

/** Those that are meant come first, whatever else is under way. @param {Known} known @returns {any[]} */
export function alertsIn({ answer }) {
  if (answer === undefined) return []
  /** @type {any[]} */
  const newest = answer.body.alerts.slice(0, shownAlerts)
  const current = newest.filter(({ phase, expires }) => phase === 'live' || Date.parse(expires) > answer.at.getTime())
  return [...current.filter(isActual), ...current.filter((alert) => !isActual(alert))]
}

const isActual = (/** @type {any} */ { status }) => status === 'Actual'
