import type { BroadcastHead } from '../store/chunks/broadcast.ts'
import type { Chunk } from '../store/chunks/claim.ts'
import type { DueMessage } from '../store/chunks/load.ts'
import type { CarrierText } from './carrier-text.ts'

/**
 * Why a chunk ends before its last message.
 * - `withdraw`: nothing of its broadcast may go out any more.
 * - `release`: the account cannot send now; the rest goes back to the queue.
 * - `lost`: another holder has it.
 */
export type Ending = 'withdraw' | 'release' | 'lost'

/** A mark is good for this long: whoever cancels a broadcast knows that nothing of it leaves later. */
const freshMs = 1000
/** From this age on a mark is made anew, so that none in use grows stale. */
const agingMs = 500

/**
 * A chunk in the hands of an account: `next` walks over its messages, behind `marked`, the write-ahead.
 *
 *     0 .. next        on the wire or answered
 *     next .. marked   may go out, while the mark is fresh
 *     marked ..        waits for the next mark
 *
 * `now` is a monotonic clock in ms.
 */
export class WorkingChunk {
  readonly id: number
  readonly epoch: number
  readonly lane: number
  readonly attempt: number
  readonly refused: number
  readonly unanswered: number
  readonly fallbacks: readonly number[]
  readonly broadcast: BroadcastHead
  texts: ReadonlyMap<number, CarrierText>
  readonly messages: readonly DueMessage[]
  next = 0
  /** Flights that have no outcome yet. */
  open = 0
  /** The database is being told something of it. */
  busy = false
  #marked = 0
  #markedAt = Number.NEGATIVE_INFINITY
  #ending: Ending | undefined

  constructor(
    chunk: Chunk,
    broadcast: BroadcastHead,
    texts: ReadonlyMap<number, CarrierText>,
    messages: readonly DueMessage[],
  ) {
    this.id = chunk.id
    this.epoch = chunk.epoch
    this.lane = chunk.lane
    this.attempt = chunk.attempt
    this.refused = chunk.refused
    this.unanswered = chunk.unanswered
    this.fallbacks = chunk.fallbacks
    this.broadcast = broadcast
    this.texts = texts
    this.messages = messages
  }

  get ending(): Ending | undefined {
    return this.#ending
  }

  /** Messages that the write-ahead covers and that are not out. */
  get ready(): number {
    return this.#marked - this.next
  }

  /** Whether the next message may go out. */
  mayGo(now: number): boolean {
    const { expiresAt } = this.broadcast
    return this.ready > 0 && now - this.#markedAt < freshMs && (expiresAt === null || expiresAt > Date.now())
  }

  /** Messages that are not out yet, marked or not. */
  get left(): number {
    return (this.#ending ? this.#marked : this.messages.length) - this.next
  }

  /** Whether the write-ahead should be moved on (no more than `low` messages are covered) or made anew. */
  wantsMark(low: number, now: number): boolean {
    if (this.busy || this.#ending) return false
    if (this.ready <= low) return this.#marked < this.messages.length || (this.ready > 0 && this.#aging(now))
    return this.#aging(now)
  }

  #aging(now: number): boolean {
    return now - this.#markedAt > agingMs
  }

  /** How many messages the next mark covers, counted from the first. */
  nextMark(low: number, slice: number): number {
    return this.ready > low ? this.#marked : Math.min(this.messages.length, this.#marked + slice)
  }

  marked(upto: number, now: number): void {
    if (this.#ending) return
    this.#marked = upto
    this.#markedAt = now
  }

  /** Nothing of it goes out any more; what is on the wire still gets its outcome. */
  end(how: Ending): void {
    // All of it is out: it ends by itself, unless it is no longer ours.
    if (how === 'release' && this.next === this.messages.length) return
    if (this.#ending && how !== 'lost') return
    this.#ending = how
    this.#marked = this.next
  }

  get finished(): boolean {
    return this.left === 0 && this.open === 0 && !this.busy
  }

  /** The seq up to which messages have been written to a socket; one before the first where none has. */
  get sentUpto(): number {
    return this.next > 0 ? (this.messages[this.next - 1] as DueMessage).seq : (this.messages[0]?.seq ?? 1) - 1
  }

  /** What `take` gives next. */
  get nextMessage(): DueMessage {
    return this.messages[this.next] as DueMessage
  }

  get nextText(): CarrierText {
    return this.texts.get(this.nextMessage.variant) as CarrierText
  }

  take(): DueMessage {
    return this.messages[this.next++] as DueMessage
  }
}
