import { markOf, nameOf } from './alert-state.js'
import { listedAlerts } from './look.js'
import { instant } from './time.js'
import { words } from './words.js'

/** @typedef {import('./alarms.js').Alarm} Alarm */

/**
 * What of the alerts needs somebody. Of an exercise it is the same, and says that it is one: those come last, and are no alarm.
 *
 * @param {import('./look.js').Look} look
 * @returns {Alarm[]}
 */
export function alertAlarms(look) {
  const alerts = listedAlerts(look)
  const found = alerts.flatMap((alert) => {
    const mark = markOf(alert)
    return [...ofReview(alert), ...ofLaunch(alert), ...ofCarriers(alert), ...ofGlass(alert)].map((one) =>
      mark === undefined ? one : { ...one, alarm: false, mark },
    )
  })
  return [...found, ...ofOverlaps(alerts)]
}

/** @param {any} alert @returns {Alarm[]} */
function ofReview({ id, review, ...alert }) {
  if (review === null || review.state === 'later') return []
  const paused = review.state === 'paused'
  const text = (paused ? words.reviewAlarm : words.reviewNotice)(nameOf(alert), instant(review.at))
  return [{ key: `review ${id}`, alarm: paused, text }]
}

/** @param {any} alert @returns {Alarm[]} */
function ofLaunch({ id, phase, schedule, ...alert }) {
  if (phase !== 'approved' || !schedule?.failed) return []
  const { at, code, message } = schedule.failed
  const said = code === 'launch-failing' ? words.launchFailingAlarm : words.launchRefusedAlarm
  return [
    { key: `launch ${id}`, alarm: true, text: said(nameOf(alert), instant(at), words.launchReasons[code] ?? message) },
  ]
}

/** The number runs; it is said in the table, too. @param {any} alert @returns {Alarm[]} */
function ofCarriers({ id, unreachable, ...alert }) {
  return Object.entries(unreachable).map(([carrier, n]) => ({
    key: `unreachable ${id} ${carrier}`,
    alarm: true,
    text: words.unreachableAlarm(nameOf(alert), carrier),
    lasts: words.unreachableNow(Number(n).toLocaleString('en')),
  }))
}

/** @param {any} alert @returns {Alarm[]} */
function ofGlass({ id, glassBroken, approvedBy, ...alert }) {
  if (glassBroken === null) return []
  const text = words.glassNotice(nameOf(alert), approvedBy ?? words.somebody, glassBroken)
  return [{ key: `glass ${id}`, alarm: false, text }]
}

/**
 * Each pair once, whichever of the two is listed first. It is an alarm where somebody waits for a launch: what was merely submitted
 * holds up nothing.
 *
 * @param {readonly any[]} alerts
 * @returns {Alarm[]}
 */
function ofOverlaps(alerts) {
  const pairs = new Map()
  for (const alert of alerts) {
    for (const other of alert.undecided) {
      const key = `overlap ${[alert.id, other.otherId].sort().join(' ')}`
      const holds = alert.phase === 'approved' && other.phase !== 'submitted'
      if (pairs.has(key) && !holds) continue
      const said = words.overlapNotice(nameOf(alert), other.identifier, other.sender)
      const text = holds ? `${said} ${words.overlapHolds(nameOf(alert))}` : said
      pairs.set(key, { key, alarm: holds, text })
    }
  }
  return [...pairs.values()]
}
