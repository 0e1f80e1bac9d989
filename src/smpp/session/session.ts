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
import { commandStatus } from '../codec/status.ts'
import { parseSubmitResp } from '../codec/submit-resp.ts'
import type { SubmitTemplate } from '../codec/submit-template.ts'
import { bindRequest, firstPatience, type SessionHandler, type SessionOptions } from './options.ts'
import { Output } from './output.ts'
import { Owed } from './owed.ts'
import { refusal, replyToDamaged } from './replies.ts'
import { type RequestAnswered, Requests, type SessionRequest } from './requests.ts'
import { nextSequence } from './sequence.ts'
import {
  type Open,
  opened,
  type SessionEffect,
  type SessionEvent,
  type SessionLimits,
  type SessionMode,
  type SessionState,
  type SessionStep,
  step,
} from './state.ts'
import { Window } from './window.ts'

const tickMs = 100
/** After so many response times, one response that others overtook is no longer waited for. */
const missingAfter = 3
/** Above this share of the window in places whose response is missing, the bind is made anew: with it they are free again. */
const mostLate = 0.25

/**
 * One bind as an ESME over a connected socket. It knows no carrier and no message: `T` is whatever the owner wants back with
 * the answer. What it does when is said by state.ts; here its effects are applied to the socket, and the hot path (submit_sm,
 * its response, deliver_sm) goes past it. Requests are recorded before they are written; writes are gathered and leave with
 * `flush`, once a turn of the event loop at the latest.
 */
