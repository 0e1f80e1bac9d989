import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import { type AlertRow, findAlert } from '../store/alerts/alert-row.ts'
import { pauseOf } from '../store/alerts/pause.ts'
import { reviewsDue } from '../store/alerts/reviews-due.ts'
import { type Acting, transition } from '../store/alerts/transition.ts'
import { beginReviewWalk, reviewWalksLeft } from '../store/audience/review-walks.ts'
import { type Database, transaction } from '../store/database.ts'

/**
 * Somebody has looked at a standing alert, and it still holds: it tells those who enter until the next review. Whoever came while it
 * paused is told by a walk that begins when this is committed (`ReviewWalks`).
 */
export async function reviewAlert(
  { db }: { readonly db: Database },
  id: string,
  by: Acting,
  reason: string,
): Promise<AlertRow> {
  return transaction(db.pool, async (client) => {
    // Before the transition takes the lock of the audit log: nobody could act while it waits for a page of an earlier walk.
    const alert = await findAlert(client, id, true)
    if (alert) await beginReviewWalk(client, id)
    const pause = alert && pauseOf(alert)
    return transition(client, id, 'review', by, {
      reason,
      ...(pause && { detail: { pausedSince: pause.since.toISOString() } }),
    })
  })
}

/** Tells the operator of standing alerts that somebody has to look at: a metric always, a line in the log when that changes. */
export class ReviewWatch {
  readonly #db: Database
  readonly #log: Logger
  #told = new Map<string, string>()

  constructor(db: Database, log: Logger) {
    this.#db = db
    this.#log = log
  }

  async look(): Promise<void> {
    const due = await reviewsDue(this.#db.pool)
    const told = new Map<string, string>()
    const counts = { due: 0, paused: 0 }
    for (const { id, at, paused } of due) {
      const state = paused ? 'paused' : 'due'
      counts[state]++
      told.set(id, state)
      if (this.#told.get(id) === state) continue
      const message = paused
        ? 'a standing alert tells nobody who enters any more: somebody has to look at it'
        : 'a standing alert has to be looked at within 24 hours'
      this.#log.warn({ alert: id, at }, message)
    }
    this.#told = told
    for (const state of ['due', 'paused'] as const) metrics.reviews.set({ state }, counts[state])
    const { open, oldestSeconds } = await reviewWalksLeft(this.#db.pool)
    metrics.reviewWalks.set(open)
    metrics.oldestReviewWalk.set(oldestSeconds)
  }
}
