import { RecentCount } from './recent-count.ts'

const spreadMs = 1000

/**
 * What ESME_RMSGQFUL says of an account. It may mean one destination, whose queue at the SMSC is full, or the whole account:
 *
 * - The destination is held: other messages to it wait as well, or each would be refused on its own. No longer than `holdMs`,
 *   because a lesser text that is refused again and again must not keep an urgent one from being tried.
 * - It has spread, and so means the account, when within a second at least `spreadFrom` different destinations were full and
 *   they are more than `spreadShare` of all answers: below that a few phones that are switched off would slow an account down.
 *
 * Time is an argument, in ms of a monotonic clock.
 */
export class QueueFull {
  static readonly holdMs = 4000
  static readonly spreadFrom = 5
  static readonly spreadShare = 0.1
  readonly #answers = new RecentCount()
  /** Until when a destination is held. */
  readonly #held = new Map<string, number>()
  /** When a destination was last full, the oldest first. */
  readonly #full = new Map<string, number>()

  /** An answer came, whatever it says. */
  answered(now: number): void {
    this.#answers.add(now)
  }

  /**
   * The queue of a destination was full, and its message is tried again after `delayMs`.
   * @returns whether it has spread: the account is to slow down.
   */
  full(msisdn: string, delayMs: number, now: number): boolean {
    forget(this.#held, now)
    forget(this.#full, now - spreadMs)
    const until = Math.max(this.#held.get(msisdn) ?? 0, now + Math.min(delayMs, QueueFull.holdMs))
    // Taken out first, so that the order of the map stays that of time.
    this.#held.delete(msisdn)
    this.#held.set(msisdn, until)
    this.#full.delete(msisdn)
    this.#full.set(msisdn, now)
    const destinations = this.#full.size
    return destinations >= QueueFull.spreadFrom && destinations > QueueFull.spreadShare * this.#answers.at(now)
  }

  /** The destination took a message: nothing else to it has to wait. */
  taken(msisdn: string): void {
    if (this.#held.size > 0) this.#held.delete(msisdn)
  }

  /** Until when nothing is sent to this destination; undefined where it may go now. */
  heldUntil(msisdn: string, now: number): number | undefined {
    if (this.#held.size === 0) return undefined
    const until = this.#held.get(msisdn)
    return until !== undefined && until > now ? until : undefined
  }
}

/** Drops entries from before `now`, as far as they come first. */
function forget(times: Map<string, number>, now: number): void {
  for (const [key, time] of times) {
    if (time > now) return
    times.delete(key)
  }
}
