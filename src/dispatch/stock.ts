import type { LaneShare } from '../alerts/lane-shares.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import type { Logger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'
import { type BroadcastHead, NotApproved } from '../store/chunks/broadcast.ts'
import { type Chunk, claimChunk } from '../store/chunks/claim.ts'
import { type DueMessage, loadChunk } from '../store/chunks/load.ts'
import { markChunk } from '../store/chunks/mark.ts'
import { releaseChunk } from '../store/chunks/release.ts'
import { sendingChunks } from '../store/chunks/sending.ts'
import { withdrawChunk } from '../store/chunks/withdraw.ts'
import type { HotLine } from '../store/hot-line.ts'
import type { Broadcasts } from './broadcasts.ts'
import type { CarrierText } from './carrier-text.ts'
import type { OutcomeSink } from './outcome-sink.ts'
import { takeOverChunk } from './recover.ts'
import { WorkingChunk } from './working-chunk.ts'

export interface StockOptions {
  readonly profile: CarrierProfile
  readonly carrierNo: number
  readonly line: HotLine
  readonly broadcasts: Broadcasts
  readonly sink: OutcomeSink
  readonly log: Logger
  /** By lane: each has a share, so one chunk of each is at hand when there is one. */
  readonly shares: readonly LaneShare[]
  /** Messages that one mark may cover: no more than the window. */
  readonly slice: number
  /** Called when messages may go out that could not before. */
  readonly onReady: () => void
}

const retryMs = 200
/** After a look that found nothing none is taken for so long without a ring: the end of a queue would be one query after another. */
const restMs = 50

/**
 * The chunks that an account holds. It claims them by urgency, keeps the write-ahead a slice ahead of the sends, and gives
 * back what may not or cannot go any more. A more urgent chunk is claimed at once, whatever is at hand.
 *
 * - open: the account can send; chunks are claimed and marked.
 * - shut: it cannot (paused, no bind, not ours); what is not out goes back, so that it can be cancelled or fail over.
 */
export class Stock {
  #o: StockOptions
  /** The most urgent first. */
  #chunks: WorkingChunk[] = []
  /** One for all calls: they come with each segment. */
  readonly #readyLanes = new Set<number>()
  readonly #allLanes: readonly number[]
  /** Marks under way. */
  readonly #marks = new Set<Promise<void>>()
  readonly #finishing = new WeakMap<WorkingChunk, Promise<void>>()
  #foundNothingAt = Number.NEGATIVE_INFINITY
  #refilling: Promise<void> | undefined
  #askedAgain = false
  #open = false
  #closed = false
  /** What the database says that this account sends has to be compared with what is at hand before anything is claimed. */
  #doubt = true
  /** The lease is ours. */
  #ours = false

  constructor(options: StockOptions) {
    this.#o = options
    this.#allLanes = options.shares.map((_, lane) => lane)
  }

