import type { CarrierProfile } from '../carriers/schema.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import type { Delivery } from '../smpp/codec/delivery.ts'
import { commandStatus, statusName } from '../smpp/codec/status.ts'
import type { SubmitTemplate } from '../smpp/codec/submit-template.ts'
import { normaliseId } from '../smpp/message-id.ts'
import type { Session } from '../smpp/session/session.ts'
import type { HotLine } from '../store/hot-line.ts'
import { Binds } from './binds.ts'
import type { Broadcasts } from './broadcasts.ts'
import { type ErrorPolicy, maxAttempts, policyOf, retryDelayMs } from './error-table.ts'
import { type Flight, type FlightPart, lateOutcome, outcomeOf, takeOff } from './flight.ts'
import { LaneChooser } from './lanes.ts'
import type { OutcomeSink } from './outcome-sink.ts'
import { Pacer } from './pacer.ts'
import { readReceipt } from './receipt.ts'
import { Stock } from './stock.ts'
import type { WorkingChunk } from './working-chunk.ts'

export interface AccountOptions {
  readonly profile: CarrierProfile
  readonly carrierNo: number
  readonly line: HotLine
  readonly broadcasts: Broadcasts
  readonly sink: OutcomeSink
  readonly log: Logger
  /** The lane of entry texts and its share of the account. */
  readonly floor: { readonly lane: number; readonly share: number }
}

/** Above this many uncommitted outcomes and receipts nothing is sent: or receipt acknowledgements would take seconds. */
const maxBacklog = 8000
/** A part that the carrier refuses for its speed is sent again alone, in the middle of its message, so often. */
const maxThrottledParts = 20
const checkMs = 250

/** A refused part of a long text that waits to be sent again alone. */
interface PartRetry extends FlightPart {
  readonly status: number
  /** By the clock of `performance.now()`. */
  readonly dueAt: number
}

/**
 * One account with a mobile operator: its binds, its contract, its lanes. `#pump` is the one place that decides what goes out
 * next; it runs when there is new work, room in a window, a committed mark, or when the pacer's time has come.
 */
export class Account {
  readonly profile: CarrierProfile
  readonly carrierNo: number
  readonly #o: AccountOptions
  readonly #log: Logger
  readonly #binds: Binds<FlightPart>
  readonly #pacer: Pacer
  readonly #lanes: LaneChooser
  readonly #stock: Stock
  readonly #told = new Set<number>()
  /** Messages of which parts are still to be sent: before anything new, over the bind that had the first, in order. */
  readonly #begun = new Map<Session<FlightPart>, Flight>()
  #partRetries: PartRetry[] = []
  /** How often a message was throttled, by `broadcast:seq`: that does not count as a try. */
  readonly #throttles = new BoundedMap<string, number>(100_000)
  #timer: NodeJS.Timeout | undefined
  readonly #checker: NodeJS.Timeout
  /** Nothing new is sent: the account is not ours, paused, or being stopped. */
  #held = true
  #stopping = false
  #windowBoundSince: number | undefined

