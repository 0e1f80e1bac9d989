import { createHash } from 'node:crypto'
import { LANES } from '../alerts/lane.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import { cellOf } from '../geo/cells.ts'
import type { Countries } from '../geo/countries.ts'
import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import { bellOf } from '../queue/names.ts'
import type { Queues } from '../queue/queues.ts'
import { insertMessages, type NewMessage } from '../store/audience/insert-messages.ts'
import { openBroadcast } from '../store/audience/open-broadcast.ts'
import { type Client, type Database, transaction } from '../store/database.ts'
import { closeBatch, takeBatch } from '../store/roaming/batches.ts'
import { entryBroadcast, entryTemplates, textVariant } from '../store/roaming/entry-texts.ts'
import { recordEvents, setOutcomes } from '../store/roaming/events.ts'
import { insertJourneys, recentJourneys } from '../store/roaming/journeys.ts'
import { lockRoamers, type RoamerRow, saveRoamers } from '../store/roaming/roamers.ts'
import { countriesOfPlmn } from '../subscribers/networks.ts'
import type { RoamingNotification } from '../subscribers/notification.ts'
import { entryTextFor } from './entry-text.ts'
import { type InForce, InForceAlerts } from './in-force.ts'
import { type EventOutcome, type JourneyRules, step, type Whereabouts } from './journey.ts'
import type { RouteNumbers } from './route-numbers.ts'
import { messageFor } from './select.ts'

export interface RoamingDeps {
  readonly db: Database
  readonly queues: Queues
  readonly countries: Countries
  readonly profiles: readonly CarrierProfile[]
  readonly routes: RouteNumbers
  readonly log: Logger
}

/** Nobody gets the same country's text twice within a day: transit and networks that alternate at a border. */
const coolDownMs = 24 * 3600_000
/** An entry text is of no use two days later. */
const entryValidityMs = 48 * 3600_000
/** Roamers are subscribers of Korean home carriers. */
const travellerLanguage = 'ko'

/** Works off batches of the inbox: whereabouts, journeys, entry texts and late entrants, each batch in one transaction. */
export class RoamingWorker {
  readonly #deps: RoamingDeps
  readonly #inForce: InForceAlerts

  constructor(deps: RoamingDeps) {
    this.#deps = deps
    this.#inForce = new InForceAlerts(deps.countries)
  }

  /** Idempotent: a batch that is done, or in other hands, is left alone. */
  async work(batchId: number): Promise<void> {
    const { db, queues, routes } = this.#deps
    const result = await transaction(db.pool, async (client) => {
      const batch = await takeBatch(client, batchId)
      if (!batch) return undefined
      const entrants = await this.#follow(client, batch.source, batch.events)
      const rung = new Map<number, number>()
      await this.#tellOfAlerts(client, entrants.present, rung)
      await this.#tellOfCountry(client, entrants, rung)
      await setOutcomes(client, [...entrants.outcomes.values()])
      await closeBatch(client, batchId)
      return { rung, outcomes: entrants.outcomes }
    })
    if (!result) return
    for (const { outcome } of result.outcomes.values()) metrics.notifications.inc({ outcome })
    for (const [no, lane] of result.rung) {
      const id = routes.profileOf(no)?.id
      if (id !== undefined) void queues.ring(bellOf(id), {}, { priority: lane + 1 })
    }
  }

