import { type Prng, prng } from '../lib/prng.ts'
import { decodePdu, type Pdu, type PduInput } from '../smpp/codec/pdu.ts'
import { commandStatus } from '../smpp/codec/status.ts'
import type { ReceiptState } from '../smpp/receipt-text.ts'
import { Calendar } from './calendar.ts'
import type { Connection } from './connection.ts'
import { EventLog } from './event-log.ts'
import { noFaultsYet } from './faults.ts'
import { FullQueues } from './full-queues.ts'
import { type Message, messageStateOf, RecentMessages, readId, writeId } from './message.ts'
import { Outbox } from './outbox.ts'
import { BusiestSecond, SlidingLimit } from './rate.ts'
import { ReceiptManners } from './receipt-format.ts'
import { copyOf, type RecordedSubmit } from './recording.ts'
import { sourceFor } from './seeds.ts'
import type { SmscSettings } from './settings.ts'
import { isNumber, longestAddress, SubmitView } from './submit-view.ts'

/** A submit_sm_resp that waits for its latency. */
interface DelayedAnswer {
  connection: Connection
  sequence: number
  status: number
  messageId: string | undefined
  congestion: number | undefined
}

/** The SMSC behind its connections: throughput, the answers to submit_sm, and what becomes of messages. */
export class MessageCentre {
  readonly settings: SmscSettings
  readonly log: EventLog | undefined
  readonly connections: Connection[] = []
  readonly recorded: RecordedSubmit[] = []
  readonly arrivals = new BusiestSecond()
  readonly tally = {
    submits: 0,
    accepted: 0,
    throttled: 0,
    rejected: 0,
    receiptsSent: 0,
    receiptsAcknowledged: 0,
    textsSent: 0,
    malformed: 0,
    perState: {} as Partial<Record<ReceiptState, number>>,
    faults: noFaultsYet(),
  }
  readonly outbox: Outbox
  /** Until when nothing is read or answered, on the clock of `performance.now()`. */
  stalledUntil = 0
  readonly #random: Prng
  readonly #oddities: Prng
  readonly #limit: SlidingLimit | undefined
  readonly #fullQueues: FullQueues | undefined
  readonly #manners: ReceiptManners
  readonly #view = new SubmitView()
  readonly #recent = new RecentMessages()
  readonly #answers = new Calendar<DelayedAnswer>((due) => this.#answerDue(due))
  /** Connections with something gathered to send. */
  readonly #touched = new Set<Connection>()
  #connectionsSoFar = 0
  // Ids must not repeat when the SMSC starts again: begin where no earlier run can have come to.
  #nextNumber = Date.now() * 1000

  constructor(settings: SmscSettings) {
    this.settings = settings
    const { seed, tps, fullQueues, receipts } = settings
    this.log = settings.log === undefined ? undefined : new EventLog(settings.log)
    this.#random = prng(seed)
    this.#oddities = sourceFor(seed, 'oddities')
    this.#limit = tps === undefined ? undefined : new SlidingLimit(tps)
    this.#fullQueues = fullQueues.share === 0 ? undefined : new FullQueues(fullQueues.share, fullQueues.forMs, seed)
    this.#manners = new ReceiptManners(receipts.format, receipts.idVariants, sourceFor(seed, 'manners'))
    this.outbox = new Outbox(settings, this.connections, this.tally.faults, () => this.flush())
  }

  get binds(): number {
    return this.connections.filter((connection) => connection.bound).length
  }

  stop(): void {
    this.#answers.clear()
    this.outbox.stop()
  }

  /** @returns the number of a new connection, from 1. */
  nextConnection(): number {
    return ++this.#connectionsSoFar
  }

  /** Notes that `connection` has something gathered; `flush` sends it. */
  touch(connection: Connection): void {
    this.#touched.add(connection)
  }

