import { messageStates } from '../store/states.ts'
import type { AfterActionReport, AlertReport, BroadcastReport } from './after-action.ts'
import { table, wrap } from './text-table.ts'

/** The report for a terminal: plain text, no line longer than 99 columns. */
export function renderReport(report: AfterActionReport): string {
  const first = report.alerts[0]
  const lines = [
    ...wrap(`After-action report: ${first?.event ?? ''}, ${first?.identifier ?? report.chainId}`),
    `As of ${time(report.at)} (all times UTC)`,
    '',
    'TIMELINE',
    ...table(
      report.timeline.map(({ at, who, what, identifier, reason }) => [
        time(at),
        who.replace(/^person:/, ''),
        what,
        reason === undefined ? identifier : `${identifier}: ${reason}`,
      ]),
    ),
  ]
  for (const alert of report.alerts) lines.push('', ...alertLines(alert))
  return `${lines.join('\n')}\n`
}

function alertLines(alert: AlertReport): string[] {
  const kind = alert.allClear ? 'All-clear' : alert.msgType
  const lines = [
    ...wrap(`${kind.toUpperCase()} ${alert.identifier} (${alert.status}, ${alert.severity})`),
    ...wrap(`area      ${alert.area}`, 12),
    ...wrap(`written   ${alert.authors.join(', ')}`, 12),
    ...wrap(`approved  ${approvalOf(alert)}`, 12),
    ...wrap(
      `phase     ${alert.phase}${alert.ended === null ? '' : `, ${alert.ended.reason} at ${time(alert.ended.at)}`}`,
      12,
    ),
    ...alert.texts.flatMap(({ language, text }) => wrap(`text      [${language}] ${text}`, 12)),
  ]
  return alert.broadcast === null ? [...lines, '  not launched'] : [...lines, ...broadcastLines(alert.broadcast)]
}

function approvalOf({ approval }: AlertReport): string {
  if (approval === null) return 'not yet'
  const alone = approval.glassBroken === undefined ? '' : `, ALONE (glass broken): ${approval.glassBroken}`
  return `${approval.by} at ${time(approval.at)}${alone}`
}

function broadcastLines(b: BroadcastReport): string[] {
  const first = b.firstSubmitMs === null ? 'nothing sent yet' : `first submit_sm after ${count(b.firstSubmitMs)} ms`
  const lines = [
    `  launched  ${time(b.launchedAt)}, ${first}, ${b.seconds.toFixed(1)} s to the last answer`,
    ...(b.refused === null ? [] : wrap(`refused   ${b.refused}`, 12)),
    '',
    `  ${count(b.matched)} numbers, ${count(b.segments)} segments, ${count(b.lateEntrants)} late entrants`,
    ...table(
      messageStates.flatMap((state) => (b.states[state] === 0 ? [] : [[state, count(b.states[state])]])),
      [1],
      4,
    ),
  ]
  const section = (title: string, rows: string[][], right: number[]) => {
    if (rows.length > 0) lines.push('', `  ${title}`, ...table(rows, right, 4))
  }
  section(
    'audience',
    b.audience.map(({ reason, country, n }) => [reason, country, count(n)]),
    [2],
  )
  const carriers = Object.entries(b.carriers)
  section(
    'carriers',
    carriers.length === 0
      ? []
      : [
          ['', 'submitted', 'delivered', 'receipt p50', 'p95'],
          ...carriers.map(([id, c]) => [
            id,
            count(c.submitted),
            count(c.delivered),
            ms(c.receiptP50Ms),
            ms(c.receiptP95Ms),
          ]),
        ],
    [1, 2, 3, 4],
  )
  section(
    'not delivered',
    b.failures.map(({ n, state, carrier, cause }) => [count(n), state, carrier ?? '-', cause]),
    [0],
  )
  lines.push('', `  ${b.tallies.holds ? 'The sums agree with the messages.' : disagreement(b)}`)
  return lines
}

function disagreement({ tallies }: BroadcastReport): string {
  const parts = tallies.differences.map(
    ({ state, tally, messages }) => `${state} ${tally} in the tally, ${messages} messages`,
  )
  return wrap(`THE SUMS DO NOT AGREE WITH THE MESSAGES: ${parts.join('; ')}`, 4)
    .join('\n')
    .trimStart()
}

/** `2026-11-21 03:04:05`. */
export const time = (iso: string) => iso.slice(0, 19).replace('T', ' ')
export const count = (n: number) => n.toLocaleString('en-US')
const ms = (value: number | null) => (value === null ? '-' : `${count(value)} ms`)