  /** Believes the events in the order of their own time, and says who is where now and who entered a country. */
  async #follow(client: Client, source: string, events: readonly RoamingNotification[]): Promise<Entrants> {
    const sorted = events
      .map((event) => ({ event: located(event, this.#deps.countries), key: keyOf(source, event) }))
      .sort((a, b) => a.event.at.getTime() - b.event.at.getTime())
    const fresh = await recordEvents(
      client,
      sorted.map(({ event, key }) => ({
        key,
        at: event.at,
        msisdn: event.msisdn,
        event: event.event,
        country: countryKey(event.countries),
      })),
    )
    const msisdns = [...new Set(sorted.map(({ event }) => event.msisdn))]
    const known = new Map((await lockRoamers(client, msisdns)).map((row) => [row.msisdn, whereaboutsOf(row)]))
    const since = new Date((sorted[0]?.event.at.getTime() ?? 0) - coolDownMs)
    const texts = new Map(
      (await recentJourneys(client, msisdns, since)).map((j) => [`${j.msisdn}:${j.country}`, j.enteredAt]),
    )
    const entrants: Entrants = { present: new Map(), entered: [], outcomes: new Map() }
    const changed = new Set<string>()
    for (const [i, { event, key }] of sorted.entries()) {
      const country = countryKey(event.countries)
      const at = event.at
      // One batch may hold the same event twice: the second finds the key taken.
      if (!fresh.delete(key)) {
        entrants.outcomes.set(`${key}:${i}`, { key, at, outcome: 'duplicate', country })
        continue
      }
      const textKey = `${event.msisdn}:${country}`
      const { outcome, now } = step(known.get(event.msisdn), event, texts.get(textKey), journeyRules)
      if (now) {
        known.set(event.msisdn, now)
        changed.add(event.msisdn)
        if (now.countries.length > 0) entrants.present.set(event.msisdn, now)
        else entrants.present.delete(event.msisdn)
      }
      if (outcome === 'entered') {
        texts.set(textKey, at)
        entrants.entered.push({
          outcomeKey: key,
          msisdn: event.msisdn,
          countries: event.countries,
          at,
          hplmn: now?.hplmn ?? null,
        })
      }
      entrants.outcomes.set(key, { key, at, outcome: outcome === 'entered' ? 'sent' : outcome, country })
    }
    await saveRoamers(
      client,
      [...changed].map((msisdn) => rowOf(msisdn, known.get(msisdn) as Whereabouts)),
    )
    return entrants
  }

  /** Late entrants: whoever is now where an alert is in force is told of it, once a version. */
  async #tellOfAlerts(client: Client, present: Entrants['present'], rung: Map<number, number>): Promise<void> {
    const { routes } = this.#deps
    if (present.size === 0) return
    for (const alert of await this.#inForce.load(client, routes)) {
      const messages: NewMessage[] = []
      for (const [msisdn, { countries, place, hplmn }] of present) {
        if (!alert.concerns(countries, place)) continue
        const [country = null] = countries
        const match = { msisdn, population: 'roamers', country, language: null, hplmn, reason: 'late-entrant' } as const
        messages.push(messageFor(match, routes, alert.variantOf, alert.exercise))
      }
      const made = await this.#insert(client, alert, messages, rung)
      metrics.lateEntrants.inc(made)
    }
  }

  async #insert(
    client: Client,
    { broadcastId, lane }: Pick<InForce, 'broadcastId' | 'lane'>,
    messages: NewMessage[],
    rung: Map<number, number>,
  ): Promise<number> {
    const { made, carriers } = await insertMessages(client, broadcastId, lane, messages)
    for (const no of carriers) rung.set(no, Math.min(lane, rung.get(no) ?? lane))
    return made
  }

  /** Entry texts: one a journey. */
  async #tellOfCountry(client: Client, { entered, outcomes }: Entrants, rung: Map<number, number>): Promise<void> {
    if (entered.length === 0) return
    const { countries, routes } = this.#deps
    const sources = await entryTemplates(client)
    const due = entered.flatMap((entry) => {
      const text = entryTextFor(entry.countries, travellerLanguage, sources, countries)
      const route = routes.find(
        { population: 'roamers', msisdn: entry.msisdn, hplmn: entry.hplmn ?? undefined, country: entry.countries[0] },
        false,
      )
      const outcome = outcomes.get(entry.outcomeKey) as EventOutcomeRow
      if (!text) outcome.outcome = 'no-text'
      else if (route.length === 0) outcome.outcome = 'no-route'
      return text && route.length > 0 ? [{ entry, text, route }] : []
    })
    if (due.length === 0) return
    const journeys = await insertJourneys(
      client,
      due.map(({ entry }) => ({
        msisdn: entry.msisdn,
        country: countryKey(entry.countries) as string,
        enteredAt: entry.at,
      })),
    )
    const broadcastId = await this.#todaysBroadcast(client)
    const variants = new Map<string, number>()
    for (const { text } of due)
      if (!variants.has(text.text)) variants.set(text.text, await textVariant(client, broadcastId, text))
    const messages = due.map(
      ({ entry, text, route }, i): NewMessage => ({
        recipientKey: journeys[i] as number,
        msisdn: entry.msisdn,
        variant: variants.get(text.text) as number,
        reason: 'entry',
        country: countryKey(entry.countries) as string,
        route,
      }),
    )
    await this.#insert(client, { broadcastId, lane: LANES.entry }, messages, rung)
  }

