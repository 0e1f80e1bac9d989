import type { CarrierProfile } from '../carriers/schema.ts'
import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'

/** Bound without a break for so long, it is said; and not again within a minute. */
const saidAfterMs = 1000
const saidEveryMs = 60_000
/** Room for less than this is no break: between an answer and the next send, or while the write-ahead is on its way to the disk. */
const breakMs = 80

/**
 * Notes when the windows of an account, not its contract, hold it back: throughput = binds x window / round-trip time. Then
 * either the carrier has to answer faster or grant more, or the contract cannot be used.
 */
export class WindowWatch {
  readonly #log: Logger
  #bound: boolean | undefined
  #since: number | undefined
  /** Since when there is room. */
  #roomSince: number | undefined

  constructor(log: Logger) {
    this.#log = log
  }

  get bound(): boolean {
    return this.#bound === true
  }

  /**
   * @param bound something waits, the pacer allows it, and no window has room.
   * @param binds those that may submit.
   * @param now ms of a monotonic clock.
   */
  note(
    bound: boolean,
    { id, window, throughput }: Pick<CarrierProfile, 'id' | 'window' | 'throughput'>,
    binds: number,
    roundTripMs: number | undefined,
    now: number,
  ): void {
    if (!bound) {
      this.#roomSince ??= now
      if (this.#bound && now - this.#roomSince < breakMs) return
    } else {
      if (this.#roomSince !== undefined && now - this.#roomSince >= breakMs) this.#since = undefined
      this.#roomSince = undefined
    }
    // With each segment: the gauge is told of changes only.
    if (bound !== this.#bound) metrics.windowBound.set({ carrier: id }, bound ? 1 : 0)
    this.#bound = bound
    if (!bound) this.#since = undefined
    else if (this.#since === undefined) this.#since = now
    else if (now - this.#since > saidAfterMs) {
      this.#since = now + saidEveryMs
      const measured = roundTripMs !== undefined && {
        roundTripMs: Math.round(roundTripMs),
        possible: possibleRate(binds, window, roundTripMs),
      }
      this.#log.warn(
        { binds, window, ...measured, throughput },
        'the window, not the contract, limits this carrier: binds x window / round trip a second are possible',
      )
    }
  }
}

/** What binds and windows let through a second. */
export function possibleRate(binds: number, window: number, roundTripMs: number): number {
  return Math.round((binds * window * 1000) / Math.max(roundTripMs, 1))
}
