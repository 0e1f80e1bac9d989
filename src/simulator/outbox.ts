import { type Prng, prng } from '../lib/prng.ts'
import { Calendar } from './calendar.ts'
import type { Connection } from './connection.ts'
import type { FaultCounts } from './faults.ts'
import { Fifo } from './fifo.ts'
import type { Message } from './message.ts'
import type { PhoneText } from './phone-text.ts'
import { sourceFor } from './seeds.ts'
import type { SmscSettings } from './settings.ts'

/** After a temporary refusal the ESME is left alone for this long. */
const retryMs = 1000
/** A receipt that is to be overtaken comes up to so much later. */
const overtakenWithinMs = 1000

/** Where receipts and texts from phones wait for their time, and then for a bind with room. */
export class Outbox {
  readonly #connections: readonly Connection[]
  readonly #counts: FaultCounts
  readonly #duplicates: number
  readonly #reorder: number
  readonly #random: Prng
  readonly #reordering: Prng
  readonly #flush: () => void
  readonly #due = new Calendar<Message>((due) => this.#fallDue(due))
  readonly #textsDue = new Calendar<PhoneText>((due) => {
    for (const text of due) this.#texts.push(text)
    this.deliver()
    this.#flush()
  })
  readonly #receipts = new Fifo<Message>()
  readonly #texts = new Fifo<PhoneText>()
  /** Receipts held back, each with how many had been queued by then. */
  readonly #heldBack = new Map<Message, number>()
  #queued = 0
  /** Whose turn it is to be sent something. */
  #turn = 0

  /** @param flush sends what the connections have gathered. */
  constructor(
    { receipts, seed }: SmscSettings,
    connections: readonly Connection[],
    counts: FaultCounts,
    flush: () => void,
  ) {
    this.#connections = connections
    this.#counts = counts
    this.#duplicates = receipts.duplicates
    this.#reorder = receipts.reorder
    this.#random = prng(seed)
    this.#reordering = sourceFor(seed, 'reorder')
    this.#flush = flush
  }

  stop(): void {
    this.#due.clear()
    this.#textsDue.clear()
  }

  /** Sends the receipt of `message` when it is due. */
  schedule(message: Message, dueAt: number): void {
    this.#due.add(dueAt, message)
  }

  /** Sends its receipt now. */
  release(message: Message): void {
    this.#queue(message)
    this.deliver()
  }

  sendText(text: PhoneText): void {
    this.#texts.push(text)
    this.deliver()
  }

  /** Hands what waits to the binds that have room, in turn; texts first, since they are few. */
  deliver(): void {
    while (this.#receipts.length > 0 || this.#texts.length > 0) {
      const connection = this.#nextReceiver()
      if (connection === undefined) return
      const text = this.#texts.shift()
      if (text === undefined) connection.sendReceipt(this.#receipts.shift() as Message)
      else connection.sendText(text)
    }
  }

  /** What a bind left unanswered: the first to go when another has room. */
  takeBack(messages: readonly Message[], texts: readonly PhoneText[]): void {
    if (messages.length > 0) this.#receipts.putBack(messages)
    if (texts.length > 0) this.#texts.putBack(texts)
    this.deliver()
  }

  retryReceipt(message: Message): void {
    this.#due.add(performance.now() + retryMs, message)
  }

  retryText(text: PhoneText): void {
    this.#textsDue.add(performance.now() + retryMs, text)
  }

  #fallDue(due: readonly Message[]): void {
    for (const message of due) {
      // One that comes again is a retry.
      if (message.released) this.#receipts.push(message)
      else if (this.#reorder > 0 && this.#isHeldBack(message)) continue
      else this.#queue(message)
    }
    this.deliver()
    this.#flush()
  }

  /** Queues a message's receipt for the first time, once or twice. */
  #queue(message: Message): void {
    message.released = true
    this.#queued++
    this.#receipts.push(message)
    if (this.#duplicates > 0 && this.#random.next() < this.#duplicates) this.#receipts.push(message)
  }

  #isHeldBack(message: Message): boolean {
    const before = this.#heldBack.get(message)
    if (before !== undefined) {
      this.#heldBack.delete(message)
      if (this.#queued > before) this.#counts.reordered++
      return false
    }
    if (this.#reordering.next() >= this.#reorder) return false
    this.#heldBack.set(message, this.#queued)
    this.#due.add(performance.now() + 1 + overtakenWithinMs * this.#reordering.next(), message)
    return true
  }

  #nextReceiver(): Connection | undefined {
    const connections = this.#connections
    for (let i = 0; i < connections.length; i++) {
      const at = (this.#turn + i) % connections.length
      if (connections[at]?.hasRoom) {
        this.#turn = at + 1
        return connections[at]
      }
    }
    return undefined
  }
}
