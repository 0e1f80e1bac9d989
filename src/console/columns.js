import { approvalOf, markOf, nameOf, stateOf } from './alert-state.js'
import { carrierState, lastTrouble } from './carrier-state.js'
import { instant, lasting } from './time.js'
import { words } from './words.js'

/** @typedef {import('./table.js').Column} Column */

/** @param {string | null} time */
const instantOr = (time) => (time === null ? words.dash : instant(time))
/** @param {number | null} n */
const count = (n) => (n === null ? words.dash : n.toLocaleString('en'))

/** @type {Record<string, string>} */
const feedLevels = { flowing: 'good', silent: 'bad' }

/** @type {Column} */
const alert = { head: words.alert, cell: (row) => ({ text: nameOf(row), mark: markOf(row) }) }
/** @type {readonly Column[]} */
const described = [
  {
    head: words.status,
    cell: ({ status, msgType, allClear }) =>
      [word(words.statuses, status), word(words.msgTypes, msgType), ...(allClear ? [words.allClear] : [])].join(', '),
  },
  { head: words.severity, cell: ({ severity }) => word(words.severities, severity) },
  { head: words.areas, cell: ({ area }) => area.join(', ') || words.dash },
]
/** @type {Column} */
const state = { head: words.state, cell: stateOf }
/** @type {Column} */
const approval = { head: words.approval, cell: approvalOf }
/** @type {Column} */
const expires = { head: words.expires, cell: (row) => instant(row.expires) }

/** Of a live alert of `GET /v1/alerts`. @type {readonly Column[]} */
export const alertColumns = [
  alert,
  ...described,
  state,
  approval,
  { head: words.launched, cell: ({ launchedAt }) => instantOr(launchedAt) },
  expires,
]

/** Of one that was approved. @type {readonly Column[]} */
export const approvedColumns = [alert, ...described, state, approval, expires]

/** Of one that was submitted. @type {readonly Column[]} */
export const submittedColumns = [alert, ...described, state, expires]

/** What there is a word for; else as it came. @param {Readonly<Record<string, string>>} known @param {string} text */
function word(known, text) {
  return known[text] ?? text
}

/** Of a feed of `GET /v1/feeds`. @type {readonly Column[]} */
export const feedColumns = [
  { head: words.feed, cell: ({ source }) => source },
  {
    head: words.state,
    cell: ({ state }) => ({
      text: /** @type {Record<string, string>} */ (words.feedStates)[state] ?? state,
      level: feedLevels[state] ?? '',
    }),
  },
  { head: words.lastCame, cell: ({ lastAt }) => instantOr(lastAt) },
  { head: words.latestEvent, cell: ({ newestEventAt }) => instantOr(newestEventAt) },
  { head: words.patience, cell: ({ silentAfterSeconds }) => lasting(silentAfterSeconds * 1000) },
  { head: words.perMinute, cell: ({ perMinute }) => count(perMinute) },
  {
    head: words.today,
    cell: ({ acceptedToday, rejectedToday }) => words.todayCounts(count(acceptedToday), count(rejectedToday)),
  },
  {
    head: words.lastFile,
    cell: ({ lastFile }) =>
      lastFile === null
        ? words.dash
        : lastFile.failed === null
          ? `${lastFile.name}, ${instant(lastFile.doneAt)}`
          : { text: words.fileFailed(lastFile.name, lastFile.failed), level: 'fair' },
  },
]

/** Of a carrier of `GET /v1/carriers`. @type {readonly Column[]} */
export const carrierColumns = [
  { head: words.carrier, cell: ({ id, name }) => (name === id ? id : `${name} (${id})`) },
  { head: words.state, cell: (carrier) => carrierState(carrier) },
  {
    head: words.binds,
    cell: ({ binds, bindsWanted }) => (binds === null ? words.dash : words.bindsOf(binds, bindsWanted)),
  },
  {
    head: words.rate,
    cell: ({ rate, allowedRate, throughput }) => words.rateOf(count(rate), count(allowedRate ?? throughput)),
  },
  {
    head: words.use,
    cell: ({ live }) => ({ text: live ? words.live : words.exerciseOnly, level: live ? '' : 'exercise-only' }),
  },
  { head: words.lastTrouble, cell: (carrier) => lastTrouble(carrier) ?? words.dash },
]
