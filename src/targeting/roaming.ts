import type { Countries } from '../geo/countries.ts'
import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import type { Queues } from '../queue/queues.ts'
import { type Database, transaction } from '../store/database.ts'
import { closeBatch, takeBatch } from '../store/roaming/batches.ts'
import { setOutcomes } from '../store/roaming/events.ts'
import { EntryMessages } from './entry-messages.ts'
import { followEvents } from './follow.ts'
import { InForceAlerts } from './in-force.ts'
import { type Present, tellLateEntrants } from './late-entrants.ts'
import { ringCarriers } from './ring-carriers.ts'
import type { RouteNumbers } from './route-numbers.ts'

export interface RoamingDeps {
  readonly db: Database
  readonly queues: Queues
  readonly countries: Countries
  readonly routes: RouteNumbers
  readonly log: Logger
}

/** Works off batches of the inbox: whereabouts, late entrants, journeys and entry texts, each batch in one transaction. */
export class RoamingWorker {
  readonly #deps: RoamingDeps
  readonly #inForce: InForceAlerts

  constructor(deps: RoamingDeps) {
    this.#deps = deps
    this.#inForce = new InForceAlerts(deps.countries, deps.routes, deps.log)
  }

  /** Idempotent: a batch that is done, or in other hands, is left alone. */
  async work(batchId: number): Promise<void> {
    const { db, countries, routes } = this.#deps
    const done = await transaction(db.pool, async (client) => {
      const batch = await takeBatch(client, batchId)
      if (!batch) return undefined
      const msisdns = [...new Set(batch.events.map((event) => event.msisdn))]
      const entries = await EntryMessages.begin(client, countries, routes, msisdns)
      const { present, results } = await followEvents(client, batch, countries, (entry) => entries.decide(entry))
      const here = [...present].map(([msisdn, { countries, place, hplmn }]): Present => {
        return { msisdn, population: 'roamers', language: null, hplmn, countries, place }
      })
      const late = await tellLateEntrants(client, this.#inForce, routes, here)
      const entry = await entries.make(client)
      await setOutcomes(client, results)
      await closeBatch(client, batchId)
      return { results, made: late.made, bells: [...late.bells, entry] }
    })
    if (!done) return
    for (const { outcome } of done.results) metrics.notifications.inc({ outcome })
    metrics.lateEntrants.inc(done.made)
    ringCarriers(this.#deps.queues, routes, done.bells)
  }
}
