import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../store/database.ts'
import { backlogOf } from '../store/roaming/batches.ts'

/**
 * So much waits at the most behind what comes in bulk: some 20,000 notifications of 105 to 170 octets. Live feeds, which wait for nothing,
 * are behind them for a second or two.
 */
const crowdedOctets = 2_500_000
/** Of batches however small: live feeds of one notification a request do not crowd it, unless nobody keeps up with them. */
const crowdedBatches = 1_000
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
    let before: number | null = null
    let since = performance.now()
    while (!this.#stalled) {
      const { batches, octets, oldest } = await backlogOf(this.#db.pool, crowdedBatches)
      if (batches < crowdedBatches && octets < crowdedOctets) return
      if (oldest !== before) {
        before = oldest
        since = performance.now()
      } else if (performance.now() - since > stalledMs) this.#stalled = true
      await pause(againMs, undefined, signal && { signal })
    }
  }
}
