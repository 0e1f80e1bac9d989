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
  #ring: Float64Array
  #head = 0
  /** The newest entries of the ring whose segments wait in a write buffer. */
  #unwritten = 0
  #due: number
  #rate: number
  #throughput: number

  /** The carrier judges arrivals, not departures: 5 ms more than a second absorb the jitter between them, for 0.5 % of the contract. */
  static readonly spanMs = 1005
  static readonly creditMs = 50
  /** Multiplicative decrease on ESME_RTHROTTLED, additive increase by a tenth of the contract a second. */
  static readonly #backOff = 0.7
  static readonly #recoverStep = 0.1
  /** congestion_state from which the SMSC is nearly congested, and at which it is (SMPP 5.0 §4.8.4.18). */
  static readonly #nearlyCongested = 90
  static readonly #congested = 100
  /** Nearly congested costs a twentieth, once a second, and never more than half of the contract: it is no refusal yet. */
  static readonly #ease = 0.95
  static readonly #leastEased = 0.5
  #recoverAt = Number.POSITIVE_INFINITY
  #throttledAt = Number.NEGATIVE_INFINITY
  #easedAt = Number.NEGATIVE_INFINITY

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

  /**
   * Another contract. What is lower counts at once, with all that was sent in the last second; what is higher from a second
   * later on, as if the difference had just been used: whoever held the account before may have had the higher one already. Call when nothing waits to be written.
   */
  resize(throughput: number, now: number): void {
    if (!(throughput >= 1)) throw new RangeError(`throughput must be at least 1 per second, not ${throughput}`)
    const size = Math.floor(throughput)
    const oldestFirst = [...this.#ring.subarray(this.#head), ...this.#ring.subarray(0, this.#head)]
    const ring = new Float64Array(size).fill(now)
    ring.set(oldestFirst.slice(-size))
    this.#ring = ring
    this.#head = 0
    this.#rate = this.#rate === this.#throughput ? size : Math.min(this.#rate, size)
    this.#throughput = size
    if (this.#rate === size) this.#recoverAt = Number.POSITIVE_INFINITY
  }

  /** What the contract allows per second. */
  get throughput(): number {
    return this.#throughput
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

  /**
   * The SMSC says how full it is (congestion_state, SMPP 5.0 §4.8.4.18): 0 idle, 1 to 29 low, 30 to 49 medium, 50 to 79 high, 80 to 89
   * optimum, 90 to 99 nearly congested, 100 congested. Below 90 nothing is to be done: optimum is where it wants to be. From 90
   * on the rate goes down by 5 % a second, but not below half the contract; 100 is as good as ESME_RTHROTTLED.
   */
  congested(state: number, now: number): void {
    if (state < Pacer.#nearlyCongested) return
    if (state >= Pacer.#congested) {
      this.throttled(now)
      return
    }
    // Also where the rate is low already: what the SMSC complains of is not raised.
    this.#recoverAt = now + 1000
    const least = this.#throughput * Pacer.#leastEased
    if (now - this.#easedAt < 1000 || this.#rate <= least) return
    this.#easedAt = now
    this.#rate = Math.max(least, this.#rate * Pacer.#ease)
  }

  /** Gives back a tenth of the contract each second that passes without another complaint. */
  recover(now: number): void {
    if (this.#rate >= this.#throughput || now < this.#recoverAt) return
    this.#rate = Math.min(this.#throughput, this.#rate + this.#throughput * Pacer.#recoverStep)
    this.#recoverAt = this.#rate >= this.#throughput ? Number.POSITIVE_INFINITY : now + 1000
  }
}
