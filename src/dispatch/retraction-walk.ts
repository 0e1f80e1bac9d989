import type { Logger } from '../lib/log.ts'
import type { Database } from '../store/database.ts'
import { type HeldSegment, heldSegments, summariseSegments } from '../store/inquiries/held-segments.ts'
import { noteRetraction, openRetractions, retractionDone } from '../store/inquiries/retractions.ts'

export interface RetractionWalkOptions {
  readonly pool: Database['pool']
  readonly carrierNo: number
  readonly log: Logger
}

interface Walk {
  readonly broadcastId: number
  readonly cancelledAt: number
  /** Messages submitted from then on; ms since the epoch. */
  readonly from: number
  readonly isTail: boolean
  afterSeq: number
  asked: number
}

const pageSize = 200
const dayMs = 86_400_000

/**
 * Walks over what a carrier's SMSC may still hold of cancelled broadcasts, one after the other, for cancel_sm. Each broadcast is
 * walked twice: at once, and when every answer that was under way at the cancellation must have come, over what was submitted
 * around it. Where the walk stands is in memory: after a restart it begins again, and finds only what was not dropped.
 */
export class RetractionWalk {
  readonly #o: RetractionWalkOptions
  #walk: Walk | undefined
  /** When the second walk of a broadcast begins; ms since the epoch. */
  readonly #tails = new Map<number, number>()

  constructor(options: RetractionWalkOptions) {
    this.#o = options
  }

  /** The next segments that are to be asked for; noted before they are given out. @param tailMs how long an answer may take */
  async next(tailMs: number): Promise<readonly HeldSegment[]> {
    const { pool, carrierNo } = this.#o
    this.#walk ??= await this.#open(tailMs)
    for (let walk = this.#walk; walk; walk = this.#walk) {
      const { broadcastId, afterSeq, from } = walk
      const { segments, lastSeq } = await heldSegments(pool, {
        broadcastId,
        carrierNo,
        afterSeq,
        states: ['submitted', 'unconfirmed'],
        from,
        to: Date.now() + dayMs,
        limit: pageSize,
      })
      if (lastSeq === undefined) {
        await this.#end(walk, tailMs)
        this.#walk = await this.#open(tailMs)
        continue
      }
      await noteRetraction(pool, broadcastId, carrierNo, lastSeq)
      walk.afterSeq = lastSeq
      walk.asked += segments.length
      if (segments.length > 0) return segments
    }
    return []
  }

  async #open(tailMs: number): Promise<Walk | undefined> {
    const { pool, carrierNo } = this.#o
    const now = Date.now()
    const open = await openRetractions(pool, carrierNo)
    const due = open.find(({ broadcastId }) => (this.#tails.get(broadcastId) ?? 0) <= now)
    if (!due) return undefined
    await summariseSegments(pool)
    const { broadcastId } = due
    const cancelledAt = due.cancelledAt.getTime()
    const isTail = this.#tails.has(broadcastId)
    return { broadcastId, cancelledAt, from: isTail ? cancelledAt - tailMs : 0, isTail, afterSeq: 0, asked: 0 }
  }

  async #end({ broadcastId, cancelledAt, isTail, asked }: Walk, tailMs: number): Promise<void> {
    const { pool, carrierNo, log } = this.#o
    const tailAt = cancelledAt + tailMs
    if (!isTail && Date.now() < tailAt) this.#tails.set(broadcastId, tailAt)
    else {
      await retractionDone(pool, broadcastId, carrierNo)
      this.#tails.delete(broadcastId)
    }
    if (asked > 0) log.info({ broadcast: broadcastId, segments: asked }, 'asked the SMSC to drop what it still holds')
  }
}
