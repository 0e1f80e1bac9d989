/**
 * Spends one account's contract: in no sliding second more than `throughput`, and all of it while work waits.
 *
 * Two limits at once. A ring of the last `throughput` send times makes the ceiling exact: the n-th send before this one must be
 * older than the ring's span. A generic cell rate (GCRA) spreads the sends, with up to 50 ms of credit so that a timer that
 * fires late loses nothing. GCRA alone used 9 % of a contract of 10,000/s without credit, and with 20 ms of credit let
 * 10,070 through; fixed one-second buckets allow double at the boundary.
 *
 * Time is an argument, in milliseconds of a monotonic clock.
 */
export class Pacer {
  readonly #ring: Float64Array
  #head = 0
  /** The newest entries of the ring whose segments wait in a write buffer. */
  #unwritten = 0
  #due: number
  #rate: number
  readonly #throughput: number

  /** The carrier judges arrivals, not departures: 5 ms more than a second absorb the jitter between them, for 0.5 % of the contract. */
  static readonly spanMs = 1005
  static readonly creditMs = 50
  /** Multiplicative decrease on ESME_RTHROTTLED, additive increase by a tenth of the contract a second. */
  static readonly #backOff = 0.7
  static readonly #recoverStep = 0.1
  #recoverAt = Number.POSITIVE_INFINITY
  #throttledAt = Number.NEGATIVE_INFINITY

  /** Starts full: whoever held the account before may have used all of the last second. */
  constructor(throughput: number, now: number) {
    if (!(throughput >= 1)) throw new RangeError(`throughput must be at least 1 per second, not ${throughput}`)
    this.#throughput = Math.floor(throughput)
    this.#rate = this.#throughput
    this.#ring = new Float64Array(this.#throughput).fill(now)
    this.#due = now
  }

  /** As if the whole of the last second's contract had just been used. */
  fill(now: number): void {
    this.#ring.fill(now)
    this.#due = now
  }

  /** What may be sent per second now: the contract, or less after a carrier asked us to slow down. */
  get rate(): number {
    return this.#rate
  }

  /** How long until `segments` may go at once; 0 when they may go now. More than a second's contract never may. */
  waitMs(now: number, segments = 1): number {
    if (segments > this.#ring.length) return Number.POSITIVE_INFINITY
    const oldest = this.#ring[(this.#head + segments - 1) % this.#ring.length] as number
    return Math.max(0, oldest + Pacer.spanMs - now, this.#due - now)
  }

  /** Records segments as sent now. Call only when `waitMs` is 0. */
  take(now: number, segments = 1): void {
    for (let i = 0; i < segments; i++) {
      this.#ring[this.#head] = now
      this.#head = (this.#head + 1) % this.#ring.length
    }
    this.#unwritten = Math.min(this.#unwritten + segments, this.#ring.length)
    this.#due = Math.max(this.#due, now - Pacer.creditMs) + (1000 * segments) / this.#rate
  }

  /**
   * What was taken since the last call is on its socket now. A process that stalls between the two writes late: counted from the
   * take, the second after it would begin too early and hold one segment too many.
   */
  written(now: number): void {
    for (let back = 1; back <= this.#unwritten; back++) {
      this.#ring[(this.#head - back + this.#ring.length) % this.#ring.length] = now
    }
    this.#unwritten = 0
  }

  /** The carrier throttled us: less than three quarters of the rate, at once, for the whole account. */
  throttled(now: number): void {
    // Answers to one burst arrive together: only the first of a quarter second counts.
    if (now - this.#throttledAt < 250) return
    this.#throttledAt = now
    this.#rate = Math.max(1, this.#rate * Pacer.#backOff)
    this.#due = Math.max(this.#due, now + 1000 / this.#rate)
    this.#recoverAt = now + 1000
  }

  /** Gives back a tenth of the contract each second that passes without another complaint. */
  recover(now: number): void {
    if (this.#rate >= this.#throughput || now < this.#recoverAt) return
    this.#rate = Math.min(this.#throughput, this.#rate + this.#throughput * Pacer.#recoverStep)
    this.#recoverAt = this.#rate >= this.#throughput ? Number.POSITIVE_INFINITY : now + 1000
  }
}
