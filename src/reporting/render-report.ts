import type { AfterActionReport, AlertReport } from './after-action.ts'
import { time } from './figures.ts'
import { broadcastLines, forecastLines } from './render-broadcast.ts'
import { table, wrap } from './text-table.ts'
import { actWords, pauseEnd, ruleWords } from './words.ts'

/** The report for a terminal: plain text, no line longer than 99 columns. It says what the JSON says, but for the points of curves. */
export function renderReport(report: AfterActionReport): string {
  const first = report.alerts[0]
  const lines = [
    ...wrap(`After-action report: ${first?.event ?? ''}, ${first?.identifier ?? report.chainId}`),
    `As of ${time(report.at)} (all times UTC)`,
    ...(report.alerts.some(({ exercise }) => exercise)
      ? [`${first?.status.toUpperCase()}: this was not a real alert, and no live carrier was used.`]
      : []),
    '',
    'TIMELINE',
    ...timelineLines(report),
  ]
  for (const alert of report.alerts) lines.push('', ...alertLines(alert))
  return `${lines.join('\n')}\n`
}

/** A reason has lines of its own, and an identifier where it has no room: cut off at the edge they would be none. */
function timelineLines({ timeline }: AfterActionReport): string[] {
  const acts = timeline.map(({ at, who, what }) => [time(at), who.replace(/^person:/, ''), actWords(what)])
  const short = table(acts)
  const rows = table(acts.map((act, i) => [...act, timeline[i]?.identifier ?? '']))
  return timeline.flatMap(({ identifier, reason, until }, i) => {
    const row = rows[i] as string
    const fits = row.endsWith(identifier)
    return [
      ...(fits ? [row] : [short[i] as string, ...wrap(`  of ${identifier}`, 9)]),
      ...(until === undefined ? [] : [`  ${pauseEnd(until)}`]),
      ...(reason === undefined ? [] : wrap(`  why: ${reason}`, 9)),
    ]
  })
}

function alertLines(alert: AlertReport): string[] {
  const kind = alert.allClear ? 'All-clear' : alert.msgType
  const lines = [
    ...wrap(`${kind.toUpperCase()} ${alert.identifier} (${alert.status}, ${alert.severity})`),
    ...wrap(`event     ${alert.event}`, 12),
    ...wrap(`issuer    ${alert.sender}`, 12),
    ...wrap(`area      ${alert.area}`, 12),
    ...(alert.rehearses === null ? [] : wrap(`rehearses ${alert.rehearses}`, 12)),
    ...wrap(`written   ${alert.authors.join(', ')}`, 12),
    ...wrap(`approved  ${approvalOf(alert)}`, 12),
    ...wrap(
      `phase     ${alert.phase}${alert.ended === null ? '' : `, ${alert.ended.reason} at ${time(alert.ended.at)}`}`,
      12,
    ),
    ...wrap(`expires   ${time(alert.expires)}`, 12),
    ...wrap(`rules     ${rulesOf(alert)}`, 12),
    ...alert.texts.flatMap(({ language, text }) => wrap(`text      [${language}] ${text}`, 12)),
  ]
  const { broadcast } = alert
  return broadcast === null
    ? [...lines, '  not launched']
    : [...lines, ...broadcastLines(broadcast, forecastLines(alert.forecast, broadcast))]
}

function approvalOf({ approval }: AlertReport): string {
  if (approval === null) return 'not yet'
  const glass = approval.glassBroken === undefined ? '' : `, GLASS BROKEN: ${approval.glassBroken}`
  return `${approval.by} at ${time(approval.at)}${glass}`
}

/** `unplaced include, max recipients 5000`. */
const rulesOf = ({ rules }: AlertReport) =>
  Object.entries(rules)
    .map(([rule, value]) => `${ruleWords(rule)} ${Array.isArray(value) ? value.join(' ') : value}`)
    .join(', ')
