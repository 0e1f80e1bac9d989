import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../store/database.ts'
import { openBatches } from '../store/roaming/batches.ts'

/** So many batches wait at the most behind what comes in bulk: live feeds, which wait for nothing, are behind them for a second or two. */
const crowded = 20
const againMs = 100

interface Patience {
  /** Where nobody works off the inbox for so long, there is no use in waiting any more, ms. Left out: there is no hurry. */
  readonly stalledMs?: number
  readonly signal?: AbortSignal
}

/** Has what comes in bulk, a file or a long stream, wait while the inbox is crowded: it is worked off in the order in which it came. */
export class InboxRoom {
  readonly #db: Database
  readonly #patience: Patience
  #stalled = false

  constructor(db: Database, patience: Patience = {}) {
    this.#db = db
    this.#patience = patience
  }

  /** Returns when there is room for another batch. */
  async wait(): Promise<void> {
    const { stalledMs = Number.POSITIVE_INFINITY, signal } = this.#patience
    let oldest: number | undefined
    let since = performance.now()
    while (!this.#stalled) {
      const open = await openBatches(this.#db.pool, crowded)
      if (open.length < crowded) return
      if (open[0] !== oldest) {
        oldest = open[0]
        since = performance.now()
      } else if (performance.now() - since > stalledMs) this.#stalled = true
      await pause(againMs, undefined, signal && { signal })
    }
  }
}
