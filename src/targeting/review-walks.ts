import { metrics } from '../lib/metrics.ts'
import { audienceSettings, type Population } from '../store/audience/choice.ts'
import { awaitEntrants, holdSelections } from '../store/audience/entrants-barrier.ts'
import { personsAfter } from '../store/audience/persons.ts'
import {
  advanceReviewWalk,
  endReviewWalk,
  openReviewWalks,
  type ReviewWalk,
  takeReviewWalk,
} from '../store/audience/review-walks.ts'
import { type Client, transaction } from '../store/database.ts'
import { type InForce, InForceAlerts } from './in-force.ts'
import { type Present, tellLateEntrants } from './late-entrants.ts'
import { personOf } from './person.ts'
import { ringCarriers } from './ring-carriers.ts'
import type { RoamingDeps } from './roaming-deps.ts'

const pageSize = 2000

type Bells = Parameters<typeof ringCarriers>[2]

/** Most roamers report once a stay: without the walk they would never be told. */
const afterThose: Record<Population, Population | undefined> = { roamers: 'residents', residents: undefined }

/**
 * After the review of a standing alert that had paused, tells whom it would have told while it did: those whom it concerns where they are
 * now and who have no message of it, by the rules for late entrants. It goes through both populations in pages; messages and the cursor that
 * leads on are one transaction, so a killed walk goes on without a gap or a repeat.
 *
 * It asks nobody when he came. `seen_at` is the carrier's clock, a batch of notifications or an arrival may have waited for days before it was
 * worked off in the pause, and who has a message is left out anyhow. While the alert pauses once more the walk waits.
 */
export class ReviewWalks {
  readonly #deps: RoamingDeps
  readonly #pageSize: number
  readonly #inForce: InForceAlerts
  /** Walks that have waited for those who asked before their reviews. */
  #awaited: ReadonlySet<number> = new Set()
  #stopped = false

  constructor(deps: RoamingDeps, size = pageSize) {
    this.#deps = deps
    this.#pageSize = size
    this.#inForce = new InForceAlerts(deps.countries, deps.routes, deps.log)
  }

  /** Walks all walks that are open now, and whose alerts are in force; one that fails holds up none of the others. */
  async work(): Promise<void> {
    const { db, log } = this.#deps
    const open = await openReviewWalks(db.pool)
    if (open.length === 0) return
    const inForce = new Set((await this.#inForce.all(db.pool)).map(({ alertId }) => alertId))
    const ready = open.filter(({ alertId }) => inForce.has(alertId))
    // Whoever asked before the review was committed, and found the alert paused, has written by then who is where. Those who ask later tell.
    // Once a walk: whoever enters anywhere waits meanwhile, and a walk that fails comes back every few seconds.
    if (ready.some(({ id }) => !this.#awaited.has(id))) await awaitEntrants(db.pool)
    this.#awaited = new Set(ready.map(({ id }) => id))
    for (const { id, alertId } of ready) {
      await this.#through(id).catch((err: unknown) =>
        log.error({ alert: alertId, err }, 'those who came while an alert paused are not told: it is tried again'),
      )
    }
  }

  async #through(id: number): Promise<void> {
    const { db, queues, routes } = this.#deps
    for (let more = true; more && !this.#stopped; ) {
      const page = await transaction(db.pool, (client) => this.#walk(client, id), audienceSettings)
      metrics.lateEntrants.inc(page.made)
      ringCarriers(queues, routes, page.bells)
      more = page.more
    }
  }

  /** No page more: a walk through millions must not hold up the drain. It goes on at the next start. */
  stop(): void {
    this.#stopped = true
  }

  /** One page. */
  async #walk(client: Client, id: number): Promise<{ made: number; bells: Bells; more: boolean }> {
    const none = { made: 0, bells: [], more: false }
    const walk = await takeReviewWalk(client, id)
    const alert = walk && (await this.#inForce.all(client)).find(({ alertId }) => alertId === walk.alertId)
    if (!alert) return none
    // Before it is read who is where: an erasure of a number waits for what is made of it.
    await holdSelections(client)
    const { population, after } = walk
    const countries = [...alert.plan.countries, ...alert.plan.touched]
    const { rows, last } = await personsAfter(client, population, countries, after, this.#pageSize)
    const present = rows.map((row): Present => ({ ...personOf(row), msisdn: String(row.msisdn) }))
    const told = await tellLateEntrants(client, this.#inForce, this.#deps.routes, present, alert.broadcastId)
    return { ...told, more: await this.#advance(client, walk, alert, last, told.made) }
  }

  /** Returns whether there is more to do. */
  async #advance(client: Client, walk: ReviewWalk, alert: InForce, last: number | null, made: number) {
    const { id, population } = walk
    const next = last === null ? afterThose[population] : population
    if (next) {
      await advanceReviewWalk(client, { id, population: next, after: last ?? 0 }, made)
      return true
    }
    const told = made + (await endReviewWalk(client, id))
    this.#deps.log.info({ alert: alert.alertId, told }, 'those who came while the alert paused are told')
    return false
  }
}
