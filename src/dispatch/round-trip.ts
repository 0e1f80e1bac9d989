/**
 * How long a carrier takes to answer, from a sample: one submit_sm at a time is followed, so that nothing is kept for the others.
 * The mean moves by an eighth with each sample, as TCP's does (RFC 6298 §2). Time is an argument, in ms of a monotonic clock.
 */
export class RoundTrip {
  #followed: object | undefined
  #sentAt = 0
  #meanMs: number | undefined

  /** Mean round trip, ms; undefined until the first sample. */
  get meanMs(): number | undefined {
    return this.#meanMs
  }

  sent(submission: object, now: number): void {
    if (this.#followed !== undefined) return
    this.#followed = submission
    this.#sentAt = now
  }

  answered(submission: object, now: number): void {
    if (submission !== this.#followed) return
    this.#followed = undefined
    const tookMs = now - this.#sentAt
    this.#meanMs = this.#meanMs === undefined ? tookMs : this.#meanMs + (tookMs - this.#meanMs) / 8
  }

  /** No answer came, or none that tells how long it took. */
  lost(submission: object): void {
    if (submission === this.#followed) this.#followed = undefined
  }
}
