import type { Countries } from '../geo/countries.ts'
import { alertsInForce } from '../store/alerts/alert-row.ts'
import type { Client } from '../store/database.ts'
import { type AudiencePlan, planZone } from './audience-plan.ts'
import { textChooser } from './audience-text.ts'
import type { RouteNumbers } from './route-numbers.ts'
import type { VariantChooser } from './select.ts'

/** An alert in force, ready for the stream. */
export interface InForce {
  readonly alertId: string
  readonly broadcastId: number
  readonly lane: number
  readonly exercise: boolean
  readonly variantOf: VariantChooser
  /** Whether somebody at this place, or in these countries where only they are known, is concerned. */
  concerns(countries: readonly string[], place: { lon: number; lat: number } | null): boolean
}

/** The alerts in force, compiled once a version. Asked of the database for each batch: a tiny query, and never stale. */
export class InForceAlerts {
  readonly #countries: Countries
  #compiled = new Map<string, InForce>()

  constructor(countries: Countries) {
    this.#countries = countries
  }

  /** The most urgent first. */
  async load(db: Client, routes: RouteNumbers): Promise<InForce[]> {
    const rows = await alertsInForce(db)
    const next = new Map<string, InForce>()
    for (const row of rows) {
      const key = `${row.id}:${row.digest}:${row.broadcastId}`
      const { lane, exercise, broadcastId, document } = row
      const zone = () => planZone(this.#countries, document, row.rules)
      next.set(
        key,
        this.#compiled.get(key) ?? {
          alertId: row.id,
          broadcastId,
          lane,
          exercise,
          variantOf: textChooser(document, routes),
          concerns: concern(zone()),
        },
      )
    }
    this.#compiled = next
    return [...next.values()]
  }
}

function concern({ countries, zone, unplacedOf }: Omit<AudiencePlan, 'corrected'>): InForce['concerns'] {
  return (reported, place) => {
    if (reported.some((country) => countries.includes(country))) return true
    if (place) return zone?.contains(place.lon, place.lat) ?? false
    return reported.some((country) => unplacedOf.includes(country))
  }
}
