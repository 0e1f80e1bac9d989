import { metrics } from '../lib/metrics.ts'
import { takeArrivals } from '../store/audience/arrivals.ts'
import { transaction } from '../store/database.ts'
import { InForceAlerts } from './in-force.ts'
import { type Present, tellLateEntrants } from './late-entrants.ts'
import { ringCarriers } from './ring-carriers.ts'
import type { RoamingDeps } from './roaming-deps.ts'

const batchSize = 2000

/** Residents who register, or whose place is corrected, while an alert is in force are late entrants like any other. */
export class LateResidents {
  readonly #deps: RoamingDeps
  readonly #inForce: InForceAlerts

  constructor(deps: RoamingDeps) {
    this.#deps = deps
    this.#inForce = new InForceAlerts(deps.countries, deps.routes, deps.log)
  }

  /** Works off all arrivals, a transaction a batch; killed in the middle, the rest waits for the next bell. */
  async work(): Promise<void> {
    const { db, queues, routes } = this.#deps
    for (let taken = batchSize; taken === batchSize; ) {
      const { made, bells, arrived } = await transaction(db.pool, async (client) => {
        const residents = await takeArrivals(client, batchSize)
        const present = residents.map(({ msisdn, country, mission, language, lon, lat }): Present => {
          const place = lon === null || lat === null ? null : { lon, lat, radiusM: null, at: null }
          return {
            msisdn,
            population: 'residents',
            language,
            hplmn: null,
            mission,
            countries: [country],
            place,
            seenAt: null,
          }
        })
        return { ...(await tellLateEntrants(client, this.#inForce, routes, present)), arrived: residents.length }
      })
      metrics.lateEntrants.inc(made)
      ringCarriers(queues, routes, bells)
      taken = arrived
    }
  }
}
