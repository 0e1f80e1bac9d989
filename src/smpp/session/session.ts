import type { Socket } from 'node:net'
import { commandId, isResponse } from '../codec/commands.ts'
import {
  type Delivery,
  deliverSmRespLength,
  deliveryOf,
  parseDeliverSm,
  writeDeliverSmResp,
} from '../codec/delivery.ts'
import { DamagedPdu } from '../codec/errors.ts'
import { Framer } from '../codec/framer.ts'
import { decodePdu, encodePdu, type Pdu, type PduInput } from '../codec/pdu.ts'
import { commandStatus, statusName } from '../codec/status.ts'
import { parseSubmitResp } from '../codec/submit-resp.ts'
import type { SubmitTemplate } from '../codec/submit-template.ts'
import { enquired, heard, type TimerLimits, type TimerState, tick } from './timers.ts'
import { Window } from './window.ts'

export type BindKind = 'transceiver' | 'transmitter' | 'receiver'

export interface SessionOptions {
  readonly kind: BindKind
  readonly systemId: string
  readonly password: string
  readonly systemType: string
  /** Unanswered submit_sm on this bind. */
  readonly window: number
  readonly timers: TimerLimits
  /** A bind of which nothing is answered for so many response times is taken for half-dead; default 2. */
  readonly patience?: number
}

/**
 * - `binding`: connected, the bind request is on its way.
 * - `bound`: submits may go.
 * - `unbinding`: no new submit, asked for by us or by the peer; answers under way are still taken until the peer or the
 *   timer ends it.
 * - `closed`: the socket is gone; everything unanswered was handed back.
 */
export type SessionMode = 'binding' | 'bound' | 'unbinding' | 'closed'

/** Why a session ended. `refused` carries the command_status of the bind response. */
export type SessionEnd =
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'unbound' }
  | { readonly kind: 'lost'; readonly reason: string }
  /** Requests waited, and for too long none was answered. */
  | { readonly kind: 'silent'; readonly waitedMs: number }

export interface SessionHandler<T> {
  bound(): void
  /** A submit_sm was answered. `late`: after it had been handed out as unanswered. */
  answered(context: T, status: number, messageId: string, late: boolean): void
  /** The response of a submit_sm is missing while later ones were answered; it may still come. */
  unanswered(context: T): void
  /** A receipt or a text from a phone; answer it with `acknowledge(sequence, status)`. */
  delivered(delivery: Delivery): void
  /** There is room in the window or in the socket again. */
  room(): void
  closed(end: SessionEnd, unanswered: T[]): void
}

const writeBufferSize = 64 * 1024
const tickMs = 100
export const firstPatience = 2
/** After so many response times, one response that others overtook is no longer waited for. */
const missingAfter = 3

/**
 * One bind as an ESME over a connected socket. It knows no carrier and no message: `T` is whatever the owner wants back with
 * the answer. Requests are recorded in the window before they are written; writes are gathered and leave with `flush`, once a
 * turn of the event loop at the latest.
 */
export class Session<T> {
  readonly #socket: Socket
  readonly #options: SessionOptions
  readonly #handler: SessionHandler<T>
  readonly #now: () => number
  readonly #framer = new Framer()
  readonly #window: Window<T>
  readonly #ticker: NodeJS.Timeout
  #mode: SessionMode = 'binding'
  readonly #startedAt: number
  #timers: TimerState
  /** When the end in good order began. */
  #leavingAt: number | undefined
  #answersInTime = false
  /** When unbind, or the answer to the peer's, was sent: the end must come within the response timer. */
  #partingAt: number | undefined
  #sequence = 0
  #buffer = Buffer.allocUnsafe(writeBufferSize)
  #filled = 0
  #flushing = false
  #end: SessionEnd | undefined
  /** data_sm that wait for their data_sm_resp: rare, so deliver_sm stays the fast way. */
  readonly #dataSequences = new Set<number>()

  constructor(
    socket: Socket,
    options: SessionOptions,
    handler: SessionHandler<T>,
    now: () => number = () => performance.now(),
  ) {
    this.#socket = socket
    this.#options = options
    this.#handler = handler
    this.#now = now
    this.#window = new Window(options.window)
    this.#startedAt = now()
    this.#timers = { lastHeardAt: this.#startedAt, enquiredAt: undefined }
    // Nagle's algorithm against delayed acknowledgements holds a small window to 480 messages a second.
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('drain', () => handler.room())
    socket.on('error', (error) => this.#lose(error.message))
    socket.on('close', () => this.#closed())
    this.#ticker = setInterval(() => this.#tick(), tickMs)
    const { systemId, password, systemType } = options
    this.#request({
      command: `bind_${options.kind}`,
      sequence: this.#nextSequence(),
      fields: { system_id: systemId, password, system_type: systemType, interface_version: 0x34 },
    })
  }

