import type { BroadcastHead } from '../store/chunks/broadcast.ts'
import type { Chunk } from '../store/chunks/claim.ts'
import type { DueMessage } from '../store/chunks/load.ts'
import type { CarrierText } from './carrier-text.ts'

/**
 * A chunk in the hands of an account: `next` walks over its messages, behind `marked`, the write-ahead.
 *
 *     0 .. next        on the wire or answered
 *     next .. marked   may go out
 *     marked ..        waits for the next mark
 */
export class WorkingChunk {
  readonly id: number
  readonly epoch: number
  readonly lane: number
  readonly attempt: number
  readonly fallbacks: readonly number[]
  readonly broadcast: BroadcastHead
  readonly texts: ReadonlyMap<number, CarrierText>
  readonly messages: readonly DueMessage[]
  next = 0
  marked = 0
  /** Flights that have no outcome yet. */
  open = 0
  /** A mark is on its way. */
  marking = false
  /** Nothing beyond `marked` may go any more. */
  barred = false

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
    this.fallbacks = chunk.fallbacks
    this.broadcast = broadcast
    this.texts = texts
    this.messages = messages
  }

  /** Messages that may go out now. */
  get ready(): number {
    return this.marked - this.next
  }

  /** Messages that are not out yet, marked or not. */
  get left(): number {
    return (this.barred ? this.marked : this.messages.length) - this.next
  }

  /** Whether the write-ahead should be moved on: no more than `low` messages may go out now. */
  wantsMark(low: number): boolean {
    return !this.marking && !this.barred && this.marked < this.messages.length && this.ready <= low
  }

  get finished(): boolean {
    return this.left === 0 && this.open === 0 && !this.marking
  }

  /** The seq up to which messages have been written to a socket; one before the first where none has. */
  get sentUpto(): number {
    return this.next > 0 ? (this.messages[this.next - 1] as DueMessage).seq : (this.messages[0]?.seq ?? 1) - 1
  }

  /** The seq that the write-ahead covers. */
  get markedUpto(): number {
    return this.marked > 0 ? (this.messages[this.marked - 1] as DueMessage).seq : (this.messages[0]?.seq ?? 1) - 1
  }

  /** The text of the message that `take` gives next. */
  get nextText(): CarrierText {
    return this.texts.get((this.messages[this.next] as DueMessage).variant) as CarrierText
  }

  take(): DueMessage {
    return this.messages[this.next++] as DueMessage
  }
}
