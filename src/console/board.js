import { alarmsOf, allKnown } from './alarms.js'
import { alertColumns, carrierColumns, feedColumns } from './columns.js'
import { shownAlerts } from './look.js'
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
  const asking = Object.values(look).some(({ answer, failed }) => answer === undefined && failed === undefined)
  // Only what changes is written: a screen reader reads each change of a status.
  const standing = asking ? words.asking : allKnown(look) ? counted : words.notAllKnown(counted)
  if (page.standing.textContent !== standing) page.standing.textContent = standing
  document.title = n === 0 ? words.title : words.titleWith(n)
  showPart(page.alerts, look.alerts, alertColumns, (body) => body.alerts.slice(0, shownAlerts))
  showPart(page.feeds, look.feeds, feedColumns, (body) => body.feeds)
  showPart(page.carriers, look.carriers, carrierColumns, (body) => body.carriers)
  if ((look.alerts.answer?.body.alerts.length ?? 0) > shownAlerts) {
    page.alerts.asOf.append(`. ${words.moreAlerts(shownAlerts)}`)
  }
}

/** Keeps the element of an alarm that goes on, so that it is not announced again. @param {import('./alarms.js').Alarm[]} alarms */
function showAlarms(alarms) {
  const list = page.alarms
  const before = new Map([...list.children].map((one) => [/** @type {HTMLElement} */ (one).dataset.key, one]))
  alarms.forEach(({ key, alarm, text, lasts = '' }, i) => {
    const kind = alarm ? 'alarm' : 'notice'
    const old = before.get(key)
    const kept = old?.className === kind ? /** @type {HTMLElement} */ (old) : newAlarm(key, kind)
    const [said, running] = /** @type {HTMLElement[]} */ ([...kept.children])
    if (said && said.textContent !== text) said.textContent = text
    if (running) running.textContent = lasts && ` ${lasts}`
    if (list.children[i] !== kept) list.insertBefore(kept, list.children[i] ?? null)
  })
  while (list.children.length > alarms.length) list.lastElementChild?.remove()
}

/** @param {string} key @param {'alarm' | 'notice'} kind */
function newAlarm(key, kind) {
  const item = document.createElement('li')
  item.className = kind
  item.dataset.key = key
  const said = document.createElement('span')
  if (kind === 'alarm') said.setAttribute('role', 'alert')
  const running = document.createElement('span')
  running.setAttribute('aria-hidden', 'true')
  item.append(said, running)
  return item
}

/**
 * @param {import('./page.js').Part} part
 * @param {import('./look.js').Known} known
 * @param {readonly import('./table.js').Column[]} columns
 * @param {(body: any) => readonly any[]} rowsOf
 */
function showPart({ section, asOf, none, table }, { answer, failed }, columns, rowsOf) {
  const rows = answer === undefined ? [] : rowsOf(answer.body)
  fillTable(table, columns, rows)
  table.hidden = rows.length === 0
  none.hidden = answer === undefined || rows.length > 0
  const time = answer && instant(answer.at)
  asOf.textContent = time === undefined ? words.never : failed === undefined ? words.current(time) : words.old(time)
  section.classList.toggle('old', failed !== undefined)
}
