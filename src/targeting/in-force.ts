import { channels } from '../alerts/channels.ts'
import { digestOf } from '../alerts/digest.ts'
import { type Severity, severityOf } from '../alerts/model.ts'
import type { Countries } from '../geo/countries.ts'
import { ZoneIndex } from '../geo/zone-index.ts'
import type { Logger } from '../lib/log.ts'
import { type Use, useOf } from '../lib/use.ts'
import { type AlertRow, findAlert } from '../store/alerts/alert-row.ts'
import { type BroadcastInForce, broadcastsInForce } from '../store/alerts/in-force.ts'
import type { Client } from '../store/database.ts'
import { planZone, type ZonePlan } from './audience-plan.ts'
import { textChooser, type VariantChooser } from './audience-text.ts'
import { concernOf, maxUncertaintyM, type Person } from './concern.ts'
import type { RouteNumbers } from './route-numbers.ts'

/** An alert in force, ready for the stream. */
export interface InForce extends BroadcastInForce {
  readonly severity: Severity
  readonly use: Use
  readonly variantOf: VariantChooser
  readonly plan: ZonePlan
}

/** Those whom one alert concerns, and the country that each is told for: null where several come into question. */
export interface Concerned<P> {
  readonly alert: InForce
  readonly people: { readonly person: P; readonly country: string | null }[]
}

/**
 * The alerts in force, found by where somebody is. Which they are is asked for each time, and never stale; each is read and compiled
 * once, and put into the indexes and taken out again as it comes and goes.
 */
export class InForceAlerts {
  readonly #countries: Countries
  readonly #routes: RouteNumbers
  readonly #log: Logger
  /** By broadcast; undefined: not what was approved. */
  #compiled = new Map<number, InForce | undefined>()
  readonly #zones = new ZoneIndex<InForce>()
  /** By the reported country: those that mean it as a whole, or a part of it, or whose rules have to be looked at. */
  readonly #byCountry = new Map<string, Set<InForce>>()
  /** By the country that the zone reaches into: of them the unplaced are asked about. */
  readonly #byUnplaced = new Map<string, Set<InForce>>()

  constructor(countries: Countries, routes: RouteNumbers, log: Logger) {
    this.#countries = countries
    this.#routes = routes
    this.#log = log
  }

  /** All of them, the most urgent first. */
  async all(db: Client): Promise<readonly InForce[]> {
    const compiled = await this.#compileAll(db)
    this.#become(compiled)
    return [...compiled.values()].flatMap((alert) => alert ?? [])
  }

  /** Whom of these people the alerts in force concern; the most urgent alert first, and none that concerns nobody. */
  async concerned<P extends Person>(db: Client, people: readonly P[]): Promise<Concerned<P>[]> {
    const compiled = await this.#compileAll(db)
    // From here on nothing waits: another batch, which asked earlier, may put the indexes back to what it was told.
    this.#become(compiled)
    const found = new Map<InForce, Concerned<P>['people']>()
    for (const person of people) {
      for (const alert of this.#candidates(person)) {
        const concern = concernOf(alert.plan, person)
        if (!concern.told) continue
        const one = { person, country: concern.country }
        const list = found.get(alert)
        if (list) list.push(one)
        else found.set(alert, [one])
      }
    }
    return [...compiled.values()].flatMap((alert) => {
      const people = alert && found.get(alert)
      return people ? [{ alert, people }] : []
    })
  }

  async #compileAll(db: Client): Promise<Map<number, InForce | undefined>> {
    const compiled = new Map<number, InForce | undefined>()
    for (const broadcast of await broadcastsInForce(db)) {
      const { broadcastId } = broadcast
      const known = this.#compiled.has(broadcastId)
      compiled.set(broadcastId, known ? this.#compiled.get(broadcastId) : await this.#compile(db, broadcast))
    }
    return compiled
  }

  /** All that may concern him; `concernOf` decides. */
  #candidates({ countries, place }: Person): Set<InForce> {
    const candidates = new Set<InForce>()
    const add = (alerts: Iterable<InForce> = []) => {
      for (const alert of alerts) candidates.add(alert)
    }
    const radiusM = place?.radiusM ?? 0
    const placed = place !== null && radiusM <= maxUncertaintyM
    for (const country of countries) {
      add(this.#byCountry.get(country))
      if (!placed) add(this.#byUnplaced.get(country))
    }
    if (placed) {
      add(radiusM > 0 ? this.#zones.around(place.lon, place.lat, radiusM) : this.#zones.at(place.lon, place.lat))
    }
    return candidates
  }

  #become(compiled: Map<number, InForce | undefined>): void {
    const before = this.#compiled
    this.#compiled = compiled
    for (const [id, alert] of before) if (alert && compiled.get(id) !== alert) this.#leave(alert)
    for (const [id, alert] of compiled) if (alert && before.get(id) !== alert) this.#enter(alert)
  }

  #enter(alert: InForce): void {
    const { zone } = alert.plan
    if (zone) this.#zones.add(alert, zone)
    for (const [index, country] of this.#keysOf(alert)) {
      const alerts = index.get(country)
      if (alerts) alerts.add(alert)
      else index.set(country, new Set([alert]))
    }
  }

  #leave(alert: InForce): void {
    this.#zones.remove(alert)
    for (const [index, country] of this.#keysOf(alert)) {
      const alerts = index.get(country)
      alerts?.delete(alert)
      if (alerts?.size === 0) index.delete(country)
    }
  }

  /** Where an alert stands in the indexes by country. */
  #keysOf({ plan }: InForce): [index: Map<string, Set<InForce>>, country: string][] {
    const { countries, parts, touched, rules } = plan
    const always = new Set([...countries, ...parts.map(({ iso2 }) => iso2)])
    // A place may be too old by the rule, and its person unplaced.
    if (rules.placeMaxAgeHours !== undefined) for (const country of touched) always.add(country)
    const keys: [Map<string, Set<InForce>>, string][] = []
    for (const country of always) keys.push([this.#byCountry, country])
    for (const country of touched) if (!always.has(country)) keys.push([this.#byUnplaced, country])
    return keys
  }

  async #compile(db: Client, broadcast: BroadcastInForce): Promise<InForce | undefined> {
    const alert = (await findAlert(db, broadcast.alertId)) as AlertRow
    const { document, rules } = alert
    if (digestOf(alert, channels) !== broadcast.digest) {
      this.#log.error(
        { broadcast: broadcast.broadcastId },
        'late entrants are not told: the alert is not what was approved',
      )
      return undefined
    }
    return {
      ...broadcast,
      severity: severityOf(document),
      use: useOf(alert),
      variantOf: textChooser(document, this.#routes),
      plan: planZone(this.#countries, document, rules, broadcast.launchedAt),
    }
  }
}