  constructor(options: AccountOptions) {
    const { profile, carrierNo, floor } = options
    this.profile = profile
    this.carrierNo = carrierNo
    this.#log = options.log.child({ carrier: profile.id })
    this.#o = { ...options, log: this.#log }
    this.#pacer = new Pacer(profile.throughput, performance.now())
    this.#lanes = new LaneChooser({ floorLane: floor.lane, floor: Math.max(floor.share, 1 / profile.throughput) })
    this.#stock = new Stock({
      ...this.#o,
      floorLane: floor.lane,
      slice: Math.max(1, Math.min(profile.window * profile.binds, Math.ceil(profile.throughput / 4))),
      onReady: () => this.#pump(),
    })
    this.#binds = new Binds(profile, this.#log, {
      answered: (context, status, messageId, late) => this.#answered(context, status, messageId, late),
      unanswered: (context) => this.#unanswered(context),
      delivered: (delivery, acknowledge) => this.#delivered(delivery, acknowledge),
      lost: () => {
        this.#abandon((flight) => flight.session.mode !== 'bound')
        this.#pump()
      },
      room: () => this.#pump(),
    })
    this.#checker = setInterval(() => this.#check(), checkMs)
  }

  /** Binds up, of `bindsWanted`. */
  get binds(): number {
    return this.#binds.up
  }

  get bindsWanted(): number {
    return this.#binds.wanted
  }

  /** How long the account has been unable to send for want of a bind, ms; 0 while it has one. */
  get downMs(): number {
    return this.#binds.downMs
  }

  /** The account is ours from now on. Whoever held it before may have used up the last second of its contract. */
  takeOver(): void {
    if (this.#stopping) return
    this.#pacer.fill(performance.now())
    this.#stock.doubt()
    this.#binds.start()
  }

  /** The account is not surely ours any more. Binds stay: it may well be ours again in a moment. */
  lose(): void {
    this.#stock.disown()
    this.hold()
    this.#abandonRetries(() => true)
  }

  /** Another holder has the account: the number of binds is part of its contract. */
  async leave(): Promise<void> {
    await this.#binds.stop()
  }

  /** Begins to send, or goes on: the account is ours and not paused. */
  resume(): void {
    if (this.#stopping) return
    this.#held = false
    this.#pump()
  }

  hold(): void {
    this.#held = true
    this.#stock.shut()
  }

  /** There may be work. */
  ring(): void {
    if (this.#canSend) void this.#stock.refill()
  }

  /** Sends nothing more, waits for the answers under way, unbinds, and gives back what did not go out. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.hold()
    // A long text that has begun is completed.
    const giveUpAt = performance.now() + this.profile.timers.responseMs
    while (this.#begun.size + this.#partRetries.length > 0 && this.binds > 0 && performance.now() < giveUpAt) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await this.#binds.stop()
    clearInterval(this.#checker)
    clearTimeout(this.#timer)
    this.#abandon(() => true)
    await this.#stock.close()
  }

  get #canSend(): boolean {
    return !this.#held && this.#binds.canSend
  }

  #check(): void {
    this.#pacer.recover(performance.now())
    metrics.rate.set({ carrier: this.profile.id }, this.#pacer.rate)
    this.#stock.tend()
    this.#pump()
  }

  #pump(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#canSend) this.#stock.open()
    else this.#stock.shut()
    let sent = 0
    let waitMs: number | undefined
    while (waitMs === undefined) {
      if (this.#o.sink.backlog >= maxBacklog) {
        waitMs = 2
        break
      }
      const now = performance.now()
      const step = this.#next(now)
      if (!step) break
      const { weight } = step.kind === 'new' ? step.chunk.nextText : step.flight.text
      const wait = this.#pacer.waitMs(now, weight)
      if (wait > 0) waitMs = wait
      else {
        this.#pacer.take(now, weight)
        this.#send(step)
        sent++
      }
    }
    // A timer of Node may fire a millisecond late; the pacer's credit makes up for it.
    if (waitMs !== undefined) this.#timer = setTimeout(() => this.#pump(), Math.max(1, Math.floor(waitMs)))
    if (sent === 0) return
    this.#binds.flush()
    this.#pacer.written(performance.now())
    metrics.segmentsSent.inc({ carrier: this.profile.id }, sent)
    this.#stock.tend()
  }

  /** What goes out next, and over which bind; undefined while nothing can. */
  #next(now: number): Step | undefined {
    for (const [session, flight] of this.#begun) {
      if (session.free > 0) return { kind: 'part', flight, part: flight.sent + 1 }
    }
    const retry = this.#partRetries.find(({ dueAt, flight }) => dueAt <= now && flight.session.free > 0)
    if (retry) return { kind: 'retry', ...retry }
    if (this.#held) return undefined
    const lane = this.#lanes.choose(this.#stock.lanes(now))
    const chunk = lane === undefined ? undefined : this.#stock.first(lane, now)
    if (!chunk) return undefined
    const session = this.#binds.freest((candidate) => !this.#begun.has(candidate))
    this.#noteWindow(session === undefined)
    return session && { kind: 'new', chunk, session }
  }

  #send(step: Step): void {
    if (step.kind === 'retry') {
      const { flight, part } = step
      this.#partRetries = this.#partRetries.filter((retry) => retry.flight !== flight || retry.part !== part)
      this.#submit({ flight, part })
      return
    }
    const flight = step.kind === 'part' ? step.flight : this.#takeOff(step.chunk, step.session)
    const part = ++flight.sent
    flight.open++
    if (part < flight.ids.length) this.#begun.set(flight.session, flight)
    else this.#begun.delete(flight.session)
    this.#submit({ flight, part })
    this.#lanes.sent(flight.chunk.lane)
  }

  #submit(context: FlightPart): void {
    const { flight, part } = context
    flight.session.submit(flight.text.templates[part - 1] as SubmitTemplate, flight.message.msisdn, context)
  }

  #takeOff(chunk: WorkingChunk, session: Session<FlightPart>): Flight {
    const now = Date.now()
    const { id } = chunk.broadcast
    if (!this.#told.has(id)) {
      this.#told.add(id)
      this.#o.sink.firstSubmit(id, now)
    }
    chunk.open++
    const seq = chunk.messages[chunk.next]?.seq
    const throttles = chunk.attempt === 1 ? 0 : (this.#throttles.get(`${id}:${seq}`) ?? 0)
    return takeOff(chunk, session, { tries: chunk.attempt - throttles, now })
  }

  /** Says so when binds and window, not the contract, hold the account back: throughput = binds x window / round-trip time. */
  #noteWindow(full: boolean): void {
    const now = performance.now()
    const bound = full && this.binds > 0 && this.#pacer.waitMs(now) === 0
    metrics.windowBound.set({ carrier: this.profile.id }, bound ? 1 : 0)
    if (!bound) this.#windowBoundSince = undefined
    else if (this.#windowBoundSince === undefined) this.#windowBoundSince = now
    else if (now - this.#windowBoundSince > 1000) {
      const { window, throughput } = this.profile
      this.#log.warn({ binds: this.binds, window, throughput }, 'the window, not the contract, limits this carrier')
      this.#windowBoundSince = now + 60_000
    }
  }

  #answered(context: FlightPart, status: number, messageId: string, late: boolean): void {
    const { flight, part } = context
    const accepted = status === commandStatus.ESME_ROK
    const policy = accepted ? undefined : policyOf(status)
    if (accepted) flight.ids[part - 1] = normaliseId(messageId, this.profile.receipts.idInResponse)
    else metrics.refusals.inc({ carrier: this.profile.id, status: statusName(status) })
    if (policy === 'throttle') this.#pacer.throttled(performance.now())
    // What is on its wire is still answered; then the link binds anew.
    if (policy === 'rebind') flight.session.unbind()
    if (late && flight.settled) {
      this.#o.sink.outcome(lateOutcome(context, this.carrierNo, status))
      return
    }
    if (!late && policy && flight.ids.length > 1 && this.#retryPart(context, policy, status)) return
    if (!accepted) {
      flight.refusedWith = status
      // A text with a hole is not a text: its other parts are not worth sending.
      if (this.#begun.get(flight.session) === flight) this.#begun.delete(flight.session)
    }
    if (late) flight.unanswered.splice(flight.unanswered.indexOf(part), 1)
    else flight.open--
    this.#settleIfComplete(flight)
  }

  /** A long text that has begun is not sent again from the start because one part was refused for now. */
  #retryPart({ flight, part }: FlightPart, policy: ErrorPolicy, status: number): boolean {
    if (policy === 'permanent' || policy === 'rebind' || flight.session.mode !== 'bound') return false
    if (flight.partRetries >= (policy === 'throttle' ? maxThrottledParts : maxAttempts)) return false
    const dueAt = performance.now() + retryDelayMs(policy, ++flight.partRetries)
    this.#partRetries.push({ flight, part, status, dueAt })
    return true
  }

  #unanswered({ flight, part }: FlightPart): void {
    flight.unanswered.push(part)
    flight.open--
    this.#settleIfComplete(flight)
  }

  /** Lets go of messages that have begun and cannot be finished. */
  #abandon(lost: (flight: Flight) => boolean): void {
    for (const [session, flight] of this.#begun) {
      if (!lost(flight)) continue
      this.#begun.delete(session)
      this.#settleIfComplete(flight)
    }
    this.#abandonRetries(lost)
  }

  #abandonRetries(lost: (flight: Flight) => boolean): void {
    const abandoned = this.#partRetries.filter(({ flight }) => lost(flight))
    this.#partRetries = this.#partRetries.filter(({ flight }) => !lost(flight))
    for (const { flight, status } of abandoned) {
      flight.refusedWith = status
      flight.open--
      this.#settleIfComplete(flight)
    }
  }

  #settleIfComplete(flight: Flight): void {
    if (flight.settled || flight.open > 0 || this.#begun.get(flight.session) === flight) return
    flight.settled = true
    const { chunk, message, refusedWith } = flight
    chunk.open--
    const outcome = outcomeOf(flight, this.carrierNo, Date.now())
    metrics.outcomes.inc({ carrier: this.profile.id, verdict: outcome.verdict })
    this.#o.sink.outcome(outcome)
    if (outcome.again) {
      if (refusedWith !== undefined && policyOf(refusedWith) === 'throttle')
        this.#throttles.set(`${chunk.broadcast.id}:${message.seq}`, chunk.attempt - flight.tries + 1)
      setTimeout(() => this.ring(), Math.max(0, outcome.again.notBefore - Date.now()) + 50).unref()
    }
    if (chunk.finished) this.#stock.tend()
  }

  #delivered(delivery: Delivery, acknowledge: (status: number) => void): void {
    const receipt = readReceipt(delivery, this.profile, this.carrierNo, Date.now())
    if (!receipt) {
      // Not a receipt, or one without an id or state: nothing to wait for, and refusing it would bring it back for ever.
      acknowledge(commandStatus.ESME_ROK)
      this.#log.warn(
        { esmClass: delivery.esmClass, octets: delivery.text.length },
        'a delivery that is no readable receipt',
      )
      return
    }
    metrics.receipts.inc({ carrier: this.profile.id, state: receipt.state })
    this.#o.sink.receipt(receipt, () => acknowledge(commandStatus.ESME_ROK))
  }
}

/** What goes out next: the first part of a new message, the next part of one that has begun, or a refused part once more. */
type Step =
  | { readonly kind: 'new'; readonly chunk: WorkingChunk; readonly session: Session<FlightPart> }
  | (FlightPart & { readonly kind: 'part' })
  | (FlightPart & { readonly kind: 'retry' })
