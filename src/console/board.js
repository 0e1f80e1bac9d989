import { alarmsOf, allKnown } from './alarms.js'
import { alertColumns, approvedColumns, carrierColumns, feedColumns, submittedColumns } from './columns.js'
import { alertsIn, shownAlerts } from './look.js'
import { page } from './page.js'
import { fillTable } from './table.js'
import { instant } from './time.js'
import { words } from './words.js'

/** @typedef {import('./look.js').Look} Look */

/** Shows what is known, and of what time it is. @param {Look} look @param {Date} now by this machine's clock */
export function showBoard(look, now) {
  const alarms = alarmsOf(look, now)
  showAlarms(alarms)
  const n = alarms.filter(({ alarm }) => alarm).length
  const counted = words.counted(n, alarms.length - n)
  const asking = Object.values(look).some(
    ({ answer, failed, closed }) => answer === undefined && failed === undefined && closed === undefined,
  )
  // Only what changes is written: a screen reader reads each change of a status.
  const standing = asking ? words.asking : allKnown(look) ? counted : words.notAllKnown(counted)
  if (page.standing.textContent !== standing) page.standing.textContent = standing
  document.title = n === 0 ? words.title : words.titleWith(n)
  showAlerts(page.alerts, look.alerts, alertColumns)
  showAlerts(page.approved, look.approved, approvedColumns)
  showAlerts(page.submitted, look.submitted, submittedColumns)
  showPart(page.feeds, look.feeds, feedColumns, look.feeds.answer?.body.feeds ?? [])
  showPart(page.carriers, look.carriers, carrierColumns, look.carriers.answer?.body.carriers ?? [])
}

/** @param {import('./page.js').Part} part @param {import('./look.js').Known} known @param {readonly import('./table.js').Column[]} columns */
function showAlerts(part, known, columns) {
  showPart(part, known, columns, alertsIn(known))
  if ((known.answer?.body.alerts.length ?? 0) > shownAlerts) part.asOf.append(`. ${words.moreAlerts(shownAlerts)}`)
}

/** Keeps the element of an alarm that goes on, so that it is not announced again. @param {import('./alarms.js').Alarm[]} alarms */
function showAlarms(alarms) {
  const list = page.alarms
  const before = new Map([...list.children].map((one) => [/** @type {HTMLElement} */ (one).dataset.key, one]))
  alarms.forEach(({ key, alarm, text: plain, lasts = '', mark }, i) => {
    const kind = `${alarm ? 'alarm' : 'notice'}${mark === undefined ? '' : ' exercise'}`
    const text = mark === undefined ? plain : words.marked(mark, plain)
    const old = before.get(key)
    const kept = old?.className === kind ? /** @type {HTMLElement} */ (old) : newAlarm(key, kind)
    const [said, running] = /** @type {HTMLElement[]} */ ([...kept.children])
    if (said && said.textContent !== text) said.textContent = text
    if (running) running.textContent = lasts && ` ${lasts}`
    if (list.children[i] !== kept) list.insertBefore(kept, list.children[i] ?? null)
  })
  while (list.children.length > alarms.length) list.lastElementChild?.remove()
}

/** @param {string} key @param {string} kind */
function newAlarm(key, kind) {
  const item = document.createElement('li')
  item.className = kind
  item.dataset.key = key
  const said = document.createElement('span')
  if (kind.startsWith('alarm')) said.setAttribute('role', 'alert')
  const running = document.createElement('span')
  running.setAttribute('aria-hidden', 'true')
  item.append(said, running)
  return item
}

/**
 * @param {import('./page.js').Part} part
 * @param {import('./look.js').Known} known
 * @param {readonly import('./table.js').Column[]} columns
 * @param {readonly any[]} rows
 */
function showPart({ section, asOf, none, table }, { answer, failed, closed }, columns, rows) {
  fillTable(table, columns, rows)
  table.hidden = rows.length === 0
  none.hidden = answer === undefined || rows.length > 0
  const time = answer && instant(answer.at)
  const said =
    closed !== undefined
      ? words.closedToYou(closed.message)
      : time === undefined
        ? words.never
        : failed === undefined
          ? words.current(time)
          : words.old(time)
  asOf.textContent = said
  section.classList.toggle('old', failed !== undefined)
}