export class Session<T> {
  readonly #socket: Socket
  readonly #options: SessionOptions
  readonly #limits: SessionLimits
  readonly #handler: SessionHandler<T>
  readonly #now: () => number
  readonly #framer = new Framer()
  readonly #output: Output
  readonly #window: Window<T>
  readonly #requests = new Requests()
  readonly #ticker: NodeJS.Timeout
  #state: SessionState
  #heardAt: number
  #answersInTime = false
  #peerVersion: number | undefined
  #sequence: number
  readonly #owed = new Owed()
  readonly #waits = (sequence: number) => this.#window.has(sequence) || this.#requests.has(sequence)
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
    this.#limits = { ...options.timers, patience: options.patience ?? firstPatience }
    this.#handler = handler
    this.#now = now
    this.#output = new Output(socket)
    this.#window = new Window(options.window)
    this.#sequence = (options.firstSequence ?? 1) - 1
    this.#heardAt = now()
    // Nagle's algorithm against delayed acknowledgements holds a small window to 480 messages a second.
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('drain', () => handler.room())
    socket.on('error', (error) => this.#happened({ kind: 'lost', reason: error.message }))
    socket.on('close', () => this.#happened({ kind: 'closed' }))
    this.#ticker = setInterval(() => this.#tick(), tickMs)
    const first = opened(this.#heardAt)
    this.#state = first.state
    this.#apply(first)
  }

  get mode(): SessionMode {
    return this.#state.mode
  }

  /** Whether this kind of bind may submit. */
  get transmits(): boolean {
    return this.#options.kind !== 'receiver'
  }

  /** The version that the SMSC says it speaks (sc_interface_version); `undefined` until bound, or where it says nothing. */
  get peerVersion(): number | undefined {
    return this.#peerVersion
  }

  /** Submits that may go out now; 0 while the socket pushes back. */
  get free(): number {
    if (this.#state.mode !== 'bound' || !this.transmits || this.#socket.writableNeedDrain) return 0
    return this.#window.free
  }

  get inFlight(): number {
    return this.#window.size
  }

  /** The sequence number given last. */
  get lastSequence(): number {
    return this.#sequence
  }

  /** Whether it ever answered a submit_sm within the response timer. */
  get answersInTime(): boolean {
    return this.#answersInTime
  }

  /** Puts one submit_sm into the write buffer. Call only when `free` is above 0; `flush` sends it. */
  submit(template: SubmitTemplate, destination: string, context: T): void {
    if (this.free === 0) throw new Error(`no room for a submit_sm in a session that is ${this.mode}`)
    const sequence = this.#nextSequence()
    const at = this.#output.reserve(template.maxLength)
    const length = template.write(this.#output.buffer, at, sequence, destination)
    this.#window.add(sequence, context, this.#now())
    this.#output.advance(length)
  }

  /**
   * Sends a request that is no submit_sm, outside the window. `answered` is called exactly once: with the response, be it a
   * generic_nack or an error; with `undefined` when none came within the response timer, when the session ended, and at once
   * where 100 are unanswered already or a field does not fit.
   * @throws Error where the session is not bound.
   */
  request(request: SessionRequest, answered: RequestAnswered): void {
    if (this.mode !== 'bound') throw new Error(`no ${request.command} in a session that is ${this.mode}`)
    const frame = this.#requests.record(request, this.#nextSequence(), answered, this.#now())
    if (frame) this.#output.put(frame)
  }

  /** Answers a delivery; to be called once for each. */
  acknowledge(sequence: number, status: number): void {
    if (!this.#socket.writable) return
    this.#owed.acknowledged()
    if (this.#dataSequences.size > 0 && this.#dataSequences.delete(sequence)) {
      this.#send({ command: 'data_sm_resp', status, sequence })
    } else {
      const at = this.#output.reserve(deliverSmRespLength)
      this.#output.advance(writeDeliverSmResp(this.#output.buffer, at, sequence, status))
    }
    if (this.#state.mode !== 'bound') this.#settleIfNothingIsOpen()
  }

  /** Writes what was gathered. */
  flush(): void {
    this.#output.flush()
  }

  /**
   * Ends in good order: waits for the answers under way and for what was delivered to be acknowledged (no longer than the response
   * timer), then unbinds and closes.
   */
  unbind(): void {
    this.#owed.noMore()
    this.#happened({ kind: 'unbind', ...this.#open })
  }

  destroy(reason: string): void {
    this.#happened({ kind: 'lost', reason })
  }

  get #open(): Open {
    return {
      unanswered: this.#window.size + this.#requests.size,
      unacknowledged: this.#owed.unacknowledged,
    }
  }

  #settleIfNothingIsOpen(): void {
    const { unanswered, unacknowledged } = this.#open
    if (unanswered === 0 && unacknowledged === 0) this.#happened({ kind: 'settled' })
  }

  /**
   * Whether deliveries are taken: on a bind that receives, from the bind until the connection ends. One that the peer sent before it
   * read our last answer can't be acknowledged any more, but many an SMSC does not send it again.
   */
  get #receives(): boolean {
    const { mode, end } = this.#state
    if (this.#options.kind === 'transmitter' || mode === 'binding' || mode === 'closed') return false
    return mode !== 'closing' || end?.kind === 'unbound'
  }

  #nextSequence(): number {
    this.#sequence = nextSequence(this.#sequence, this.#waits)
    return this.#sequence
  }

  #happened(event: SessionEvent): void {
    this.#apply(step(this.#state, event, this.#limits, this.#now()))
  }

  #apply({ state, effects }: SessionStep): void {
    this.#state = state
    for (const effect of effects) this.#do(effect)
  }

  #do(effect: SessionEffect): void {
    switch (effect.do) {
      case 'request': {
        const { command } = effect
        const sequence = this.#nextSequence()
        this.#send(command === 'bind' ? bindRequest(this.#options, sequence) : { command, sequence })
        return
      }
      case 'answer':
        this.#send(effect.pdu)
        return
      case 'bound':
        this.#handler.bound()
        return
      case 'finish':
        this.#output.flush()
        this.#socket.end()
        return
      case 'destroy':
        this.#socket.destroy()
        return
      case 'ended':
        clearInterval(this.#ticker)
        this.#handler.closed(effect.end, this.#window.close())
        this.#requests.close()
    }
  }

  #send(pdu: PduInput | undefined): void {
    if (pdu) this.#output.put(encodePdu(pdu))
  }