  flush(): void {
    for (const connection of this.#touched) connection.flush()
    this.#touched.clear()
  }

  forget(connection: Connection): void {
    const at = this.connections.indexOf(connection)
    if (at !== -1) this.connections.splice(at, 1)
    this.#touched.delete(connection)
  }

  /** @returns the command_status of a bind. */
  admit({ system_id, password }: { system_id: string; password: string }): number {
    const { settings } = this
    if (settings.systemId !== undefined && system_id !== settings.systemId) return commandStatus.ESME_RINVSYSID
    if (settings.password !== undefined && password !== settings.password) return commandStatus.ESME_RINVPASWD
    if (this.binds >= settings.maxBinds) return commandStatus.ESME_RALYBND
    const error = settings.bindErrors.empty ? undefined : settings.bindErrors.draw(this.#oddities.next())
    if (error === undefined) return 0
    this.tally.faults.bindErrors++
    return error
  }

  /** Takes or refuses a submit_sm and answers it, now or after the latency. @throws DamagedPdu */
  submit(connection: Connection, frame: Buffer, now: number): void {
    const { tally } = this
    tally.submits++
    this.arrivals.note(now)
    const sequence = frame.readUInt32BE(12)
    const throttled = this.#limit?.take(now) === false
    // The general decoder says what is wrong with it.
    if ((!throttled || this.log !== undefined) && !this.#view.read(frame)) decodePdu(frame)
    const error = throttled ? commandStatus.ESME_RTHROTTLED : this.#refusal(now)
    if (error !== 0) {
      if (throttled) tally.throttled++
      else tally.rejected++
      this.log?.refuse(connection.number, sequence, error, this.#view.destination, now)
      this.#answer(connection, sequence, error, undefined, now)
      return
    }
    tally.accepted++
    const dueAt = now + this.settings.receipts.delay(this.#random)
    const message = this.#accept(dueAt)
    const messageId = message.id
    if (this.settings.record) this.recorded.push(copyOf(frame, messageId))
    this.log?.submit(connection.number, frame, this.#view, messageId, now)
    if (message.wantsReceipt) this.#promiseReceipt(message, now)
    this.#answer(connection, sequence, 0, this.settings.noId > 0 ? this.#mayForget(messageId) : messageId, now)
  }

  #refusal(now: number): number {
    if (!isNumber(this.#view.destination)) return commandStatus.ESME_RINVDSTADR
    if (this.#view.source.length > longestAddress) return commandStatus.ESME_RINVSRCADR
    if (this.#fullQueues?.isFull(this.#view.destination, now)) {
      this.tally.faults.fullQueues++
      return commandStatus.ESME_RMSGQFUL
    }
    const { errors } = this.settings
    return errors.empty ? 0 : (errors.draw(this.#random.next()) ?? 0)
  }

  #accept(dueAt: number): Message {
    const view = this.#view
    const { receipts } = this.settings
    const state = (receipts.states.empty ? undefined : receipts.states.draw(this.#random.next())) ?? 'DELIVRD'
    const reported =
      receipts.parts === 'all' || view.part === (receipts.parts === 'first' ? 1 : view.parts) || view.parts <= 1
    const number = this.#nextNumber++
    const message: Message = {
      number,
      id: writeId(number, receipts.idInResponse),
      source: view.source,
      destination: view.destination,
      addressing: view.addressing,
      submittedAt: Date.now(),
      dueAt,
      state,
      manner: this.#manners.draw(),
      wantsReceipt: reported && asksFor(view.registeredDelivery, state) && !this.#happens(receipts.never),
      released: false,
      receipts: 0,
    }
    this.#recent.add(message)
    return message
  }

  #promiseReceipt(message: Message, now: number): void {
    const { early, intermediate } = this.settings.receipts
    if (intermediate > 0 && this.#oddities.next() < intermediate) {
      const before = now + (message.dueAt - now) * this.#oddities.next()
      const after = message.dueAt + 1
      const at = this.#oddities.next() < 0.25 ? after : before
      this.outbox.schedule(intermediateOf(message, this.#oddities.pick(['ENROUTE', 'ACCEPTD'])), at)
    }
    if (this.#happens(early)) this.outbox.release(message)
    else this.outbox.schedule(message, message.dueAt)
  }

  #mayForget(messageId: string): string | undefined {
    if (this.#oddities.next() >= this.settings.noId) return messageId
    this.tally.faults.withoutId++
    return this.#oddities.next() < 0.5 ? '' : undefined
  }

  #answer(connection: Connection, sequence: number, status: number, messageId: string | undefined, now: number): void {
    const { latency, congestion: congested, tps } = this.settings
    const percent = congested ? Math.min(100, Math.round((100 * this.arrivals.latest) / (tps as number))) : undefined
    if (latency === undefined) connection.answerSubmit(sequence, status, messageId, percent)
    else
      this.#answers.add(now + latency(this.#random), { connection, sequence, status, messageId, congestion: percent })
  }

  #answerDue(due: readonly DelayedAnswer[]): void {
    for (const { connection, sequence, status, messageId, congestion } of due) {
      connection.answerSubmit(sequence, status, messageId, congestion)
    }
    this.flush()
  }

  /** The response to a query_sm or cancel_sm. */
  answerAbout(pdu: Extract<Pdu, { command: 'query_sm' | 'cancel_sm' }>): PduInput {
    const { sequence } = pdu
    const message = this.#recent.find(readId(pdu.fields.message_id, this.settings.receipts.idInResponse))
    const final = message !== undefined && (message.state === 'DELETED' || performance.now() >= message.dueAt)
    if (pdu.command === 'query_sm') {
      if (message === undefined) {
        return { command: 'query_sm_resp', status: commandStatus.ESME_RQUERYFAIL, sequence }
      }
      const message_state = messageStateOf[final ? message.state : 'ENROUTE']
      return { command: 'query_sm_resp', sequence, fields: { message_id: pdu.fields.message_id, message_state } }
    }
    if (message === undefined || final || message.released) {
      return { command: 'cancel_sm_resp', status: commandStatus.ESME_RCANCELFAIL, sequence }
    }
    message.state = 'DELETED'
    return { command: 'cancel_sm_resp', sequence }
  }

  #happens(share: number): boolean {
    return share > 0 && this.#random.next() < share
  }
}

/** A receipt beside the final one. */
function intermediateOf(message: Message, state: 'ENROUTE' | 'ACCEPTD'): Message {
  return { ...message, state, manner: { ...message.manner, intermediate: true }, released: true }
}

/** registered_delivery bits 1 and 0 (SMPP 3.4 §5.2.17; 3 is of 5.0): always, on failure only, on success only. */
function asksFor(registeredDelivery: number, state: ReceiptState): boolean {
  switch (registeredDelivery & 0x03) {
    case 1:
      return true
    case 2:
      return state !== 'DELIVRD'
    case 3:
      return state === 'DELIVRD'
    default:
      return false
  }
}
