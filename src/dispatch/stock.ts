import type { CarrierProfile } from '../carriers/schema.ts'
import type { Logger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'
import { releaseChunk } from '../store/chunks/abandoned.ts'
import { claimChunk } from '../store/chunks/claim.ts'
import { loadChunk } from '../store/chunks/load.ts'
import { markChunk } from '../store/chunks/mark.ts'
import { withdrawChunk } from '../store/chunks/withdraw.ts'
import type { HotLine } from '../store/hot-line.ts'
import type { Broadcasts } from './broadcasts.ts'
import type { CarrierText } from './carrier-text.ts'
import { WorkingChunk } from './working-chunk.ts'

export interface StockOptions {
  readonly profile: CarrierProfile
  readonly carrierNo: number
  readonly line: HotLine
  readonly broadcasts: Broadcasts
  readonly log: Logger
  /** The lane that keeps a floor: one chunk of it is always at hand when there is one. */
  readonly floorLane: number
  /** Messages that one mark may cover: no more than the window. */
  readonly slice: number
  /** Called when messages may go out that could not before. */
  readonly onReady: () => void
  /** Called when a chunk has all its outcomes. */
  readonly onDone: (chunk: WorkingChunk) => void
}

const lastLane = 32_767

/**
 * The chunks that an account holds. It claims them by urgency, keeps the write-ahead a slice ahead of the sends, and gives
 * back what may not go any more. A more urgent chunk is claimed at once, whatever is at hand.
 */
export class Stock {
  readonly #o: StockOptions
  #chunks: WorkingChunk[] = []
  #refilling: Promise<void> | undefined
  #askedAgain = false
  #closed = false

  constructor(options: StockOptions) {
    this.#o = options
  }

  get chunks(): readonly WorkingChunk[] {
    return this.#chunks
  }

  /** Lanes with messages that may go out now. */
  lanes(): Set<number> {
    const lanes = new Set<number>()
    for (const chunk of this.#chunks) if (chunk.ready > 0) lanes.add(chunk.lane)
    return lanes
  }

  /** The chunk of this lane that is served first. */
  first(lane: number): WorkingChunk | undefined {
    return this.#chunks.find((chunk) => chunk.lane === lane && chunk.ready > 0)
  }

  holds(chunkId: number): boolean {
    return this.#chunks.some((chunk) => chunk.id === chunkId)
  }

  /** Looks for work in the database; calls while one look is under way lead to exactly one more. */
  refill(): Promise<void> {
    if (this.#refilling) {
      this.#askedAgain = true
      return this.#refilling
    }
    this.#refilling = this.#refill()
      .catch((error: Error) =>
        this.#o.log.warn({ err: error.message, carrier: this.#o.profile.id }, 'cannot look for work'),
      )
      .finally(() => {
        this.#refilling = undefined
        if (this.#askedAgain && !this.#closed) {
          this.#askedAgain = false
          void this.refill()
        }
      })
    return this.#refilling
  }

  /** Keeps the marks a slice ahead and lets go of finished chunks. Call after sends and answers. */
  tend(): void {
    const half = this.#o.slice / 2
    let ready = 0
    for (const chunk of this.#chunks) {
      // What is marked but not sent is in doubt after a crash: no more of it than the account needs to keep going.
      const enough = ready > half && chunk.lane !== this.#o.floorLane
      if (chunk.finished) this.#o.onDone(chunk)
      else if (!enough && chunk.wantsMark(half)) void this.#mark(chunk)
      ready += chunk.ready
    }
    this.#chunks = this.#chunks.filter((chunk) => !chunk.finished)
    if (!this.#closed && this.#left() < this.#o.slice * 2) void this.refill()
  }

  /** Gives everything back that was not written to a socket. The account must have stopped sending. */
  async release(): Promise<void> {
    this.#closed = true
    await this.#refilling
    const db = await this.#o.line.client()
    for (const chunk of this.#chunks) if (!chunk.finished) await releaseChunk(db, chunk.id, chunk.sentUpto)
    this.#chunks = []
  }

  #left(): number {
    let left = 0
    for (const chunk of this.#chunks) left += chunk.left
    return left
  }

  async #refill(): Promise<void> {
    const { floorLane, slice } = this.#o
    const best = Math.min(lastLane, ...this.#chunks.filter((c) => c.left > 0).map((c) => c.lane))
    // Something more urgent than all that is at hand.
    if (best > 0 && (await this.#claim(0, best - 1))) return this.#refill()
    const hasFloor = this.#chunks.some((chunk) => chunk.lane === floorLane && chunk.left > 0)
    if (!hasFloor && (await this.#claim(floorLane, floorLane))) return this.#refill()
    if (this.#left() < slice * 2 && (await this.#claim(0, lastLane))) return this.#refill()
  }

  async #claim(fromLane: number, toLane: number): Promise<boolean> {
    if (this.#closed) return false
    const { profile, carrierNo, line, broadcasts, log } = this.#o
    const db = await line.client()
    const claimed = await claimChunk(db, carrierNo, fromLane, toLane)
    if (!claimed) return false
    try {
      const head = await broadcasts.head(claimed.broadcastId)
      if (head.exercise === profile.live)
        throw new Error(`${profile.id} is ${profile.live ? 'live' : 'for exercises'}; the broadcast is not`)
      const messages = await loadChunk(db, claimed)
      const texts = new Map<number, CarrierText>()
      for (const { variant } of messages)
        if (!texts.has(variant)) texts.set(variant, await broadcasts.text(head, variant, profile))
      this.#insert(new WorkingChunk(claimed, head, texts, messages))
    } catch (error) {
      const unsendable = error instanceof Problem
      log.error(
        { err: (error as Error).message, carrier: profile.id, broadcast: claimed.broadcastId },
        'a chunk cannot be sent',
      )
      // The database failed: the reconciler finds the chunk again. Anything else would fail in the same way for ever.
      if (isDatabaseError(error)) throw error
      await withdrawChunk(db, claimed.id, 0, unsendable)
    }
    return true
  }

  #insert(chunk: WorkingChunk): void {
    if (chunk.messages.length === 0) {
      this.#o.onDone(chunk)
      return
    }
    const at = this.#chunks.findIndex((other) => other.lane > chunk.lane)
    if (at < 0) this.#chunks.push(chunk)
    else this.#chunks.splice(at, 0, chunk)
    this.tend()
  }

  async #mark(chunk: WorkingChunk): Promise<void> {
    chunk.marking = true
    const upto = Math.min(chunk.messages.length, chunk.next + chunk.ready + this.#o.slice)
    const seq = (chunk.messages[upto - 1] as { seq: number }).seq
    try {
      const db = await this.#o.line.client()
      const verdict = await markChunk(db, chunk.id, chunk.epoch, seq)
      if (verdict === 'marked') chunk.marked = upto
      else chunk.barred = true
      if (verdict === 'barred') await withdrawChunk(db, chunk.id, chunk.markedUpto)
    } catch (error) {
      this.#o.log.warn(
        { err: (error as Error).message, carrier: this.#o.profile.id },
        'the write-ahead cannot be written; nothing goes out without it',
      )
      await new Promise((resolve) => setTimeout(resolve, 200))
    } finally {
      chunk.marking = false
    }
    this.tend()
    this.#o.onReady()
  }
}

/** pg's errors carry an SQLSTATE; those of the socket an errno. */
const isDatabaseError = (error: unknown) =>
  typeof (error as { code?: unknown }).code === 'string' && !(error instanceof Problem)