  get mode(): SessionMode {
    return this.#mode
  }

  /** Whether this kind of bind may submit. */
  get transmits(): boolean {
    return this.#options.kind !== 'receiver'
  }

  /** Submits that may go out now; 0 while the socket pushes back. */
  get free(): number {
    if (this.#mode !== 'bound' || !this.transmits || this.#socket.writableNeedDrain) return 0
    return this.#window.free
  }

  get inFlight(): number {
    return this.#window.size
  }

  /** Whether it ever answered a submit_sm within the response timer. */
  get answersInTime(): boolean {
    return this.#answersInTime
  }

  /** Puts one submit_sm into the write buffer. Call only when `free` is above 0; `flush` sends it. */
  submit(template: SubmitTemplate, destination: string, context: T): void {
    if (this.free === 0) throw new Error(`no room for a submit_sm in a session that is ${this.#mode}`)
    const sequence = this.#nextSequence()
    this.#window.add(sequence, context, this.#now())
    this.#reserve(template.maxLength)
    this.#filled += template.write(this.#buffer, this.#filled, sequence, destination)
    this.#flushSoon()
  }

  acknowledge(sequence: number, status: number): void {
    if (!this.#socket.writable) return
    if (this.#dataSequences.delete(sequence)) {
      this.#send(encodePdu({ command: 'data_sm_resp', status, sequence }))
      return
    }
    this.#reserve(deliverSmRespLength)
    this.#filled += writeDeliverSmResp(this.#buffer, this.#filled, sequence, status)
    this.#flushSoon()
  }

  /** Writes what was gathered. */
  flush(): void {
    if (this.#filled === 0 || !this.#socket.writable) return
    const full = this.#buffer.subarray(0, this.#filled)
    this.#buffer = Buffer.allocUnsafe(writeBufferSize)
    this.#filled = 0
    this.#socket.write(full)
  }

  /** Ends in good order: waits for the answers under way (no longer than the response timer), then unbinds and closes. */
  unbind(): void {
    if (this.#mode === 'binding') this.#lose('closed before it was bound')
    if (this.#mode !== 'bound') return
    this.#setMode('unbinding')
    this.#leavingAt = this.#now()
    this.#partIfAnswered()
  }

  destroy(reason: string): void {
    this.#lose(reason)
  }

  #setMode(mode: SessionMode): void {
    this.#mode = mode
  }

  #nextSequence(): number {
    // 1 to 0x7fffffff (SMPP 3.4 §3.2).
    this.#sequence = this.#sequence === 0x7fffffff ? 1 : this.#sequence + 1
    return this.#sequence
  }

  #reserve(octets: number): void {
    if (this.#filled + octets > writeBufferSize) this.flush()
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      this.flush()
    })
  }

  #request(pdu: PduInput): void {
    this.#send(encodePdu(pdu))
  }

  #send(octets: Buffer): void {
    this.flush()
    if (this.#socket.writable) this.#socket.write(octets)
  }

  #read(chunk: Buffer): void {
    if (this.#mode === 'closed') return
    this.#timers = heard(this.#timers, this.#now())
    this.#framer.push(chunk)
    try {
      for (let frame = this.#framer.next(); frame; frame = this.#framer.next()) this.#take(frame)
    } catch (error) {
      // The boundaries between PDUs are lost: nothing that follows can be believed.
      this.#lose((error as Error).message)
      return
    }
    if (this.#mode === 'unbinding') this.#partIfAnswered()
    this.#handler.room()
  }

  #take(frame: Buffer): void {
    try {
      this.#dispatch(frame)
    } catch (error) {
      if (!(error instanceof DamagedPdu)) throw error
      // A damaged response is no reason for a nack: its request stays unanswered until the timer.
      if (isResponse(error.commandId)) return
      this.#send(encodePdu({ command: 'generic_nack', status: error.status, sequence: error.sequence }))
    }
  }

  #dispatch(frame: Buffer): void {
    switch (frame.readUInt32BE(4)) {
      case commandId.submit_sm_resp: {
        const { status, sequence, messageId } = parseSubmitResp(frame)
        this.#answer(sequence, status, messageId)
        return
      }
      case commandId.deliver_sm:
        this.#handler.delivered(parseDeliverSm(frame))
        return
      default:
        this.#control(decodePdu(frame))
    }
  }

