import { laneShares } from '../alerts/lane-shares.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import type { Delivery } from '../smpp/codec/delivery.ts'
import { commandStatus, statusName } from '../smpp/codec/status.ts'
import type { SubmitTemplate } from '../smpp/codec/submit-template.ts'
import { normaliseId } from '../smpp/message-id.ts'
import type { Session } from '../smpp/session/session.ts'
import type { Database } from '../store/database.ts'
import type { HotLine } from '../store/hot-line.ts'
import { Alarms } from './alarms.ts'
import { type BindStatus, Binds } from './binds.ts'
import type { Broadcasts } from './broadcasts.ts'
import { policyOf, retryDelayMs } from './error-table.ts'
import { type Flight, type FlightPart, lateOutcome, outcomeOf, putOff, takeOff } from './flight.ts'
import { Flights } from './flights.ts'
import { Inquiries } from './inquiries.ts'
import { LaneChooser } from './lanes.ts'
import type { DeliverySink, OutcomeSink } from './outcome-sink.ts'
import { Pacer } from './pacer.ts'
import { QueueFull } from './queue-full.ts'
import { readReceipt } from './receipt.ts'
import { RecentCount } from './recent-count.ts'
import { RoundTrip } from './round-trip.ts'
import { Stock } from './stock.ts'
import { WindowWatch } from './window-watch.ts'
import type { WorkingChunk } from './working-chunk.ts'

export interface AccountOptions {
  readonly profile: CarrierProfile
  readonly carrierNo: number
  readonly line: HotLine
  readonly pool: Database['pool']
  readonly broadcasts: Broadcasts
  readonly sink: OutcomeSink
  /** Without it deliveries that are no receipts stay with the SMSC. */
  readonly inbox?: DeliverySink | undefined
  readonly log: Logger
  /** Share of the account that entry texts keep. */
  readonly entryShare: number
  /** Sequence number with which each bind begins; default 1. */
  readonly firstSequence?: number | undefined
}

/** Above this many uncommitted outcomes and receipts nothing is sent: or receipt acknowledgements would take seconds. */
const maxBacklog = 8000
const checkMs = 250

/**
 * One account with a mobile operator: its binds, its contract, its lanes. `#pump` is the one place that decides what goes out
 * next; it runs when there is new work, room in a window, a committed mark, or when the pacer's time has come.
 */
export class Account {
  readonly carrierNo: number
  #profile: CarrierProfile
  #o: AccountOptions
  readonly #log: Logger
  readonly #binds: Binds<FlightPart>
  readonly #pacer: Pacer
  #lanes: LaneChooser
  readonly #stock: Stock
  readonly #sent = new RecentCount()
  readonly #told = new Set<number>()
  readonly #flights = new Flights((flight) => this.#settle(flight))
  readonly #queues = new QueueFull()
  readonly #roundTrip = new RoundTrip()
  readonly #windowWatch: WindowWatch
  readonly #inquiries: Inquiries
  readonly #alarms = new Alarms(() => this.ring())
  readonly #hasNotBegun = (session: Session<FlightPart>): boolean => !this.#flights.hasBegun(session)
  #timer: NodeJS.Timeout | undefined
  readonly #checker: NodeJS.Timeout
  /** Nothing new is sent: the account is not ours, paused, or being stopped. */
  #held = true
  #stopping = false

