import type { Countries } from '../geo/countries.ts'
import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import { bellOf } from '../queue/names.ts'
import type { Queues } from '../queue/queues.ts'
import { type Database, transaction } from '../store/database.ts'
import { closeBatch, takeBatch } from '../store/roaming/batches.ts'
import { setOutcomes } from '../store/roaming/events.ts'
import { EntryMessages } from './entry-messages.ts'
import { followEvents } from './follow.ts'
import { InForceAlerts } from './in-force.ts'
import { tellLateEntrants } from './late-entrants.ts'
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
      const entries = await EntryMessages.begin(client, countries, routes)
      const { present, results } = await followEvents(client, batch, countries, (entry) => entries.decide(entry))
      const late = await tellLateEntrants(client, this.#inForce, routes, present)
      const entry = await entries.make(client)
      await setOutcomes(client, results)
      await closeBatch(client, batchId)
      return { results, made: late.made, bells: [...late.bells, entry] }
    })
    if (!done) return
    for (const { outcome } of done.results) metrics.notifications.inc({ outcome })
    metrics.lateEntrants.inc(done.made)
    this.#ring(done.bells)
  }

  /** Each carrier once, for the most urgent that it got. */
  #ring(bells: readonly { carriers: readonly number[]; lane: number }[]): void {
    const lanes = new Map<number, number>()
    for (const { carriers, lane } of bells) {
      for (const no of carriers) lanes.set(no, Math.min(lane, lanes.get(no) ?? lane))
    }
    for (const [no, lane] of lanes) {
      const id = this.#deps.routes.profileOf(no)?.id
      if (id !== undefined) void this.#deps.queues.ring(bellOf(id), {}, { priority: lane + 1 })
    }
  }
}
