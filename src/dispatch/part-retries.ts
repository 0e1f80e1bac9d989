import type { Flight, FlightPart } from './flight.ts'

/** A refused part of a long text that waits to be sent again alone. */
export interface PartRetry extends FlightPart {
  /** command_status of the refusal. */
  readonly status: number
  /** By the clock of `performance.now()`. */
  readonly dueAt: number
}

/** The parts of an account's long texts that were refused for now. They hold up nobody: each waits for itself. */
export class PartRetries {
  #waiting: PartRetry[] = []

  get size(): number {
    return this.#waiting.length
  }

  add(retry: PartRetry): void {
    this.#waiting.push(retry)
  }

  /** The first that may go now: its time has come and its bind has room. */
  due(now: number): PartRetry | undefined {
    return this.#waiting.find(({ dueAt, flight }) => dueAt <= now && flight.session.free > 0)
  }

  remove({ flight, part }: FlightPart): void {
    this.#waiting = this.#waiting.filter((retry) => retry.flight !== flight || retry.part !== part)
  }

  /** Whether one waits for this bind. */
  has(session: Flight['session']): boolean {
    return this.#waiting.some(({ flight }) => flight.session === session)
  }

  /** Takes out those of flights that are lost. */
  takeLost(lost: (flight: Flight) => boolean): PartRetry[] {
    const out = this.#waiting.filter(({ flight }) => lost(flight))
    this.#waiting = this.#waiting.filter(({ flight }) => !lost(flight))
    return out
  }
}
