/**
 * Counts the deliveries of a session that are to be acknowledged before it ends. They are acknowledged in their order, but for texts
 * from phones: counting is as good as keeping their numbers.
 */
export class Owed {
  #delivered = 0
  #acknowledged = 0
  /** Of those delivered, how many count. */
  #upTo = Number.POSITIVE_INFINITY

  get unacknowledged(): number {
    return Math.max(0, Math.min(this.#upTo, this.#delivered) - this.#acknowledged)
  }

  delivered(): void {
    this.#delivered++
  }

  acknowledged(): void {
    this.#acknowledged++
  }

  /** The end is wanted now: an SMSC that goes on delivering must not put it off for ever. */
  noMore(): void {
    this.#upTo = Math.min(this.#upTo, this.#delivered)
  }
}
