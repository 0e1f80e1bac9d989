import { alertAlarms } from './alert-alarms.js'
import { Unreachable } from './api.js'
import { carrierState, lastTrouble } from './carrier-state.js'
import { isAsked } from './look.js'
import { instant, lasting } from './time.js'
import { words } from './words.js'

/**
 * Something that somebody should see. `text` stays the same while nothing changes, because a screen reader reads each change;
 * `lasts` runs. `mark`: it is about an exercise.
 *
 * @typedef {{ key: string, alarm: boolean, text: string, lasts?: string, mark?: string }} Alarm
 */
/** @typedef {import('./look.js').Look} Look */

/** What is alarming, the gravest first. @param {Look} look @param {Date} now @returns {Alarm[]} */
export function alarmsOf(look, now) {
  const found = [
    ...troubles(look, now),
    ...alertAlarms(look),
    ...feedAlarms(look),
    ...carrierAlarms(look),
    ...ending(look),
  ]
  const grave = (/** @type {Alarm} */ { alarm, mark }) => (alarm ? 0 : mark === undefined ? 1 : 2)
  return found.sort((one, other) => grave(one) - grave(other))
}

/** Whether all parts were read, just now. @param {Look} look */
export const allKnown = (look) =>
  Object.values(look).every(
    ({ answer, failed, closed }) => closed !== undefined || (answer !== undefined && failed === undefined),
  )

/** @type {Record<keyof Look, string>} */
const names = {
  session: words.session,
  ready: words.readiness,
  alerts: words.alerts,
  approved: words.approved,
  submitted: words.submitted,
  feeds: words.feeds,
  carriers: words.carriers,
}

/** Whoever watches all night is told before the page goes dark, and who has touched nothing for a third of an hour as well. */
const endsSoonMs = 15 * 60_000
const unusedSoonMs = 10 * 60_000

/** @param {Look} look @returns {Alarm[]} */
function ending({ session: { answer } }) {
  if (answer === undefined || answer.body === null) return []
  const { expiresAt, unusedUntil } = answer.body
  const left = (/** @type {string} */ end) => Date.parse(end) - answer.at.getTime()
  // No key that is pressed puts that off.
  if (left(expiresAt) <= endsSoonMs) return [{ key: 'session', alarm: false, text: words.endsSoon(instant(expiresAt)) }]
  if (left(unusedUntil) > unusedSoonMs) return []
  return [{ key: 'session', alarm: false, text: words.endsUnused(instant(unusedUntil)) }]
}

/** What cannot be read. Without any answer that is one alarm, not four. @param {Look} look @param {Date} now @returns {Alarm[]} */
function troubles(look, now) {
  const unanswered = Object.values(look).flatMap(({ failed }) => (failed?.error instanceof Unreachable ? failed : []))
  const asked = Object.values(look).filter(isAsked).length
  if (unanswered.length === asked) {
    const since = new Date(Math.min(...unanswered.map(({ since }) => since.getTime())))
    const lasts = words.lasts(lasting(now.getTime() - since.getTime()))
    return [{ key: 'unreachable', alarm: true, text: words.unreachable(instant(since)), lasts }]
  }
  return /** @type {(keyof Look)[]} */ (Object.keys(look)).flatMap((part) => {
    const { failed } = look[part]
    if (failed === undefined) return []
    const since = instant(failed.since)
    const { error } = failed
    const unread = part !== 'ready' || error instanceof Unreachable
    const text = unread ? words.unread(names[part], since, error.message) : words.notReady(since, error.message)
    return [
      {
        key: `trouble ${part}`,
        alarm: true,
        text,
        lasts: words.lasts(lasting(now.getTime() - failed.since.getTime())),
      },
    ]
  })
}

/** @param {Look} look @returns {Alarm[]} */
function feedAlarms({ feeds }) {
  const { answer } = feeds
  if (answer === undefined) return []
  return answer.body.feeds
    .filter((/** @type {any} */ feed) => feed.state === 'silent')
    .map((/** @type {any} */ { source, silentSince, newestEventAt }) => ({
      key: `feed ${source}`,
      alarm: true,
      text: sentences(
        words.silentFeed(source, instant(silentSince)),
        newestEventAt === null ? undefined : words.lastEvent(instant(newestEventAt)),
        whenOld(feeds),
      ),
      lasts: words.lasts(lasting(answer.at.getTime() - Date.parse(silentSince))),
    }))
}

/** @param {Look} look @returns {Alarm[]} */
function carrierAlarms({ carriers: known }) {
  const { answer } = known
  if (answer === undefined) return []
  /** @type {any[]} */
  const carriers = answer.body.carriers
  const unknown = carriers.filter((carrier) => carrierState(carrier).level === 'unknown').map(({ name }) => name)
  const notSeen = sentences(words.carriersUnknown(unknown.join(', ')), whenOld(known))
  return [
    ...carriers.flatMap((carrier) => carrierAlarm(carrier, known)),
    ...(unknown.length === 0 ? [] : [{ key: 'carriers', alarm: false, text: notSeen }]),
  ]
}

/** @param {any} carrier @param {import('./look.js').Known} known @returns {Alarm[]} */
function carrierAlarm(carrier, known) {
  const { id, name, downMs } = carrier
  const { level, down, text } = carrierState(carrier)
  if (down) {
    const trouble = lastTrouble(carrier)
    const why = trouble === undefined ? undefined : words.lastReason(trouble)
    const said = sentences(words.carrierDown(name), why, whenOld(known))
    return [{ key: `carrier ${id}`, alarm: true, text: said, lasts: words.lasts(lasting(downMs)) }]
  }
  if (level !== 'fair') return []
  return [{ key: `carrier ${id}`, alarm: false, text: sentences(words.carrierNotice(name, text), whenOld(known)) }]
}

/** @param {import('./look.js').Known} known */
const whenOld = ({ answer, failed }) =>
  failed === undefined || answer === undefined ? undefined : words.wasSo(instant(answer.at))

/** @param {(string | undefined)[]} said */
const sentences = (...said) => said.filter(Boolean).join(' ')