  #read(chunk: Buffer): void {
    if (this.#state.mode === 'closed') return
    this.#heardAt = this.#now()
    this.#framer.push(chunk)
    try {
      for (let frame = this.#framer.next(); frame; frame = this.#framer.next()) this.#take(frame)
    } catch (error) {
      // The boundaries between PDUs are lost: nothing that follows can be believed. Or a handler failed: this bind ends and says so,
      // the others live on.
      this.#happened({ kind: 'lost', reason: (error as Error).message })
      return
    }
    if (this.#state.mode !== 'bound') this.#settleIfNothingIsOpen()
    this.#handler.room()
  }

  #take(frame: Buffer): void {
    try {
      this.#dispatch(frame)
    } catch (error) {
      if (!(error instanceof DamagedPdu)) throw error
      this.#send(replyToDamaged(error))
    }
  }

  #dispatch(frame: Buffer): void {
    switch (frame.readUInt32BE(4)) {
      case commandId.submit_sm_resp: {
        const { status, sequence, messageId, congestion } = parseSubmitResp(frame)
        if (congestion !== undefined) this.#handler.congested?.(congestion)
        this.#answer(sequence, status, messageId)
        return
      }
      case commandId.deliver_sm:
        if (this.#receives) this.#deliver(parseDeliverSm(frame))
        else this.#send(refusal('deliver_sm', commandStatus.ESME_RINVBNDSTS, frame.readUInt32BE(12)))
        return
      default:
        this.#control(decodePdu(frame), frame)
    }
  }

  #deliver(delivery: Delivery): void {
    this.#owed.delivered()
    this.#handler.delivered(delivery)
  }

  #control(pdu: Pdu, frame: Buffer): void {
    const { command, sequence, tlvs } = pdu
    if (tlvs.congestion_state !== undefined && isResponse(commandId[command])) {
      this.#handler.congested?.(Math.min(tlvs.congestion_state, 100))
    }
    switch (command) {
      case 'bind_transceiver_resp':
      case 'bind_transmitter_resp':
      case 'bind_receiver_resp':
        this.#peerVersion ??= tlvs.sc_interface_version
        this.#happened({ kind: 'bind-answered', status: pdu.status })
        return
      case 'generic_nack':
        this.#nacked(pdu)
        return
      case 'enquire_link':
        this.#happened({ kind: 'enquired', sequence })
        return
      case 'unbind':
        this.#owed.noMore()
        this.#happened({ kind: 'peer-unbinds', sequence, ...this.#open })
        return
      case 'unbind_resp':
        this.#happened({ kind: 'unbind-answered' })
        return
      case 'data_sm':
        if (!this.#receives) break
        this.#dataSequences.add(sequence)
        this.#deliver(deliveryOf(pdu, frame))
        return
      case 'alert_notification':
        if (this.#receives) this.#handler.alerted?.(pdu)
        return
      case 'query_sm_resp':
      case 'cancel_sm_resp':
      case 'replace_sm_resp':
      case 'data_sm_resp':
        this.#requests.answer(pdu)
        return
    }
    // A request that is not for an ESME, or not now; a response that nobody waits for is none.
    this.#send(refusal(command, commandStatus.ESME_RINVBNDSTS, sequence))
  }

  /** A generic_nack answers whatever has its number; one without an error status is no acceptance either. */
  #nacked(pdu: Pdu<'generic_nack'>): void {
    const status = pdu.status || commandStatus.ESME_RUNKNOWNERR
    // Sequence 0: the peer could not read a header of ours.
    if (this.mode === 'binding') this.#happened({ kind: 'bind-answered', status })
    else if (this.#requests.has(pdu.sequence)) this.#requests.answer({ ...pdu, status })
    else this.#answer(pdu.sequence, status, '')
  }

  #answer(sequence: number, status: number, messageId: string): void {
    const now = this.#now()
    const answered = this.#window.answer(sequence, now)
    if (!answered) return
    if (now - answered.sentAt < this.#limits.responseMs) this.#answersInTime = true
    this.#handler.answered(answered.context, status, messageId, answered.late)
  }

  #tick(): void {
    const now = this.#now()
    const { responseMs } = this.#limits
    this.#requests.expire(now, responseMs)
    for (const context of this.#window.overtaken(now, responseMs * missingAfter, responseMs)) {
      this.#handler.unanswered(context)
    }
    // A response that was lost keeps its place as long as the bind: one in ten thousand, and a window of a hundred is gone after a million.
    if (this.mode === 'bound' && this.#window.late > this.#window.limit * mostLate) this.unbind()
    this.#happened({
      kind: 'tick',
      heardAt: this.#heardAt,
      ...this.#open,
      silentMs: this.#window.silentMs(now),
    })
  }
}
