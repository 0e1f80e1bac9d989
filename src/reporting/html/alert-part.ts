import type { SubmittedForecast } from '../../alerts/approval.ts'
import { messageStates } from '../../store/states.ts'
import type { AlertReport, BroadcastReport } from '../after-action.ts'
import { count, countryName, duration, percent, time } from '../figures.ts'
import { carrierWords, reasonWords, ruleWords } from '../words.ts'
import { deliveryPart } from './delivery-part.ts'
import { html, type Markup } from './markup.ts'
import { table } from './table.ts'

/** One alert of the chain and what came of it. */
export function alertPart(alert: AlertReport): Markup {
  const { broadcast } = alert
  return html`<section>
<h2>${alert.allClear ? 'All-clear' : alert.msgType} <bdi>${alert.identifier}</bdi></h2>
<dl>
${row('event', alert.event)}
${row('issued by', alert.sender)}
${row('status', `${alert.status}, ${alert.severity}`)}
${row('rehearses', alert.rehearses)}
${row('area', alert.area)}
${row('written by', alert.authors.join(', '))}
${row('approved', approvalOf(alert))}
${row('phase', alert.ended === null ? alert.phase : `${alert.phase}: ${alert.ended.reason}, ${time(alert.ended.at)}`)}
${row('in force until', time(alert.expires))}
${Object.entries(alert.rules).map(([rule, value]) => row(ruleWords(rule), Array.isArray(value) ? value.join(', ') : value))}
</dl>
${alert.texts.map(({ language, text }) => html`<blockquote lang="${language}" dir="auto">${text}</blockquote>`)}
${broadcast === null ? html`<p>It was not launched.</p>` : broadcastPart(broadcast, alert.forecast)}
</section>`
}

function broadcastPart(b: BroadcastReport, forecast: SubmittedForecast | null): Markup {
  return html`<h3>What came of it</h3>
<dl>
${row('launched', `${time(b.launchedAt)}, ${b.firstSubmitMs === null ? 'nothing sent yet' : `the first message was on the wire after ${count(b.firstSubmitMs)} ms`}`)}
${row('last answer', b.seconds === 0 ? 'none yet' : `${duration(b.seconds)} after the launch`)}
${row('segments', count(b.segments))}
${b.refused !== null && row('refused', html`<span class="wrong">${b.refused}</span>`)}
</dl>
${sumOfStates(b)}
${table(
  'Messages by state',
  [{ title: 'state' }, { title: 'messages', figure: true }, { title: '', figure: true }],
  messageStates.flatMap((state) => {
    const n = b.states[state]
    return n === 0 ? [] : [[state, count(n), percent(n, b.matched)]]
  }),
)}
${table(
  'Audience: why they were told, and where they were',
  [{ title: 'reason' }, { title: 'country' }, { title: 'people', figure: true }],
  b.audience.map(({ reason, country, n }) => [reasonWords(reason), countryName(country), count(n)]),
)}
${forecast !== null && forecastPart(forecast, b)}
${deliveryPart(b, forecast)}
${table(
  'Carriers: receipts after the submission',
  [
    { title: 'carrier' },
    { title: 'taken', figure: true },
    { title: 'delivered', figure: true },
    { title: 'receipt p50', figure: true },
    { title: 'p95', figure: true },
  ],
  Object.entries(b.carriers).map(([id, c]) => [
    id,
    count(c.submitted),
    count(c.delivered),
    duration(secondsOf(c.receiptP50Ms)),
    duration(secondsOf(c.receiptP95Ms)),
  ]),
)}
<h3>What was not delivered, and why</h3>
${
  table(
    'The most frequent cause first',
    [{ title: 'cause' }, { title: 'state' }, { title: 'carrier' }, { title: 'messages', figure: true }],
    b.failures.map(({ cause, state, carrier, n }) => [cause, state, carrierWords(carrier), count(n)]),
  ) ?? html`<p>Nothing failed.</p>`
}`
}

/** Said in full, and whether it agrees with the messages counted one by one. */
function sumOfStates({ matched, states, tallies }: BroadcastReport): Markup {
  const parts = messageStates.filter((state) => states[state] > 0).map((state) => `${count(states[state])} ${state}`)
  return html`<p>${count(matched)} matched = ${parts.length === 0 ? '0' : parts.join(' + ')}. ${
    tallies.holds
      ? 'Counted one by one, the messages agree.'
      : html`<span class="wrong">Counted one by one, the messages DO NOT AGREE: ${tallies.differences
          .map(({ state, tally, messages }) => `${state} ${count(tally)} in the sums, ${count(messages)} messages`)
          .join('; ')}.</span>`
  }</p>`
}

/** What the approver saw against what came of it. */
function forecastPart(forecast: SubmittedForecast, { matched, lateEntrants, segments, delivery }: BroadcastReport) {
  const { handedOverSeconds } = delivery.all
  return table(
    `Forecast of ${time(forecast.at)} against what happened`,
    [{ title: '' }, { title: 'expected', figure: true }, { title: 'actual', figure: true }],
    [
      [
        'people, late entrants apart',
        `${count(forecast.matched)} (approved up to ${count(forecast.upTo)})`,
        count(matched - lateEntrants),
      ],
      ['segments', count(forecast.segments), count(segments)],
      ...(['p50', 'p90', 'p99'] as const).map((share) => [
        `${share.slice(1)} % handed over`,
        duration(forecast.seconds[share]),
        duration(handedOverSeconds[share]),
      ]),
    ],
  )
}

function approvalOf({ approval }: AlertReport): Markup | string {
  if (approval === null) return 'not yet'
  const { by, at, glassBroken } = approval
  if (glassBroken === undefined) return `by ${by}, ${time(at)}`
  return html`by ${by}, ${time(at)}, <span class="alone">GLASS BROKEN: ${glassBroken}</span>`
}

function row(term: string, value: Markup | string | number | null): Markup | null {
  return value === null || value === '' ? null : html`<dt>${term}</dt><dd>${value}</dd>`
}

const secondsOf = (ms: number | null) => (ms === null ? null : ms / 1000)
