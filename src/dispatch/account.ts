import type { CarrierProfile } from '../carriers/schema.ts'
import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import type { Delivery } from '../smpp/codec/delivery.ts'
import { commandStatus, statusName } from '../smpp/codec/status.ts'
import type { SubmitTemplate } from '../smpp/codec/submit-template.ts'
import { normaliseId } from '../smpp/message-id.ts'
import { Link } from '../smpp/session/link.ts'
import { describeEnd, type Session, type SessionEnd } from '../smpp/session/session.ts'
import type { HotLine } from '../store/hot-line.ts'
import type { Broadcasts } from './broadcasts.ts'
import type { CarrierText } from './carrier-text.ts'
import { policyOf } from './error-table.ts'
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
const maxPartRetries = 20
const idleCheckMs = 250

/**
 * One account with a mobile operator: its binds, its contract, its lanes. `#pump` is the one place that decides what goes out
 * next; it runs when there is new work, room in a window, a committed mark, or when the pacer's time has come.
 */
export class Account {
  readonly profile: CarrierProfile
  readonly carrierNo: number
  readonly #o: AccountOptions
  readonly #pacer: Pacer
  readonly #lanes: LaneChooser
  readonly #stock: Stock
  readonly #links: Link<FlightPart>[]
  readonly #log: Logger
  readonly #told = new Set<number>()
  /** Parts to be sent on before anything new: of a message that has begun, all go over one bind, in order. */
  #current: { flight: Flight; session: Session<FlightPart> } | undefined
  #partRetries: (FlightPart & { readonly session: Session<FlightPart> })[] = []
  readonly #retriesOf = new WeakMap<Flight, number>()
  readonly #sessionOf = new WeakMap<Flight, Session<FlightPart>>()
  #timer: NodeJS.Timeout | undefined
  readonly #checker: NodeJS.Timeout
  /** Nothing is sent: the account is not ours, paused, or being stopped. */
  #held = true
  #stopping = false
  #downSince: number | undefined = performance.now()
  #windowBoundSince: number | undefined

