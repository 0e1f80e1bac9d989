import type { SubmittedForecast } from '../alerts/approval.ts'
import { messageStates } from '../store/states.ts'
import type { BroadcastReport } from './after-action.ts'
import type { DeliveryLine, DeliveryReport, Shares } from './delivery.ts'
import { count, counted, duration, percent, time } from './figures.ts'
import { notToldApart } from './small-counts.ts'
import { table, wrap } from './text-table.ts'
import { carrierWords, reasonWords } from './words.ts'

/** What came of one alert, for a terminal. @param forecast its lines: what was expected */
export function broadcastLines(b: BroadcastReport, forecast: readonly string[]): string[] {
  const lines = [
    ...wrap(`launched  ${time(b.launchedAt)}, ${firstOf(b)}, ${lastOf(b)}`, 12),
    ...(b.refused === null ? [] : wrap(`refused   ${b.refused}`, 12)),
    ...(b.refused !== null || b.selectedAt !== null ? [] : wrap('selection is not finished: the figures grow', 12)),
    '',
    `  ${counted(b.matched, 'number')}, ${counted(b.segments, 'segment')}, ${counted(b.lateEntrants, 'late entrant')}`,
    ...table(
      messageStates.flatMap((state) => {
        const n = b.states[state]
        return n === 0 ? [] : [[state, count(n), percent(n, b.matched)]]
      }),
      [1, 2],
      4,
    ),
  ]
  const section = (title: string, rows: readonly string[]) => {
    if (rows.length > 0) lines.push('', ...wrap(title, 4), ...rows)
  }
  section(
    'audience',
    table(
      b.audience.map(({ reason, country, n }) => [reasonWords(reason), countryWord(country), count(n)]),
      [2],
      4,
    ),
  )
  section('forecast against actual', forecast)
  section(
    'handed over and delivered: how many of the first selection that had a way, and how long after the launch half, 90, 95 and 99 % were',
    deliveryTable(b.delivery),
  )
  section('late entrants', lateLines(b))
  const carriers = Object.entries(b.carriers)
  section('carriers: receipts after the submission', carriers.length === 0 ? [] : carrierTable(carriers))
  section(
    'not delivered',
    table(
      b.failures.map(({ n, state, carrier, cause }) => [count(n), state, carrierWords(carrier), cause]),
      [0],
      4,
    ),
  )
  lines.push('', ...(b.tallies.holds ? ['  The sums agree with the messages.'] : disagreement(b)))
  return lines
}

const firstOf = ({ firstSubmitMs }: BroadcastReport) =>
  firstSubmitMs === null ? 'nothing sent yet' : `first submit_sm after ${count(firstSubmitMs)} ms`

const lastOf = ({ seconds }: BroadcastReport) =>
  seconds === 0 ? 'no answer yet' : `${seconds.toFixed(1)} s to the last answer`

/** What the approver saw beside what came of it, in words. */
export function forecastLines(forecast: SubmittedForecast | null, b: BroadcastReport): string[] {
  if (forecast === null)
    return ['    nothing was expected of it: it was not submitted, or goes to those who have another']
  const told = b.matched - b.lateEntrants
  const { handedOverSeconds } = b.delivery.all
  const times = (['p50', 'p90', 'p99'] as const).map((share) => {
    const seconds = handedOverSeconds[share]
    const came = seconds === null ? 'it never came so far' : `it took ${duration(seconds)}`
    return `${share.slice(1)} % handed over: expected after ${duration(forecast.seconds[share])}, ${came}`
  })
  return [
    `counted ${time(forecast.at)}`,
    `people: ${count(forecast.matched)} expected (up to ${count(forecast.upTo)} approved), ${count(told)} found, late entrants apart`,
    `segments: ${count(forecast.segments)} expected, ${count(b.segments)} sent${b.lateEntrants > 0 ? ', late entrants among them' : ''}`,
    ...times,
  ].flatMap((line) => wrap(`  ${line}`, 8))
}

function deliveryTable({ all, carriers, countries, countriesBy }: DeliveryReport): string[] {
  if (all.due === 0) return []
  const rows = [
    ...linesOf('all', all),
    ...Object.entries(carriers).flatMap(([id, line]) => linesOf(id, line)),
    ...countries.flatMap((line) => linesOf(countryWord(line.country), line, line.matched)),
  ]
  const note =
    countriesBy === 'selection' || countries.length === 0
      ? []
      : wrap(
          '  Countries are those of the registers of now: messages do not hold theirs. "matched" is as selection counted.',
          4,
        )
  return [...table([['', '', 'messages', '', 'p50', 'p90', 'p95', 'p99'], ...rows], [2, 3, 4, 5, 6, 7], 4), ...note]
}

function linesOf(name: string, line: DeliveryLine, matched?: number): string[][] {
  const timesOf = ({ p50, p90, p95, p99 }: Shares) => [p50, p90, p95, p99].map(duration)
  const { due, handedOver, delivered, handedOverSeconds, deliveredSeconds } = line
  return [
    [name, 'handed over', count(handedOver), percent(handedOver, due), ...timesOf(handedOverSeconds)],
    ['', 'delivered', count(delivered), percent(delivered, due), ...timesOf(deliveredSeconds)],
    ...(matched === undefined ? [] : [['', 'matched', count(matched)]]),
  ]
}

function lateLines({ lateEntrants, delivery }: BroadcastReport): string[] {
  if (lateEntrants === 0) return []
  const { seconds, n } = delivery.lateEntrants
  const by = (least: number) => duration(seconds[n.findIndex((told) => told >= least)] ?? null)
  return wrap(
    `  ${count(lateEntrants)} were told because they came in later, half of them by ${by(lateEntrants / 2)} and the last by ${by(lateEntrants)} after the launch`,
    4,
  )
}

const carrierTable = (carriers: readonly (readonly [string, BroadcastReport['carriers'][string]])[]) =>
  table(
    [
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
    4,
  )

function disagreement({ tallies }: BroadcastReport): string[] {
  const parts = tallies.differences.map(
    ({ state, tally, messages }) => `${state} ${tally} in the tally, ${messages} messages`,
  )
  return wrap(`THE SUMS DO NOT AGREE WITH THE MESSAGES: ${parts.join('; ')}`, 4)
}

const ms = (value: number | null) => (value === null ? '-' : `${count(value)} ms`)
const countryWord = (country: string) => (country === notToldApart ? 'several' : country === '' ? 'not known' : country)
