import type { Queues } from '../queue/queues.ts'
import type { Database } from '../store/database.ts'
import { keepBatch, roamingBell } from '../store/roaming/batches.ts'
import type { RoamingNotification } from '../subscribers/notification.ts'

const batchSize = 1_000

/** Keeps notifications in batches: what `flush` has returned for is committed, and a bell has been rung for it. */
export class RoamingInbox {
  readonly #db: Database
  readonly #queues: Queues
  readonly #source: string
  #pending: RoamingNotification[] = []
  /** Kept so far. */
  accepted = 0

  constructor(db: Database, queues: Queues, source: string) {
    this.#db = db
    this.#queues = queues
    this.#source = source
  }

  /** Returns only when a full batch is kept: who reads a stream reads it no faster than it can be kept. */
  async add(notification: RoamingNotification): Promise<void> {
    this.#pending.push(notification)
    if (this.#pending.length >= batchSize) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.#pending.length === 0) return
    const events = this.#pending
    this.#pending = []
    const id = await keepBatch(this.#db.pool, this.#source, events)
    this.accepted += events.length
    // Not awaited: a bell that is slow must not slow the feed, and the reconciler rings for what no bell rang for.
    void this.#queues.ring(roamingBell, { id })
  }
}
