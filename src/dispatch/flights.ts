import type { ErrorPolicy } from '../carriers/error-policy.ts'
import type { Session } from '../smpp/session/session.ts'
import { maxThrottledParts, refusalsPerCarrier, retryDelayMs } from './error-table.ts'
import type { Flight, FlightPart } from './flight.ts'
import { PartRetries } from './part-retries.ts'

/**
 * The attempts of an account that are under way: which of their parts are still to be sent, and what their answers leave open.
 * A flight is settled once, when nothing of it is on the wire, waits to be sent, or is to be tried again.
 */
export class Flights {
  readonly #settled: (flight: Flight) => void
  /** Messages of which parts are still to be sent: before anything new, over the bind that had the first, in order. */
  readonly #begun = new Map<Session<FlightPart>, Flight>()
  readonly #retries = new PartRetries()

  /** @param settled called once for each flight. */
  constructor(settled: (flight: Flight) => void) {
    this.#settled = settled
  }

  /** Long texts that have begun and are not complete. */
  get unfinished(): number {
    return this.#begun.size + this.#retries.size
  }

  /** Whether the next part over this bind has to be of the text that has begun there. */
  hasBegun(session: Session<FlightPart>): boolean {
    return this.#begun.has(session)
  }

  /** Whether a text that has begun on this bind is not complete. */
  isBusy(session: Session<FlightPart>): boolean {
    return this.#begun.has(session) || this.#retries.has(session)
  }

  /** The part that goes out next: the following one of a text that has begun, else a refused one once more. */
  next(now: number): FlightPart | undefined {
    if (this.unfinished === 0) return undefined
    if (this.#retries.size > 0) this.abandonRetries(({ chunk }) => hasExpired(chunk))
    for (const [session, flight] of this.#begun) if (session.free > 0) return { flight, part: flight.sent + 1 }
    return this.#retries.due(now)
  }

  /** The part is being written. */
  sent({ flight, part }: FlightPart): void {
    if (part <= flight.sent) {
      this.#retries.remove({ flight, part })
      return
    }
    flight.sent = part
    flight.open++
    if (part < flight.ids.length) this.#begun.set(flight.session, flight)
    else this.#begun.delete(flight.session)
  }

  /**
   * A part was answered; `late`: after it had been given up, in a flight that is not settled.
   * @param policy of the refusal; undefined where it was accepted.
   */
  answered(context: FlightPart, status: number, policy: ErrorPolicy | undefined, late: boolean, now: number): void {
    const { flight, part } = context
    if (!late && policy && flight.ids.length > 1 && this.#retry(context, policy, status, now)) return
    if (policy) {
      // Nor are those of its parts that were refused for now.
      this.abandonRetries((other) => other === flight)
      flight.refusedWith = status
      // A text with a hole is not a text: its other parts are not worth sending.
      if (this.#begun.get(flight.session) === flight) this.#begun.delete(flight.session)
    }
    if (late) flight.unanswered.splice(flight.unanswered.indexOf(part), 1)
    else flight.open--
    this.#settleIfComplete(flight)
  }

  unanswered({ flight, part }: FlightPart): void {
    flight.unanswered.push(part)
    flight.open--
    this.#settleIfComplete(flight)
  }

  /** Lets go of messages that have begun and cannot be finished. */
  abandon(lost: (flight: Flight) => boolean): void {
    for (const [session, flight] of this.#begun) {
      if (!lost(flight)) continue
      this.#begun.delete(session)
      this.#settleIfComplete(flight)
    }
    this.abandonRetries(lost)
  }

  abandonRetries(lost: (flight: Flight) => boolean): void {
    for (const { flight, status } of this.#retries.takeLost(lost)) {
      flight.refusedWith = status
      flight.open--
      this.#settleIfComplete(flight)
    }
  }

  /** A long text that has begun is not sent again from the start because one part was refused for now. */
  #retry({ flight, part }: FlightPart, policy: ErrorPolicy, status: number, now: number): boolean {
    if (policy === 'permanent' || policy === 'rebind' || flight.session.mode !== 'bound') return false
    if (hasExpired(flight.chunk)) return false
    if (flight.partRetries >= (policy === 'throttle' ? maxThrottledParts : refusalsPerCarrier)) return false
    this.#retries.add({ flight, part, status, dueAt: now + retryDelayMs(policy, ++flight.partRetries) })
    return true
  }

  #settleIfComplete(flight: Flight): void {
    if (flight.settled || flight.open > 0 || this.#begun.get(flight.session) === flight) return
    flight.settled = true
    this.#settled(flight)
  }
}

/** Nothing is sent after the alert's end, not even the rest of a text. */
const hasExpired = ({ broadcast }: Flight['chunk']): boolean =>
  broadcast.expiresAt !== null && broadcast.expiresAt <= Date.now()
