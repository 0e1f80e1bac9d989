import { channels } from '../alerts/channels.ts'
import { digestOf } from '../alerts/digest.ts'
import { type Severity, severityOf } from '../alerts/model.ts'
import type { Countries } from '../geo/countries.ts'
import type { Logger } from '../lib/log.ts'
import { type AlertRow, findAlert } from '../store/alerts/alert-row.ts'
import { type BroadcastInForce, broadcastsInForce } from '../store/alerts/in-force.ts'
import type { Client } from '../store/database.ts'
import { planZone } from './audience-plan.ts'
import { textChooser } from './audience-text.ts'
import type { RouteNumbers } from './route-numbers.ts'
import type { VariantChooser } from './select.ts'

/** An alert in force, ready for the stream. */
export interface InForce extends BroadcastInForce {
  readonly severity: Severity
  readonly variantOf: VariantChooser
  /**
   * Whether somebody at this place, or in one of these countries where only they are known, is concerned; and the country that
   * he is told for, null where several come into question.
   */
  concerns(
    countries: readonly string[],
    place: { lon: number; lat: number } | null,
  ): { country: string | null } | undefined
}

/** The alerts in force. Which they are is asked for each batch, and never stale; each is read and compiled once. */
export class InForceAlerts {
  readonly #countries: Countries
  readonly #routes: RouteNumbers
  readonly #log: Logger
  #compiled = new Map<number, InForce | undefined>()

  constructor(countries: Countries, routes: RouteNumbers, log: Logger) {
    this.#countries = countries
    this.#routes = routes
    this.#log = log
  }

  /** The most urgent first. */
  async load(db: Client): Promise<InForce[]> {
    const compiled = new Map<number, InForce | undefined>()
    for (const broadcast of await broadcastsInForce(db)) {
      const { broadcastId } = broadcast
      const known = this.#compiled.has(broadcastId)
      compiled.set(broadcastId, known ? this.#compiled.get(broadcastId) : await this.#compile(db, broadcast))
    }
    this.#compiled = compiled
    return [...compiled.values()].filter((alert) => alert !== undefined)
  }

  async #compile(db: Client, broadcast: BroadcastInForce): Promise<InForce | undefined> {
    const { document, rules } = (await findAlert(db, broadcast.alertId)) as AlertRow
    if (digestOf(document, rules, channels) !== broadcast.digest) {
      this.#log.error(
        { broadcast: broadcast.broadcastId },
        'late entrants are not told: the alert is not what was approved',
      )
      return undefined
    }
    const { countries, zone, unplacedOf } = planZone(this.#countries, document, rules)
    return {
      ...broadcast,
      severity: severityOf(document),
      variantOf: textChooser(document, this.#routes),
      concerns(reported, place) {
        const certain = reported.length === 1 ? (reported[0] as string) : null
        const whole = reported.find((country) => countries.includes(country))
        if (whole !== undefined) return { country: whole }
        if (place) return zone?.contains(place.lon, place.lat) ? { country: certain } : undefined
        const unplaced = reported.find((country) => unplacedOf.includes(country))
        return unplaced === undefined ? undefined : { country: unplaced }
      },
    }
  }
}
