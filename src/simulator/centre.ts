import { type Prng, prng } from '../lib/prng.ts'
import { decodePdu, type Pdu, type PduInput } from '../smpp/codec/pdu.ts'
import { commandStatus } from '../smpp/codec/status.ts'
import type { ReceiptState } from '../smpp/receipt-text.ts'
import { Calendar } from './calendar.ts'
import type { Connection } from './connection.ts'
import { Fifo } from './fifo.ts'
import { type Message, messageStateOf, RecentMessages, readId, writeId } from './message.ts'
import { BusiestSecond, SlidingLimit } from './rate.ts'
import { copyOf, type RecordedSubmit } from './recording.ts'
import type { SmscSettings } from './settings.ts'
import { isNumber, longestAddress, SubmitView } from './submit-view.ts'

/** A submit_sm_resp that waits for its latency. */
interface DelayedResponse {
  connection: Connection
  sequence: number
  status: number
  messageId: string
}

/** After a temporary refusal the ESME is left alone for this long. */
const retryMs = 1000

/** The SMSC behind its connections: throughput, outcomes of messages, and their receipts. */
export class MessageCentre {
  readonly settings: SmscSettings
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
    malformed: 0,
    perState: {} as Partial<Record<ReceiptState, number>>,
  }
  readonly #random: Prng
  readonly #limit: SlidingLimit | undefined
  readonly #view = new SubmitView()
  readonly #recent = new RecentMessages()
  readonly #responses = new Calendar<DelayedResponse>((due) => this.#respond(due))
  readonly #receipts = new Calendar<Message>((due) => this.#fallDue(due))
  /** Receipts that wait for a bind with room. */
  readonly #ready = new Fifo<Message>()
  /** Connections with something gathered to send. */
  readonly #touched = new Set<Connection>()
  /** Whose turn it is to be sent a receipt. */
  #turn = 0
  // Ids must not repeat when the SMSC starts again: begin where no earlier run can have come to.
  #nextNumber = Date.now() * 1000

  constructor(settings: SmscSettings) {
    this.settings = settings
    this.#random = prng(settings.seed)
    this.#limit = settings.tps === undefined ? undefined : new SlidingLimit(settings.tps)
  }

  get binds(): number {
    return this.connections.filter((connection) => connection.bound).length
  }

  stop(): void {
    this.#responses.clear()
    this.#receipts.clear()
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
    return this.binds < settings.maxBinds ? 0 : commandStatus.ESME_RALYBND
  }

  /** Takes or refuses a submit_sm and answers it, now or after the latency. @throws DamagedPdu */
  submit(connection: Connection, frame: Buffer, now: number): void {
    const { tally } = this
    tally.submits++
    this.arrivals.note(now)
    const sequence = frame.readUInt32BE(12)
    if (this.#limit?.take(now) === false) {
      tally.throttled++
      this.#answer(connection, sequence, commandStatus.ESME_RTHROTTLED, '', now)
      return
    }
    // The general decoder says what is wrong with it.
    if (!this.#view.read(frame)) decodePdu(frame)
    const error = this.#refusal()
    if (error !== 0) {
      tally.rejected++
      this.#answer(connection, sequence, error, '', now)
      return
    }
    tally.accepted++
    const message = this.#accept(now)
    const messageId = writeId(message.number, this.settings.receipts.idInResponse)
    if (this.settings.record) this.recorded.push(copyOf(frame, messageId))
    if (message.wantsReceipt) {
      if (this.#happens(this.settings.receipts.early)) this.#release(message)
      else this.#receipts.add(message.dueAt, message)
    }
    this.#answer(connection, sequence, 0, messageId, now)
  }

  #refusal(): number {
    if (!isNumber(this.#view.destination)) return commandStatus.ESME_RINVDSTADR
    if (this.#view.source.length > longestAddress) return commandStatus.ESME_RINVSRCADR
    const { errors } = this.settings
    return errors.empty ? 0 : (errors.draw(this.#random.next()) ?? 0)
  }

  #accept(now: number): Message {
    const view = this.#view
    const { receipts } = this.settings
    const state = (receipts.states.empty ? undefined : receipts.states.draw(this.#random.next())) ?? 'DELIVRD'
    const reported =
      receipts.parts === 'all' || view.part === (receipts.parts === 'first' ? 1 : view.parts) || view.parts <= 1
    const message: Message = {
      number: this.#nextNumber++,
      source: view.source,
      destination: view.destination,
      addressing: view.addressing,
      submittedAt: Date.now(),
      dueAt: now + this.#vary(receipts.delayMs, receipts.jitterMs),
      state,
      wantsReceipt: reported && asksFor(view.registeredDelivery, state) && !this.#happens(receipts.never),
      released: false,
      receipts: 0,
    }
    this.#recent.add(message)
    return message
  }

  #answer(connection: Connection, sequence: number, status: number, messageId: string, now: number): void {
    const { mean, jitter } = this.settings.latency
    if (mean === 0 && jitter === 0) {
      connection.answerSubmit(sequence, status, messageId)
    } else {
      this.#responses.add(now + this.#vary(mean, jitter), { connection, sequence, status, messageId })
    }
  }

  #respond(due: readonly DelayedResponse[]): void {
    for (const { connection, sequence, status, messageId } of due) {
      connection.answerSubmit(sequence, status, messageId)
    }
    this.flush()
  }

  #fallDue(due: readonly Message[]): void {
    for (const message of due) {
      // One that comes again is a retry.
      if (message.released) this.#ready.push(message)
      else this.#queue(message)
    }
    this.deliverReady()
    this.flush()
  }

  /** Queues a message's receipt for the first time, once or twice. */
  #queue(message: Message): void {
    message.released = true
    this.#ready.push(message)
    if (this.#happens(this.settings.receipts.duplicates)) this.#ready.push(message)
  }

  #release(message: Message): void {
    this.#queue(message)
    this.deliverReady()
  }

  /** Hands waiting receipts to the binds that have room, in turn. */
  deliverReady(): void {
    while (this.#ready.length > 0) {
      const connection = this.#nextReceiver()
      if (connection === undefined) return
      const message = this.#ready.shift() as Message
      if (message.receipts++ === 0) {
        this.tally.perState[message.state] = (this.tally.perState[message.state] ?? 0) + 1
      }
      this.tally.receiptsSent++
      connection.sendReceipt(message)
    }
  }

  #nextReceiver(): Connection | undefined {
    const { connections } = this
    for (let i = 0; i < connections.length; i++) {
      const at = (this.#turn + i) % connections.length
      if (connections[at]?.hasRoom) {
        this.#turn = at + 1
        return connections[at]
      }
    }
    return undefined
  }

  /** Receipts that a bind left unanswered: the first to go when another has room. */
  takeBack(messages: readonly Message[]): void {
    this.#ready.putBack(messages)
    this.deliverReady()
  }

  retryReceipt(message: Message): void {
    this.#receipts.add(performance.now() + retryMs, message)
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

  #vary(mean: number, jitter: number): number {
    return jitter === 0 ? mean : Math.max(0, mean + jitter * (2 * this.#random.next() - 1))
  }
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
