import { messageStates } from '../store/states.ts'
import type { EntryTextSummary } from './entry-text-summary.ts'
import type { EntryYear } from './entry-year.ts'
import { count, time } from './figures.ts'
import { table } from './text-table.ts'

/** So many reasons have a column of their own; the rest is in the sums by reason. */
const reasonColumns = 4

/** The year for a terminal: plain text, no line longer than 99 columns. */
export function renderYear({
  year,
  at,
  total,
  texts,
  toldAgain,
  months,
  countries,
  carriers,
  busiestDay,
}: EntryYear): string {
  const reasons = Object.entries(total.suppressed).sort(([, a], [, b]) => b - a)
  const shown = reasons.slice(0, reasonColumns).map(([reason]) => reason)
  const cells = ({ notifications, sent, suppressed }: EntryTextSummary) => [
    count(notifications),
    count(sent),
    ...shown.map((reason) => count(suppressed[reason] ?? 0)),
  ]
  const right = [1, 2, 3, 4, 5, 6, 7]
  const titles = ['notifications', 'sent', ...shown]
  const busiest = busiestDay === null ? [] : [['busiest day', `${busiestDay.day}, ${count(busiestDay.notifications)}`]]
  const lines = [
    `Entry texts of ${year}`,
    `As of ${time(at)} (days and times UTC)`,
    '',
    ...table([
      ['notifications', count(total.notifications)],
      ['entries told', count(total.sent)],
      ['texts made', count(texts.made)],
      ...(toldAgain.level === 0 ? [] : [['told again, level', count(toldAgain.level)]]),
      ...(toldAgain.alert === 0 ? [] : [['told again, alert', count(toldAgain.alert)]]),
      ...busiest,
    ]),
  ]
  const section = (title: string, head: string[][], rows: string[][]) => {
    if (rows.length > 0) lines.push('', title, ...table([...head, ...rows], right))
  }
  section(
    'NOT TOLD, BY REASON',
    [],
    reasons.map(([reason, n]) => [reason, count(n)]),
  )
  section(
    'TEXTS',
    [],
    messageStates.flatMap((state) => (texts.states[state] === 0 ? [] : [[state, count(texts.states[state])]])),
  )
  section(
    'MONTHS',
    [['', ...titles, 'texts']],
    months.map((m) => [m.month ?? '', ...cells(m), count(m.texts)]),
  )
  section(
    'CARRIERS',
    [['', 'entries', 'texts', 'delivered']],
    carriers.map((c) => [c.carrier, count(c.sent), count(c.texts), count(c.delivered)]),
  )
  section(
    'COUNTRIES',
    [['', ...titles]],
    countries.map((c) => [c.country ?? 'none', ...cells(c)]),
  )
  return `${lines.join('\n')}\n`
}
