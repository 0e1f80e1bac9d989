import { laneOf } from '../alerts/lane.ts'
import { type Alert, severityOf } from '../alerts/model.ts'
import type { AlertRules } from '../alerts/rules.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import type { Countries } from '../geo/countries.ts'
import { phoneLines } from '../lib/phone-lines.ts'
import { useOf } from '../lib/use.ts'
import { chainOf } from '../store/alerts/alert-row.ts'
import { broadcastsOfChain } from '../store/alerts/chain-broadcasts.ts'
import type { Database } from '../store/database.ts'
import { sourcesOf } from './audience.ts'
import { planAudience } from './audience-plan.ts'
import { checkFallBack, textChooser, textsOf } from './audience-text.ts'
import { carrierQueues, type HeldBy } from './carrier-queues.ts'
import { cellsFor } from './cells-for.ts'
import { countAudience } from './count.ts'
import { type CarrierLoad, type Forecast, forecastOf, forecastOfAll } from './forecast.ts'
import { GroupBook } from './group-book.ts'
import { refusedBy } from './opt-out.ts'
import { noRoute, type PreviewSums, sumUp } from './preview-sum.ts'
import { routeNumbers } from './route-numbers.ts'
import { type Writing, writings } from './writings.ts'

/** What one carrier has to do. */
export interface CarrierPreview {
  readonly messages: number
  readonly segments: number
  /** At the rate of its contract, if nothing else were to be sent. */
  readonly seconds: number
  /** What waits for it in the same lane and in more urgent ones, in what its contract counts. */
  readonly queuedAhead: number
  /** Null where nothing is sent through it. */
  readonly forecast: Forecast | null
  /** Why nothing leaves now; the forecast counts from when it goes on. */
  readonly heldBy: HeldBy | null
  /** By the price of its profile; null where that has none. */
  readonly cost: { readonly amount: number; readonly currency: string } | null
}

export interface Preview extends Omit<PreviewSums, 'byCarrier' | 'ofTexts'> {
  /** Different MSISDNs that match now. */
  readonly matched: number
  /** By carrier (`none`: no route, or they refuse). */
  readonly byCarrier: Record<string, CarrierPreview>
  readonly segments: number
  /** By currency, of carriers whose profile has a price. */
  readonly cost: Record<string, number>
  /** Segments of carriers without a price. */
  readonly unpricedSegments: number
  /** Of all messages that have a way. */
  readonly forecast: Forecast
  /** What the unplaced of the zone's countries get by the alert's rule. */
  readonly unplaced: AlertRules['unplaced']
  /** MSISDNs of the unplaced whom the rule leaves out; not in `matched`. */
  readonly apart: number
  /** MSISDNs near the border whom the rule for uncertain places leaves out; not in `matched`. */
  readonly uncertainApart: number
  /** Further numbers of people who are told on another first; not in `matched`. */
  readonly otherNumbers: number
  /** Countries whose unplaced the rule is about. */
  readonly unplacedOf: readonly string[]
  readonly texts: readonly {
    readonly language: string
    readonly text: string
    /** The lines that a small phone shows. */
    readonly phone: readonly string[]
    /** Who gets it. */
    readonly messages: number
    readonly carriers: Record<string, Writing>
  }[]
}

export interface PreviewDeps {
  readonly db: Database
  readonly countries: Countries
  readonly profiles: readonly CarrierProfile[]
  /** What binds and windows let through a second, of carriers that they and not the contract hold back now. */
  readonly heldBack?: ReadonlyMap<string, number>
}

/** Of a kept alert; `before`: its own broadcast, where it has one. */
export interface Chain {
  readonly alertId: string
  readonly chainId: string
  readonly before?: number
  /** The alert that it is a rehearsal of. */
  readonly rehearses?: string | null
}

/**
 * Who would get the alert now, through which carriers, in how many segments, at what cost, and how long it would take. Counted by the
 * server in groups: under a second for ten million.
 * @throws Problem `text-not-encodable` or `text-too-long` where a carrier cannot carry a text.
 */