  /** Lanes with messages that may go out now; good until the next call. */
  lanes(now: number): ReadonlySet<number> {
    this.#readyLanes.clear()
    for (const chunk of this.#chunks) if (chunk.mayGo(now)) this.#readyLanes.add(chunk.lane)
    return this.#readyLanes
  }

  /** The chunk of this lane that is served first. */
  first(lane: number, now: number): WorkingChunk | undefined {
    return this.#chunks.find((chunk) => chunk.lane === lane && chunk.mayGo(now))
  }

  /** Somebody else may have had the account: before anything goes out, what he left is taken over. */
  doubt(): void {
    this.#ours = true
    this.#doubt = true
    void this.refill()
  }

  /** The account is not surely ours any more: nobody's chunks are taken over. */
  disown(): void {
    this.#ours = false
  }

  open(): void {
    if (this.#open || this.#closed) return
    this.#open = true
    void this.refill()
  }

  shut(): void {
    if (!this.#open) return
    this.#open = false
    for (const chunk of this.#chunks) chunk.end('release')
    this.tend()
  }

  /** Looks for work in the database; calls while one look is under way lead to exactly one more. */
  refill(): Promise<void> {
    if (this.#refilling) {
      this.#askedAgain = true
      return this.#refilling
    }
    this.#refilling = this.#refill()
      .catch((error: Error) => {
        // A chunk may have been claimed without our hearing of it.
        this.#doubt = true
        this.#o.log.warn({ err: error.message }, 'cannot look for work')
      })
      .finally(() => {
        this.#refilling = undefined
        if (this.#askedAgain && !this.#closed) {
          this.#askedAgain = false
          void this.refill()
        }
      })
    return this.#refilling
  }

  /** Another profile of the same carrier: from the next slice on. */
  reprofile(profile: CarrierProfile, slice: number, shares: readonly LaneShare[]): void {
    this.#o = { ...this.#o, profile, slice, shares }
  }

  /** Keeps the marks a slice ahead and lets go of finished chunks. Call after sends and answers. */
  tend(): void {
    const now = performance.now()
    let ready = 0
    let served: number | undefined
    for (const chunk of this.#chunks) {
      const slice = this.#sliceOf(chunk, ready, chunk.lane !== served)
      if (chunk.left > 0) served = chunk.lane
      if (chunk.finished) void this.#finish(chunk)
      else if (this.#open && slice > 0 && chunk.wantsMark(slice / 2, now)) this.#startMark(chunk, slice)
      if (chunk.mayGo(now)) ready += chunk.ready
    }
    if (this.#doubt && this.#ours && !this.#closed) void this.refill()
    else if (this.#open && now - this.#foundNothingAt > restMs && this.#runsLow()) void this.refill()
  }

  /**
   * How much of a chunk one mark may cover. What is marked but not sent is in doubt after a crash: no more of it than the account
   * needs to keep going, so a slice in all, and behind that of the first chunk of each lane what its share may use.
   */
  #sliceOf({ lane }: WorkingChunk, ready: number, first: boolean): number {
    const { slice, shares } = this.#o
    if (ready <= slice / 2) return slice
    return first ? Math.ceil(slice * (shares[lane] as LaneShare).share) : 0
  }

  /** Gives everything back that was not written to a socket. Call it when nothing is on the wire any more. */
  async close(): Promise<void> {
    this.#open = false
    this.#closed = true
    await this.#refilling
    await Promise.all(this.#marks)
    for (const chunk of this.#chunks) chunk.end('release')
    await Promise.all(this.#chunks.map((chunk) => this.#finish(chunk)))
    await this.#o.sink.settled()
  }

  /** Messages of a lane at hand that are not out. */
  #left(lane: number): number {
    let left = 0
    for (const chunk of this.#chunks) if (chunk.lane === lane) left += chunk.left
    return left
  }

  /** Whether less than two slices of the most urgent lane are at hand. */
  #runsLow(): boolean {
    const best = this.#chunks.find((chunk) => chunk.left > 0)
    return best === undefined || this.#left(best.lane) < this.#o.slice * 2
  }

  async #refill(): Promise<void> {
    // Also while nothing can be sent: what a dead holder left must be able to fail over and to be withdrawn.
    if (this.#doubt && this.#ours && !this.#closed) await this.#takeOver()
    while (await this.#claimNext()) {}
    this.#foundNothingAt = performance.now()
  }

  /** Takes the one chunk that is wanted most; false where none is wanted or there is none. */
  async #claimNext(): Promise<boolean> {
    if (!this.#open) return false
    // Something more urgent than all that is at hand, or of a lane that could not have its share.
    const missing = this.#allLanes.filter((lane) => this.#left(lane) === 0)
    if (missing.length > 0 && (await this.#claim(missing))) return true
    let left = 0
    for (const lane of this.#allLanes) {
      if (missing.includes(lane)) continue
      left += this.#left(lane)
      if (left >= this.#o.slice * 2) return false
      if (await this.#claim([lane])) return true
    }
    return false
  }

  async #takeOver(): Promise<void> {
    const { line, carrierNo, sink } = this.#o
    const ours = new Map(this.#chunks.map((chunk) => [chunk.id, chunk]))
    // Chunks that are finished but not committed look as if nobody had them.
    await sink.settled()
    const sending = await sendingChunks(await line.client(), carrierNo)
    const epochs = new Map(sending.map((chunk) => [chunk.id, chunk.epoch]))
    for (const chunk of ours.values()) if (epochs.get(chunk.id) !== chunk.epoch) chunk.end('lost')
    for (const chunk of sending) if (ours.get(chunk.id)?.epoch !== chunk.epoch) await takeOverChunk(chunk, this.#o)
    this.#doubt = false
    this.tend()
  }

  async #claim(lanes: readonly number[]): Promise<boolean> {
    const { profile, carrierNo, line, broadcasts } = this.#o
    const db = await line.client()
    const claimed = await claimChunk(db, carrierNo, lanes)
    if (!claimed) return false
    try {
      const head = await broadcasts.head(claimed.broadcastId, profile)
      const messages = await loadChunk(db, claimed)
      this.#insert(new WorkingChunk(claimed, head, await this.#textsOf(head, messages), messages))
    } catch (error) {
      if (!cannotBeSent(error)) throw error
      await this.#refuse(claimed, error)
    }
    return true
  }

  /** What would fail in the same way for ever leaves the queue: failed where the text cannot be sent, else cancelled. */
  async #refuse(chunk: Pick<Chunk, 'id' | 'epoch' | 'broadcastId'>, error: Error): Promise<void> {
    const { line, log } = this.#o
    log.error({ err: error.message, broadcast: chunk.broadcastId }, 'a chunk cannot be sent')
    await withdrawChunk(await line.client(), chunk, 0, error instanceof Problem)
  }

  #insert(chunk: WorkingChunk): void {
    const at = this.#chunks.findIndex((other) => other.lane > chunk.lane)
    if (at < 0) this.#chunks.push(chunk)
    else this.#chunks.splice(at, 0, chunk)
    if (!this.#open) chunk.end('release')
    this.tend()
  }

  async #textsOf(head: BroadcastHead, messages: readonly DueMessage[]): Promise<Map<number, CarrierText>> {
    const texts = new Map<number, CarrierText>()
    for (const { variant } of messages)
      if (!texts.has(variant)) texts.set(variant, await this.#o.broadcasts.text(head, variant, this.#o.profile))
    return texts
  }

  #startMark(chunk: WorkingChunk, slice: number): void {
    const mark = this.#mark(chunk, slice).finally(() => this.#marks.delete(mark))
    this.#marks.add(mark)
  }

  async #mark(chunk: WorkingChunk, slice: number): Promise<void> {
    const { line } = this.#o
    chunk.busy = true
    const upto = chunk.nextMark(slice / 2, slice)
    const seq = (chunk.messages[upto - 1] as DueMessage).seq
    let failed = false
    try {
      // Validity periods shrink while a chunk waits.
      chunk.texts = await this.#textsOf(chunk.broadcast, chunk.messages.slice(chunk.next))
      const asked = performance.now()
      const verdict = await markChunk(await line.client(), chunk.id, chunk.epoch, seq)
      if (verdict === 'marked') chunk.marked(upto, asked)
      else chunk.end(verdict === 'lost' ? 'lost' : 'withdraw')
    } catch (error) {
      if (cannotBeSent(error)) {
        // The profile is another one than when the chunk was claimed: a text may be too heavy for a lower throughput.
        failed = error instanceof Problem
        this.#o.log.error({ err: error.message, broadcast: chunk.broadcast.id }, 'the rest of a chunk cannot be sent')
        chunk.end('withdraw')
      } else {
        this.#o.log.warn(
          { err: (error as Error).message },
          'the write-ahead cannot be written; nothing goes out without it',
        )
        await pause(retryMs)
      }
    }
    if (chunk.ending === 'withdraw') {
      const broadcastId = chunk.broadcast.id
      await this.#persist(chunk, async () => {
        await withdrawChunk(await line.client(), { id: chunk.id, epoch: chunk.epoch }, chunk.sentUpto, failed)
        this.#o.log.info({ broadcast: broadcastId, chunk: chunk.id }, 'withdrawn')
      })
    }
    chunk.busy = false
    this.tend()
    this.#o.onReady()
  }

  /** Nothing of the chunk is on the wire or left: the database is told, and it is let go of, once. */
  #finish(chunk: WorkingChunk): Promise<void> {
    let finishing = this.#finishing.get(chunk)
    if (!finishing) {
      finishing = this.#letGo(chunk)
      this.#finishing.set(chunk, finishing)
    }
    return finishing
  }

  async #letGo(chunk: WorkingChunk): Promise<void> {
    const { sink, line } = this.#o
    if (chunk.ending === 'release') {
      chunk.busy = true
      // Were it given back before its outcomes are committed, a crash between the two would lose what they speak of.
      await sink.settled()
      await this.#persist(chunk, async () => releaseChunk(await line.client(), chunk, chunk.sentUpto))
    } else if (chunk.ending !== 'lost') sink.chunkDone(chunk)
    this.#chunks = this.#chunks.filter((other) => other !== chunk)
    if (this.#open) void this.refill()
  }

  /** Tries until it is done; when everything is being closed, once: whoever has the account next takes over. */
  async #persist(chunk: WorkingChunk, act: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await act()
      } catch (error) {
        this.#o.log.warn({ err: (error as Error).message, chunk: chunk.id }, 'a chunk cannot be given back')
        if (this.#closed) return
        await pause(retryMs)
      }
    }
  }
}

/** Trying again would fail in the same way for ever. */
const cannotBeSent = (error: unknown): error is Problem | NotApproved =>
  error instanceof Problem || error instanceof NotApproved

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