  constructor(options: AccountOptions) {
    const { profile, carrierNo, entryShare } = options
    this.#profile = profile
    this.carrierNo = carrierNo
    this.#log = options.log.child({ carrier: profile.id })
    this.#o = { ...options, log: this.#log }
    this.#pacer = new Pacer(profile.throughput, performance.now())
    this.#windowWatch = new WindowWatch(this.#log)
    const shares = laneShares(profile.throughput, entryShare)
    this.#lanes = new LaneChooser(shares)
    this.#stock = new Stock({
      ...this.#o,
      shares,
      slice: sliceOf(profile),
      onReady: () => this.#pump(),
    })
    this.#binds = new Binds(profile, this.#log, {
      answered: (context, status, messageId, late) => this.#answered(context, status, messageId, late),
      unanswered: (context) => this.#unanswered(context),
      delivered: (delivery, acknowledge) => this.#delivered(delivery, acknowledge),
      lost: () => {
        this.#flights.abandon((flight) => flight.session.mode !== 'bound')
        this.#pump()
      },
      room: () => this.#pump(),
      congested: (state) => this.#pacer.congested(state, performance.now()),
      busy: (session) => this.#flights.isBusy(session),
      firstSequence: options.firstSequence,
    })
    this.#inquiries = new Inquiries({
      ...this.#o,
      profile: () => this.#profile,
      session: (room) => {
        if (this.#held) return undefined
        return room ? this.#binds.freest(() => true) : this.#binds.any
      },
    })
    this.#checker = setInterval(() => this.#check(), checkMs)
  }

  get profile(): CarrierProfile {
    return this.#profile
  }

  /** Takes over another profile of the same carrier, in the midst of sending; binds are rolled where they are made of what changed. */
  reprofile(profile: CarrierProfile): void {
    this.#profile = profile
    this.#o = { ...this.#o, profile }
    const shares = laneShares(profile.throughput, this.#o.entryShare)
    this.#stock.reprofile(profile, sliceOf(profile), shares)
    if (profile.throughput !== this.#pacer.throughput) {
      this.#pacer.resize(profile.throughput, performance.now())
      this.#lanes = new LaneChooser(shares)
    }
    this.#binds.reprofile(profile)
    this.#pump()
  }

  /** Binds up, of `bindsWanted`. */
  get binds(): number {
    return this.#binds.up
  }

  get bindsWanted(): number {
    return this.#binds.wanted
  }

  /** Why the carrier refused the binds of the profile as it was read again; undefined where it did not. */
  get rollHalted(): string | undefined {
    return this.#binds.haltedBy?.reason
  }

  get bindStatus(): BindStatus[] {
    return this.#binds.status
  }

  /** submit_sm of the last second. */
  get rate(): number {
    return this.#sent.at(performance.now())
  }

  /** What the pacer allows a second. */
  get allowedRate(): number {
    return this.#pacer.rate
  }

  /** Whether binds and windows, not the contract, hold back what is being sent. */
  get windowBound(): boolean {
    return this.#windowWatch.bound && this.rate > 0
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
    this.#flights.abandonRetries(() => true)
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
    await this.#inquiries.stop()
    // A long text that has begun is completed.
    const giveUpAt = performance.now() + this.profile.timers.responseMs
    while (this.#flights.unfinished > 0 && this.binds > 0 && performance.now() < giveUpAt) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await this.#binds.stop()
    clearInterval(this.#checker)
    clearTimeout(this.#timer)
    this.#flights.abandon(() => true)
    this.#alarms.clear()
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
      const { weight } = 'chunk' in step ? step.chunk.nextText : step.flight.text
      const wait = this.#pacer.waitMs(now, weight)
      if (wait > 0) waitMs = wait
      else {
        this.#pacer.take(now, weight)
        this.#send(step)
        sent++
      }
    }
    // A timer of Node may fire a millisecond late; the pacer's credit makes up for it. What is heavier than a lower throughput waits
    // for ever, and Node takes a timer of that for one of a millisecond.
    if (waitMs !== undefined)
      this.#timer = setTimeout(() => this.#pump(), Math.min(checkMs, Math.max(1, Math.floor(waitMs))))
    if (sent === 0) return
    this.#binds.flush()
    this.#pacer.written(performance.now())
    metrics.segmentsSent.inc({ carrier: this.profile.id }, sent)
    this.#sent.add(performance.now(), sent)
    this.#stock.tend()
  }

  /** What goes out next, and over which bind; undefined while nothing can. */
  #next(now: number): Step | undefined {
    const part = this.#flights.next(now)
    if (part || this.#held) return part
    const chunk = this.#nextChunk(now)
    const session = chunk && this.#binds.freest(this.#hasNotBegun)
    const bound = chunk !== undefined && !session && this.#binds.canSend && this.#pacer.waitMs(now) === 0
    this.#windowWatch.note(bound, this.profile, this.#binds.transmitting, this.#roundTrip.meanMs, now)
    return session && { chunk, session }
  }

  /** The chunk that is served next; messages whose destination is full step aside, so that they hold up nobody. */
  #nextChunk(now: number): WorkingChunk | undefined {
    for (let aside = 0; ; aside++) {
      const lane = this.#lanes.choose(this.#stock.lanes(now))
      const chunk = lane === undefined ? undefined : this.#stock.first(lane, now)
      const until = chunk && this.#queues.heldUntil(chunk.nextMessage.msisdn, now)
      if (!chunk || until === undefined) {
        if (aside > 0) this.#stock.tend()
        return chunk
      }
      const notBefore = Date.now() + until - now
      this.#o.sink.outcome(putOff(chunk, this.carrierNo, Date.now(), notBefore))
      this.#alarms.at(notBefore)
    }
  }

  #send(step: Step): void {
    const context = 'chunk' in step ? { flight: this.#takeOff(step.chunk, step.session), part: 1 } : step
    const { flight, part } = context
    if (part > flight.sent) this.#lanes.sent(flight.chunk.lane)
    this.#flights.sent(context)
    this.#roundTrip.sent(context, performance.now())
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
    return takeOff(chunk, session, now)
  }

  #answered(context: FlightPart, status: number, messageId: string, late: boolean): void {
    const { flight, part } = context
    const now = performance.now()
    const accepted = status === commandStatus.ESME_ROK
    const policy = accepted ? undefined : policyOf(status, this.profile.errors)
    if (late) this.#roundTrip.lost(context)
    else this.#roundTrip.answered(context, now)
    this.#queues.answered(now)
    if (accepted) {
      flight.ids[part - 1] = normaliseId(messageId, this.profile.receipts.idInResponse)
      this.#queues.taken(flight.message.msisdn)
    } else metrics.refusals.inc({ carrier: this.profile.id, status: statusName(status) })
    if (policy === 'throttle') this.#pacer.throttled(now)
    if (policy === 'later') this.#queueFull(flight, now)
    // What is on its wire is still answered; then the link binds anew.
    if (policy === 'rebind') flight.session.unbind()
    if (late && flight.settled) {
      this.#o.sink.outcome(lateOutcome(context, this.carrierNo, status))
      return
    }
    this.#flights.answered(context, status, policy, late, now)
  }

  #queueFull({ chunk, message }: Flight, now: number): void {
    const delayMs = retryDelayMs('later', chunk.refused + 1)
    if (this.#queues.full(message.msisdn, delayMs, now)) this.#pacer.throttled(now)
  }

  #unanswered(context: FlightPart): void {
    this.#roundTrip.lost(context)
    this.#flights.unanswered(context)
  }

  #settle(flight: Flight): void {
    const { chunk } = flight
    chunk.open--
    const outcome = outcomeOf(flight, this.carrierNo, Date.now(), this.profile.errors)
    metrics.outcomes.inc(this.profile.id, outcome.verdict)
    this.#o.sink.outcome(outcome)
    if (outcome.again) this.#alarms.at(outcome.again.notBefore)
    if (chunk.finished) this.#stock.tend()
  }

  #delivered(delivery: Delivery, acknowledge: (status: number) => void): void {
    const receipt = readReceipt(delivery, this.profile, this.carrierNo, Date.now())
    if (!receipt) {
      const { id: carrier, text } = this.profile
      const incoming = { carrier, carrierNo: this.carrierNo, alphabet: text.alphabet, delivery }
      if (this.#o.inbox) this.#o.inbox.take(incoming, acknowledge)
      else acknowledge(commandStatus.ESME_RX_T_APPN)
      return
    }
    metrics.receipts.inc(this.profile.id, receipt.state)
    this.#o.sink.receipt(receipt, () => acknowledge(commandStatus.ESME_ROK))
  }
}

/** Messages that one mark lets go: no more than the window, and a quarter second of the contract. */
const sliceOf = ({ window, binds, throughput }: CarrierProfile): number =>
  Math.max(1, Math.min(window * binds, Math.ceil(throughput / 4)))

/** What goes out next: the first part of a new message, or a part of one that has begun. */
type Step = { readonly chunk: WorkingChunk; readonly session: Session<FlightPart> } | FlightPart
