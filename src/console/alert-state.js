import { instant } from './time.js'
import { words } from './words.js'

/** How an alert of `GET /v1/alerts` is, in words. */
/** @typedef {{ readonly text: string, readonly level: '' | 'fair' | 'bad' }} Said */

/** @param {any} alert */
export const nameOf = ({ event, identifier }) => words.named(event, identifier)

/** Of what is not meant, what it is; nothing is so important to see. @param {any} alert @returns {string | undefined} */
export function markOf({ status, rehearses }) {
  if (status === 'Actual') return undefined
  return rehearses !== null ? words.marks.rehearsal : (marks[status] ?? status)
}

/** @type {Record<string, string>} */
const marks = words.marks

/** Who approved it. @param {any} alert @returns {Said} */
export function approvalOf({ approvedBy, glassBroken }) {
  if (glassBroken === null) return { text: approvedBy ?? words.dash, level: '' }
  return { text: words.glass(approvedBy ?? words.somebody, glassBroken), level: 'bad' }
}

/** All that is to be said of where it stands, the gravest level of it for all. @param {any} alert @returns {Said} */
export function stateOf(alert) {
  const { undecided, unreachable } = alert
  const said = [
    ...reviewOf(alert),
    ...launchOf(alert),
    ...undecided.map((/** @type {any} */ { identifier, sender }) => bad(words.undecided(`${identifier} (${sender})`))),
    ...Object.entries(unreachable).map(([carrier, n]) => bad(words.waitFor(Number(n).toLocaleString('en'), carrier))),
  ]
  const level = said.some((one) => one.level === 'bad') ? 'bad' : said.some((one) => one.level === 'fair') ? 'fair' : ''
  return { text: said.map(({ text }) => text).join('; ') || words.dash, level }
}

/** @param {any} alert @returns {Said[]} */
function reviewOf({ review }) {
  if (review === null) return []
  const at = instant(review.at)
  if (review.state === 'paused') return [bad(words.reviewPaused(at))]
  return [review.state === 'due' ? fair(words.reviewDue(at)) : plain(words.reviewLater(at))]
}

/** @param {any} alert @returns {Said[]} */
function launchOf({ phase, schedule }) {
  if (phase === 'submitted') return [plain(words.notApproved)]
  if (phase !== 'approved') return []
  if (schedule?.failed) return [bad(launchFailure(schedule.failed)(instant(schedule.failed.at)))]
  if (schedule?.at) return [fair(words.scheduled(instant(schedule.at), schedule.by ?? words.somebody))]
  return [plain(words.notScheduled)]
}

/** One that was not refused, but could not be done, is tried again. @param {{ code: string }} failed */
const launchFailure = ({ code }) => (code === 'launch-failing' ? words.launchFailing : words.launchRefused)

/** @param {string} text @returns {Said} */
const plain = (text) => ({ text, level: '' })
/** @param {string} text @returns {Said} */
const fair = (text) => ({ text, level: 'fair' })
/** @param {string} text @returns {Said} */
const bad = (text) => ({ text, level: 'bad' })
