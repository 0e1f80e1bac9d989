import type { Problem } from '../lib/problem.ts'
import type { Queues } from '../queue/queues.ts'
import type { Database } from '../store/database.ts'
import type { Holder } from '../store/people/holder.ts'
import { keepBatch, roamingBell } from '../store/roaming/batches.ts'
import { futureTime } from '../subscribers/event-time.ts'
import type { RoamingNotification } from '../subscribers/notification.ts'
import { ownSubscriber } from '../subscribers/own-networks.ts'
import type { FeedActivity } from './feed-activity.ts'
import { InboxRoom } from './inbox-room.ts'
import { Rejects } from './rejects.ts'

interface IntakeDeps {
  readonly db: Database
  readonly queues: Queues
  readonly activity: FeedActivity
  readonly now: () => Date
}

const batchSize = 1_000
/** A process of the role api alone keeps what comes, whether anybody works it off or not. */
const stalledMs = 5_000

/**
 * One request of a feed. Keeps notifications in batches: what `flush` has returned for is committed, and a bell has been rung for it.
 */
export class FeedIntake {
  readonly #deps: IntakeDeps
  readonly #holder: Holder
  readonly #room: InboxRoom
  #pending: RoamingNotification[] = []
  /** Kept so far. */
  accepted = 0
  readonly rejects = new Rejects()

  constructor(deps: IntakeDeps, holder: Holder) {
    this.#deps = deps
    this.#holder = holder
    this.#room = new InboxRoom(deps.db, { stalledMs })
  }

  /**
   * Returns only when a full batch is kept: who reads a stream reads it no faster than it can be kept.
   *
   * @throws Problem where the key may not write of this subscriber, or the event is of the future
   */
  async add(notification: RoamingNotification): Promise<void> {
    const own = ownSubscriber(notification, this.#holder.hplmns)
    const early = futureTime(own.at, 'at', this.#deps.now().getTime())
    if (early) throw early
    this.#pending.push(own)
    if (this.#pending.length >= batchSize) await this.flush()
  }

  refuse(at: { line: number } | { index: number }, problem: Problem): void {
    this.rejects.add(at, problem)
    this.#deps.activity.refused(this.#holder.person, problem.code)
  }

  async flush(): Promise<void> {
    if (this.#pending.length === 0) return
    const { db, queues, activity } = this.#deps
    // Whose notifications make one batch is live, and never waits.
    if (this.accepted > 0) await this.#room.wait()
    const events = this.#pending
    this.#pending = []
    const id = await keepBatch(db.pool, this.#holder.person, events)
    this.accepted += events.length
    activity.kept(this.#holder.person, events.length, newestOf(events))
    // Not awaited: a bell that is slow must not slow the feed, and the reconciler rings for what no bell rang for.
    void queues.ring(roamingBell, { id })
  }
}

/** ms */
export const newestOf = (events: readonly RoamingNotification[]): number =>
  events.reduce((newest, { at }) => Math.max(newest, at.getTime()), 0)