export async function previewAlert(
  { db, countries, profiles, heldBack }: PreviewDeps,
  alert: Alert,
  rules: AlertRules,
  chain?: Chain,
): Promise<Preview> {
  const use = useOf({ status: alert.status, rehearses: chain?.rehearses ?? null })
  checkFallBack(alert, profiles, use)
  const texts = textsOf(alert).map(({ language, text }) => ({
    language,
    text,
    phone: phoneLines(text),
    carriers: writings(text, profiles),
  }))
  const plan = await planAudience(db.pool, countries, alert, rules, new Date(), chain)
  const sources = sourcesOf(plan, { cellsFor: await cellsFor(db.pool, plan), toldApart: true })
  const routes = await routeNumbers(db.pool, profiles)
  const book = new GroupBook({
    routes,
    variantOf: textChooser(alert, routes),
    use,
    refusedBy: await refusedBy(db.pool, severityOf(alert)),
  })
  const [count, { lane, queues }] = await Promise.all([
    countAudience(db, plan, sources, book),
    waiting(db, alert, chain),
  ])
  const { byCarrier, ofTexts, ...sums } = sumUp(
    count.counted,
    texts.map(({ carriers }) => carriers),
    routes,
  )
  const loads: CarrierLoad[] = []
  const carriers = Object.entries(byCarrier).map(([id, { messages, segments, units }]): [string, CarrierPreview] => {
    const profile = profiles.find((one) => one.id === id)
    if (!profile) {
      return [id, { messages, segments, seconds: 0, queuedAhead: 0, forecast: null, heldBy: null, cost: null }]
    }
    const { ahead, behind, heldBy } = queues.of(profile, lane)
    const rate = Math.max(1, Math.min(profile.throughput, heldBack?.get(id) ?? profile.throughput))
    const load = { rate, messages, units, ahead, behind }
    loads.push(load)
    return [
      id,
      {
        messages,
        segments,
        seconds: Math.ceil(units / profile.throughput),
        queuedAhead: ahead,
        forecast: forecastOf(load),
        heldBy,
        cost: profile.price
          ? { amount: money(segments * profile.price.perSegment), currency: profile.price.currency }
          : null,
      },
    ]
  })
  const cost: Record<string, number> = {}
  let unpricedSegments = 0
  for (const [id, one] of carriers) {
    if (one.cost) cost[one.cost.currency] = money((cost[one.cost.currency] ?? 0) + one.cost.amount)
    else if (id !== noRoute) unpricedSegments += one.segments
  }
  return {
    matched: count.matched,
    ...sums,
    byCarrier: Object.fromEntries(carriers),
    segments: carriers.reduce((sum, [, { segments }]) => sum + segments, 0),
    cost,
    unpricedSegments,
    forecast: forecastOfAll(loads),
    unplaced: rules.unplaced,
    unplacedOf: plan.touched,
    apart: [...count.apart.values()].reduce((sum, n) => sum + n, 0),
    uncertainApart: count.uncertain,
    otherNumbers: count.otherNumbers,
    texts: texts.map((text, i) => ({ ...text, messages: ofTexts[i] ?? 0 })),
  }
}

/** In which lane the alert would go, and what waits for the carriers, less what its launch withdraws. */
async function waiting({ pool }: Database, alert: Alert, chain: Chain | undefined) {
  const others = chain ? (await chainOf(pool, chain.chainId)).filter(({ id }) => id !== chain.alertId) : []
  const launched = others.filter(({ launchedAt }) => launchedAt !== null)
  const lane = laneOf(
    alert,
    launched.map(({ document }) => document),
  )
  return { lane, queues: await carrierQueues(pool, chain ? await broadcastsOfChain(pool, chain.chainId) : []) }
}

/** Prices have a few decimals; what is beyond the sixth is an error of the arithmetic. */
const money = (amount: number) => Math.round(amount * 1e6) / 1e6
