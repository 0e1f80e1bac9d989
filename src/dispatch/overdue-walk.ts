import type { Database } from '../store/database.ts'
import { type HeldSegment, heldSegments, summariseSegments } from '../store/inquiries/held-segments.ts'
import { overdueBroadcasts } from '../store/inquiries/overdue-broadcasts.ts'

const pageSize = 50
/** A walk begins so many times within `finalAfter`, and at most every second, at least every hour. */
const walksPerTerm = 8
const shortestPauseMs = 1000
const longestPauseMs = 3_600_000

/**
 * Walks over the messages of a carrier whose receipt is overdue, for query_sm: those without a final receipt after half of
 * `finalAfter`, until after twice that time nothing is to be expected. A message that has no id cannot be asked for.
 */
export class OverdueWalk {
  readonly #pool: Database['pool']
  readonly #carrierNo: number
  /** Broadcasts that are still to be walked. */
  #broadcasts: number[] = []
  #afterSeq = 0
  /** ms since the epoch. */
  #nextAt = 0

  constructor(pool: Database['pool'], carrierNo: number) {
    this.#pool = pool
    this.#carrierNo = carrierNo
  }

  /** The next segments to be asked for; none until the next walk begins. */
  async next(finalAfterMs: number): Promise<readonly HeldSegment[]> {
    const now = Date.now()
    if (this.#broadcasts.length === 0) {
      if (now < this.#nextAt) return []
      this.#nextAt = now + Math.min(Math.max(finalAfterMs / walksPerTerm, shortestPauseMs), longestPauseMs)
      this.#broadcasts = await overdueBroadcasts(this.#pool, this.#carrierNo, finalAfterMs / 2)
      if (this.#broadcasts.length > 0) await summariseSegments(this.#pool)
    }
    for (let [broadcastId] = this.#broadcasts; broadcastId !== undefined; [broadcastId] = this.#broadcasts) {
      const { segments, lastSeq } = await heldSegments(this.#pool, {
        broadcastId,
        carrierNo: this.#carrierNo,
        afterSeq: this.#afterSeq,
        states: ['submitted', 'unconfirmed', 'uncertain'],
        from: now - finalAfterMs * 2,
        to: now - finalAfterMs / 2,
        limit: pageSize,
      })
      this.#afterSeq = lastSeq ?? 0
      if (lastSeq === undefined) this.#broadcasts.shift()
      if (segments.length > 0) return segments
    }
    return []
  }
}