  async #todaysBroadcast(client: Client): Promise<number> {
    const day = new Date().toISOString().slice(0, 10)
    // The first of the day makes it; the lock lets exactly one.
    await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`entry-${day}`])
    const open = await entryBroadcast(client, day)
    if (open !== undefined) return open
    return openBroadcast(client, {
      alertId: null,
      day,
      lane: LANES.entry,
      state: 'sending',
      exercise: false,
      resend: false,
      digest: null,
      expires: null,
      validityMs: entryValidityMs,
      texts: [],
    })
  }
}

const journeyRules: JourneyRules = { homesOf: (hplmn) => countriesOfPlmn(hplmn), coolDownMs }

interface EventOutcomeRow {
  readonly key: string
  readonly at: Date
  outcome: EventOutcome
  readonly country: string | null
}

interface Entrants {
  /** Where each number of the batch is now, if anywhere abroad. */
  readonly present: Map<string, Whereabouts>
  readonly entered: { outcomeKey: string; msisdn: string; countries: string[]; at: Date; hplmn: string | null }[]
  readonly outcomes: Map<string, EventOutcomeRow>
}

const countryKey = (countries: readonly string[]): string | null =>
  countries.length === 0 ? null : [...countries].sort().join('/')

/**
 * The country that a carrier reports is believed before any polygon; a polygon decides where none is given, or among the
 * candidates of a network that serves several.
 */
function located(event: RoamingNotification, countries: Countries): RoamingNotification {
  if (event.countries.length === 1 || event.lon === undefined || event.lat === undefined) return event
  const found = countries.countryAt(event.lon, event.lat)
  const possible = event.countries.length === 0 || (found !== undefined && event.countries.includes(found))
  return found !== undefined && possible ? { ...event, countries: [found] } : event
}

/** The same event always has the same key: its feed's id for it, or else everything that it says. */
function keyOf(source: string, event: RoamingNotification): string {
  const { id, msisdn, at, vplmn, countries, lon, lat } = event
  const content =
    id === undefined
      ? ['content', msisdn, event.event, at.toISOString(), vplmn, countries.join(), lon, lat]
      : ['id', source, id]
  const hex = createHash('sha256').update(content.join('|')).digest('hex').slice(0, 32)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function whereaboutsOf(row: RoamerRow): Whereabouts {
  const { countries, enteredAt, seenAt, hplmn, vplmn, lon, lat, radiusM, placedAt } = row
  const place = lon === null || lat === null || placedAt === null ? null : { lon, lat, radiusM, at: placedAt }
  return { countries, enteredAt, seenAt, hplmn, vplmn, place }
}

function rowOf(msisdn: string, { countries, enteredAt, seenAt, hplmn, vplmn, place }: Whereabouts): RoamerRow {
  return {
    msisdn,
    hplmn,
    vplmn,
    countries,
    enteredAt,
    seenAt,
    lon: place?.lon ?? null,
    lat: place?.lat ?? null,
    radiusM: place?.radiusM ?? null,
    cell: place ? cellOf(place.lon, place.lat) : null,
    placedAt: place?.at ?? null,
  }
}