  #control(pdu: Pdu): void {
    const { command, sequence } = pdu
    switch (command) {
      case 'bind_transceiver_resp':
      case 'bind_transmitter_resp':
      case 'bind_receiver_resp':
        this.#bindAnswered(pdu.status)
        return
      case 'generic_nack':
        // Sequence 0: the peer could not read a header of ours.
        if (this.#mode === 'binding') this.#bindAnswered(pdu.status)
        else this.#answer(sequence, pdu.status, '')
        return
      case 'enquire_link':
        this.#send(encodePdu({ command: 'enquire_link_resp', sequence }))
        return
      case 'unbind':
        this.#send(encodePdu({ command: 'unbind_resp', sequence }))
        this.#end ??= { kind: 'unbound' }
        this.#partingAt ??= this.#now()
        // Answers that are still under way are taken before the socket closes: #partIfAnswered.
        this.#setMode('unbinding')
        return
      case 'unbind_resp':
        this.#end ??= { kind: 'unbound' }
        this.#socket.end()
        return
      case 'data_sm':
        this.#dataSequences.add(sequence)
        this.#handler.delivered(deliveryOf(pdu))
        return
      case 'enquire_link_resp':
      case 'alert_notification':
      case 'outbind':
        return
      default:
        if (isResponse(commandId[command])) return
        this.#send(encodePdu({ command: 'generic_nack', status: commandStatus.ESME_RINVCMDID, sequence }))
    }
  }

  #bindAnswered(status: number): void {
    if (this.#mode !== 'binding') return
    if (status !== commandStatus.ESME_ROK) {
      this.#end = { kind: 'refused', status }
      this.#socket.end()
      return
    }
    this.#setMode('bound')
    this.#handler.bound()
  }

  #answer(sequence: number, status: number, messageId: string): void {
    const now = this.#now()
    const answered = this.#window.answer(sequence, now)
    if (!answered) return
    if (now - answered.sentAt < this.#options.timers.responseMs) this.#answersInTime = true
    this.#handler.answered(answered.context, status, messageId, answered.late)
  }

  /** Once nothing is unanswered: says unbind, or closes where the peer has said it. */
  #partIfAnswered(): void {
    if (this.#window.size > 0) return
    if (this.#end) this.#socket.end()
    else this.#part()
  }

  #part(): void {
    if (this.#partingAt !== undefined) return
    this.#partingAt = this.#now()
    this.#request({ command: 'unbind', sequence: this.#nextSequence() })
  }

  #tick(): void {
    const now = this.#now()
    const { timers } = this.#options
    const missing = this.#window.overtaken(now, timers.responseMs * missingAfter, timers.responseMs)
    for (const context of missing) this.#handler.unanswered(context)
    if (this.#mode === 'unbinding') {
      this.#partIfAnswered()
      if (this.#leavingAt !== undefined && now - this.#leavingAt > timers.responseMs) this.#part()
      if (this.#partingAt !== undefined && now - this.#partingAt > timers.responseMs) this.#lose('no answer to unbind')
      return
    }
    if (this.#mode === 'binding' && now - this.#startedAt > timers.responseMs) {
      this.#lose('no answer to the bind request')
      return
    }
    const silentMs = this.#window.silentMs(now)
    if (silentMs >= timers.responseMs * (this.#options.patience ?? firstPatience)) {
      this.#end ??= { kind: 'silent', waitedMs: Math.round(silentMs) }
      this.#socket.destroy()
      return
    }
    const verdict = tick(this.#timers, timers, now)
    if (verdict === 'stop') this.#lose('no answer to enquire_link: the connection is half open')
    if (verdict === 'enquire' && this.#mode === 'bound') {
      this.#timers = enquired(this.#timers, now)
      this.#request({ command: 'enquire_link', sequence: this.#nextSequence() })
    }
  }

  #lose(reason: string): void {
    this.#end ??= { kind: 'lost', reason }
    this.#socket.destroy()
  }

  #closed(): void {
    if (this.#mode === 'closed') return
    this.#setMode('closed')
    clearInterval(this.#ticker)
    this.#handler.closed(this.#end ?? { kind: 'lost', reason: 'the peer closed the connection' }, this.#window.close())
  }
}

/** For people: why a session ended. */
export function describeEnd(end: SessionEnd): string {
  if (end.kind === 'refused') return `bind refused with ${statusName(end.status)}`
  if (end.kind === 'silent') return `no answer to any submit_sm for ${end.waitedMs} ms`
  return end.kind === 'unbound' ? 'unbound' : end.reason
}
