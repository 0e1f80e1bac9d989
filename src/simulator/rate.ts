const windowMs = 1000

/** A throughput contract: at most `perSecond` in any sliding second, exactly. */
export class SlidingLimit {
  readonly #times: Float64Array
  #oldest = 0

  constructor(perSecond: number) {
    this.#times = new Float64Array(perSecond).fill(Number.NEGATIVE_INFINITY)
  }

  /** Whether one more may pass at `now` (milliseconds, never going back); if so it is counted. */
  take(now: number): boolean {
    if (now - (this.#times[this.#oldest] as number) < windowMs) return false
    this.#times[this.#oldest] = now
    this.#oldest = (this.#oldest + 1) % this.#times.length
    return true
  }
}

/** The highest number of events in any sliding second, exactly: a ring of the times of the last second. */
export class BusiestSecond {
  #times = new Float64Array(1024)
  #first = 0
  #count = 0
  #highest = 0

  get highest(): number {
    return this.#highest
  }

  /** Events in the second that ended with the latest. */
  get latest(): number {
    return this.#count
  }

  note(now: number): void {
    while (this.#count > 0 && now - (this.#times[this.#first] as number) >= windowMs) {
      this.#first = (this.#first + 1) % this.#times.length
      this.#count--
    }
    if (this.#count === this.#times.length) this.#grow()
    this.#times[(this.#first + this.#count) % this.#times.length] = now
    this.#count++
    if (this.#count > this.#highest) this.#highest = this.#count
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2)
    for (let i = 0; i < this.#count; i++) {
      times[i] = this.#times[(this.#first + i) % this.#times.length] as number
    }
    this.#times = times
    this.#first = 0
  }
}