  constructor(options: AccountOptions) {
    const { profile, floor } = options
    this.#o = options
    this.profile = profile
    this.carrierNo = options.carrierNo
    this.#log = options.log.child({ carrier: profile.id })
    this.#pacer = new Pacer(profile.throughput, performance.now())
    this.#lanes = new LaneChooser({ floorLane: floor.lane, floor: Math.max(floor.share, 1 / profile.throughput) })
    this.#stock = new Stock({
      ...options,
      floorLane: floor.lane,
      slice: Math.max(1, Math.min(profile.window * profile.binds, Math.ceil(profile.throughput / 4))),
      onReady: () => this.#pump(),
      onDone: (chunk) => options.sink.chunkDone(chunk),
    })
    this.#links = linksOf(profile).map((link) => this.#makeLink(link.kind, link.startAt))
    this.#checker = setInterval(() => this.#check(), idleCheckMs)
  }

  /** Binds up, of those configured. */
  get binds(): number {
    return this.#links.filter((link) => link.session).length
  }

  get bindsWanted(): number {
    return this.#links.length
  }

  /** How long the account has had no bind, ms; 0 while it has one. */
  get downMs(): number {
    return this.#downSince === undefined ? 0 : performance.now() - this.#downSince
  }

  /** Ids of the chunks in hand. */
  holds(chunkId: number): boolean {
    return this.#stock.holds(chunkId)
  }

  start(): void {
    for (const link of this.#links) link.start()
  }

  /** The account is ours from now on: whoever held it before may have used up the last second of its contract. */
  takeOver(): void {
    this.#pacer.fill(performance.now())
  }

  /** Begins to send, or goes on: the account is ours and not paused. */
  resume(): void {
    if (!this.#held) return
    this.#held = false
    this.ring()
  }

  hold(): void {
    this.#held = true
  }

  /** There may be work. */
  ring(): void {
    if (this.#held) return
    void this.#stock.refill().then(() => this.#pump())
  }

  /** Sends nothing more, waits for the answers under way, unbinds, and gives back what did not go out. */
  async stop(): Promise<void> {
    this.#held = true
    this.#stopping = true
    // A long text that has begun is completed.
    const giveUpAt = performance.now() + this.profile.timers.responseMs
    while ((this.#current || this.#partRetries.length > 0) && this.binds > 0 && performance.now() < giveUpAt) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await Promise.all(this.#links.map((link) => link.stop()))
    clearInterval(this.#checker)
    clearTimeout(this.#timer)
    this.#abandonUnfinished()
    await this.#o.sink.settled()
    await this.#stock.release()
  }

  #makeLink(kind: 'transceiver' | 'transmitter' | 'receiver', startAt: number): Link<FlightPart> {
    const { profile } = this
    const { systemId, password, systemType, window, timers, links } = profile
    return new Link<FlightPart>(
      {
        kind,
        systemId,
        password,
        systemType,
        window,
        timers,
        addresses: links,
        startAt,
        reconnectMs: timers.reconnectMs,
      },
      {
        bound: () => this.#bound(),
        answered: (context, status, messageId, late) => this.#answered(context, status, messageId, late),
        unanswered: (context) => this.#unanswered(context),
        delivered: (delivery, session) => this.#delivered(delivery, session),
        room: () => this.#pump(),
        closed: (end, unanswered, retryInMs) => this.#closed(end, unanswered, retryInMs),
      },
    )
  }

  #bound(): void {
    this.#downSince = undefined
    metrics.binds.set({ carrier: this.profile.id }, this.binds)
    this.#log.info({ binds: this.binds }, 'bound')
    this.#pump()
  }

  #closed(end: SessionEnd, unanswered: FlightPart[], retryInMs: number | undefined): void {
    if (this.binds === 0) this.#downSince ??= performance.now()
    metrics.binds.set({ carrier: this.profile.id }, this.binds)
    const detail = {
      reason: describeEnd(end),
      unanswered: unanswered.length,
      retryInMs: retryInMs && Math.round(retryInMs),
    }
    if (retryInMs === undefined && end.kind === 'refused') {
      this.#log.error(
        detail,
        'the carrier refuses our credentials: correct systemId and password of the profile, then restart',
      )
    } else if (this.#stopping) this.#log.info(detail, 'unbound')
    else this.#log.warn(detail, 'a bind is gone')
    for (const part of unanswered) this.#unanswered(part)
    this.#abandonUnfinished()
    this.#pump()
  }

  #check(): void {
    this.#pacer.recover(performance.now())
    metrics.rate.set({ carrier: this.profile.id }, this.#pacer.rate)
    if (!this.#held) this.#stock.tend()
    this.#pump()
  }

  #pump(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { sink } = this.#o
    const { id } = this.profile
    let sent = 0
    let waitMs: number | undefined
    while (waitMs === undefined) {
      if (sink.backlog >= maxBacklog) {
        waitMs = 2
        break
      }
      const step = this.#next()
      if (!step) break
      const now = performance.now()
      const wait = this.#pacer.waitMs(now, step.text.weight)
      if (wait > 0) waitMs = wait
      else {
        this.#pacer.take(now, step.text.weight)
        this.#send(step)
        sent++
      }
    }
    // A timer of Node may fire a millisecond late; the pacer's credit makes up for it.
    if (waitMs !== undefined) this.#timer = setTimeout(() => this.#pump(), Math.max(1, Math.floor(waitMs)))
    if (sent === 0) return
    metrics.segmentsSent.inc({ carrier: id }, sent)
    this.#stock.tend()
  }

  /** What goes out next, and over which bind; undefined while nothing can. */
  #next(): Step | undefined {
    if (this.#current) {
      const { flight, session } = this.#current
      return session.free > 0 ? { kind: 'part', flight, part: flight.sent + 1, session, text: flight.text } : undefined
    }
    const retry = this.#partRetries[0]
    if (retry) return retry.session.free > 0 ? { ...retry, kind: 'retry', text: retry.flight.text } : undefined
    if (this.#held) return undefined
    const lane = this.#lanes.choose(this.#stock.lanes())
    const chunk = lane === undefined ? undefined : this.#stock.first(lane)
    if (!chunk) return undefined
    const session = this.#freest()
    this.#noteWindow(session === undefined)
    return session && { kind: 'new', chunk, session, text: chunk.nextText }
  }

  #send(step: Step): void {
    const { session } = step
    if (step.kind === 'retry') {
      this.#partRetries.shift()
      session.submit(step.flight.text.templates[step.part - 1] as SubmitTemplate, step.flight.message.msisdn, step)
      return
    }
    const flight = step.kind === 'part' ? step.flight : this.#takeOff(step.chunk)
    const part = ++flight.sent
    flight.open++
    const parts = flight.ids.length
    this.#current = part < parts ? { flight, session } : undefined
    if (parts > 1) this.#sessionOf.set(flight, session)
    session.submit(flight.text.templates[part - 1] as SubmitTemplate, flight.message.msisdn, { flight, part })
    this.#lanes.sent(flight.chunk.lane)
  }

  #takeOff(chunk: WorkingChunk): Flight {
    const text = chunk.nextText
    const now = Date.now()
    if (!this.#told.has(chunk.broadcast.id)) {
      this.#told.add(chunk.broadcast.id)
      this.#o.sink.firstSubmit(chunk.broadcast.id, now)
    }
    chunk.open++
    return takeOff(chunk, chunk.take(), text, now)
  }

  #freest(): Session<FlightPart> | undefined {
    let best: Session<FlightPart> | undefined
    let most = 0
    for (const { session } of this.#links) {
      if (session && session.free > most) {
        best = session
        most = session.free
      }
    }
    return best
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
    if (accepted) flight.ids[part - 1] = normaliseId(messageId, this.profile.receipts.idInResponse)
    else metrics.refusals.inc({ carrier: this.profile.id, status: statusName(status) })
    const policy = accepted ? undefined : policyOf(status)
    if (policy === 'throttle') this.#pacer.throttled(performance.now())
    const givenUp = flight.unanswered.indexOf(part)
    if (late && !flight.settled && givenUp >= 0 && accepted) flight.unanswered.splice(givenUp, 1)
    else if (late) this.#o.sink.outcome(lateOutcome(context, this.carrierNo, accepted))
    if (late) return
    // A long text that has begun is not sent again from the start because one part came too fast.
    if ((policy === 'throttle' || policy === 'later') && flight.ids.length > 1 && this.#retryPart(context)) return
    if (!accepted) flight.refusedWith = status
    flight.open--
    this.#settleIfComplete(flight)
  }

  #retryPart({ flight, part }: FlightPart): boolean {
    const session = this.#sessionOf.get(flight)
    const tries = this.#retriesOf.get(flight) ?? 0
    if (session?.mode !== 'bound' || tries >= maxPartRetries) return false
    this.#retriesOf.set(flight, tries + 1)
    this.#partRetries.push({ flight, part, session })
    return true
  }

  #unanswered({ flight, part }: FlightPart): void {
    flight.unanswered.push(part)
    flight.open--
    this.#settleIfComplete(flight)
  }

  /** Lets go of what cannot be finished because its bind is gone. */
  #abandonUnfinished(): void {
    const current = this.#current
    if (current && current.session.mode !== 'bound') {
      this.#current = undefined
      this.#settleIfComplete(current.flight)
    }
    const lost = this.#partRetries.filter(({ session }) => session.mode !== 'bound')
    this.#partRetries = this.#partRetries.filter(({ session }) => session.mode === 'bound')
    for (const { flight } of lost) {
      flight.refusedWith = commandStatus.ESME_RTHROTTLED
      flight.open--
      this.#settleIfComplete(flight)
    }
  }

  #settleIfComplete(flight: Flight): void {
    if (flight.settled || flight.open > 0 || this.#current?.flight === flight) return
    flight.settled = true
    flight.chunk.open--
    const outcome = outcomeOf(flight, this.carrierNo, Date.now())
    metrics.outcomes.inc({ carrier: this.profile.id, verdict: outcome.verdict })
    this.#o.sink.outcome(outcome)
    if (outcome.again) setTimeout(() => this.ring(), Math.max(0, outcome.again.notBefore - Date.now()) + 50).unref()
    if (flight.chunk.finished) this.#stock.tend()
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

interface StepBase {
  readonly session: Session<FlightPart>
  readonly text: CarrierText
}

/** What goes out next: the first part of a new message, the next part of the current one, or a refused part once more. */
type Step =
  | (StepBase & { readonly kind: 'new'; readonly chunk: WorkingChunk })
  | (StepBase & FlightPart & { readonly kind: 'part' })
  | (StepBase & FlightPart & { readonly kind: 'retry' })

/** The links that make `binds` binds: one each for transceivers, else a transmitter and a receiver; spread over the addresses. */
function linksOf({
  bind,
  binds,
}: CarrierProfile): { kind: 'transceiver' | 'transmitter' | 'receiver'; startAt: number }[] {
  const kinds = bind === 'transceiver' ? (['transceiver'] as const) : (['transmitter', 'receiver'] as const)
  return Array.from({ length: binds }, (_, startAt) => kinds.map((kind) => ({ kind, startAt }))).flat()
}
