import type { SubmittedForecast } from '../../alerts/approval.ts'
import type { BroadcastReport } from '../after-action.ts'
import type { DeliveryLine, DeliveryReport, Shares } from '../delivery.ts'
import { count, countryName, duration, percent } from '../figures.ts'
import { lineChart, mostSeries } from './line-chart.ts'
import { html, type Markup, type Piece } from './markup.ts'
import { table } from './table.ts'

/** Rows of the table beside a curve, at the most. */
const mostRows = 12

/** How fast the first selection was reached: all together with what was expected, by carrier, by country, and who came later. */
export function deliveryPart(broadcast: BroadcastReport, forecast: SubmittedForecast | null): Markup {
  const { delivery } = broadcast
  const id = `b${broadcast.id}`
  return html`<h3>Delivery over time</h3>
<p class="note">Of the first selection, from the launch on; late entrants are below. Times are at most half a percent too long. A dash: so many never came so far.</p>
${wholeCurve(id, delivery, forecast)}
${linesPart(`${id}-carriers`, 'by carrier', Object.entries(delivery.carriers), delivery, [])}
${linesPart(
  `${id}-countries`,
  'by country',
  delivery.countries.map((line): [string, DeliveryLine] => [countryName(line.country), line]),
  delivery,
  delivery.countries.map(({ matched }) => count(matched)),
)}
${
  delivery.countriesBy === 'registers' &&
  html`<p class="note">Messages do not hold their country. “Matched” is as selection counted it; the rest was looked up in the registers of now, and who has moved or was erased since is under “not known”.</p>`
}
${latePart(id, broadcast)}`
}

function wholeCurve(id: string, { seconds, all }: DeliveryReport, forecast: SubmittedForecast | null): Markup | null {
  if (all.due === 0) return null
  const { handedOver, delivered } = all.curve
  const points =
    forecast === null
      ? []
      : (['p50', 'p90', 'p99'] as const).map((share) => ({
          seconds: forecast.seconds[share],
          value: (all.due * Number(share.slice(1))) / 100,
          name: `expected ${share}`,
        }))
  return html`${lineChart({
    id: `${id}-all`,
    title: 'Messages handed over and delivered',
    description: `Of ${count(all.due)} that had a way, ${count(all.handedOver)} were handed over, half of them after ${duration(all.handedOverSeconds.p50)}; ${count(all.delivered)} were delivered, half after ${duration(all.deliveredSeconds.p50)}. The table has the figures.`,
    seconds,
    series: [
      { name: 'handed over to the carrier', values: handedOver },
      { name: 'delivered to the phone', values: delivered },
    ],
    points,
  })}
${table(
  'Handed over and delivered, by the time after the launch',
  [{ title: 'after' }, ...figures('handed over', '', 'delivered', '')],
  sampled(seconds).map((i) => [
    duration(seconds[i] as number),
    count(handedOver[i] as number),
    percent(handedOver[i] as number, all.due),
    count(delivered[i] as number),
    percent(delivered[i] as number, all.due),
  ]),
)}`
}

/** @param matched a further column, of each line */
function linesPart(
  id: string,
  by: string,
  lines: readonly (readonly [string, DeliveryLine])[],
  { seconds }: DeliveryReport,
  matched: readonly string[],
): Markup | null {
  if (lines.length === 0) return null
  const drawn = lines.filter(([, { due }]) => due > 0).slice(0, mostSeries)
  const more = lines.length > drawn.length ? `, the ${drawn.length} largest` : ''
  return html`${
    drawn.length > 0 &&
    lineChart({
      id,
      title: `Delivered, per cent, ${by}${more}`,
      description: drawn
        .map(([name, { delivered, due }]) => `${name}: ${percent(delivered, due)} delivered in the end.`)
        .join(' '),
      seconds,
      series: drawn.map(([name, { due, curve }]) => ({ name, values: curve.delivered.map((n) => (n / due) * 100) })),
      percent: true,
    })
  }
${table(
  `Messages and times until half, 90 % and 95 % came so far, ${by}`,
  [
    { title: '' },
    ...(matched.length > 0 ? figures('matched') : []),
    ...figures('had a way', 'handed over', 'p50', 'p90', 'p95', 'delivered', 'p50', 'p90', 'p95'),
  ],
  lines.map(([name, line], i): Piece[] => [
    name,
    ...(matched.length > 0 ? [matched[i] as string] : []),
    count(line.due),
    count(line.handedOver),
    ...times(line.handedOverSeconds),
    count(line.delivered),
    ...times(line.deliveredSeconds),
  ]),
)}`
}

function latePart(id: string, { lateEntrants, delivery }: BroadcastReport): Markup {
  if (lateEntrants === 0) return html`<h3>Late entrants</h3><p>Nobody came in later.</p>`
  const { seconds, n } = delivery.lateEntrants
  return html`<h3>Late entrants</h3>
${lineChart({
  id: `${id}-late`,
  title: 'Told because they came in later',
  description: `${count(lateEntrants)} in all.`,
  seconds,
  series: [{ name: 'late entrants', values: n }],
})}
${table(
  'Late entrants, by the time after the launch',
  [{ title: 'after' }, ...figures('told')],
  sampled(seconds).map((i) => [duration(seconds[i] as number), count(n[i] as number)]),
)}`
}

const figures = (...titles: string[]) => titles.map((title) => ({ title, figure: true }))
const times = ({ p50, p90, p95 }: Shares) => [duration(p50), duration(p90), duration(p95)]

/** Places of a curve for its table, evenly, the last always. */
function sampled(seconds: readonly number[]): number[] {
  const last = seconds.length - 1
  const every = Math.ceil(last / mostRows)
  return Array.from({ length: Math.floor(last / every) }, (_, i) => last - i * every).reverse()
}
