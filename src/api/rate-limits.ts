import { BoundedMap } from '../lib/bounded-map.ts'

interface Bucket {
  readonly left: number
  /** ms */
  readonly at: number
}

/** So many at once, and then so many a second, for each of those who ask. */
export class RateLimit {
  readonly #burst: number
  readonly #perSecond: number
  readonly #now: () => number
  readonly #buckets = new BoundedMap<string, Bucket>(20_000)

  constructor(burst: number, perSecond: number, now: () => number = () => performance.now()) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#now = now
  }

  /** Takes one; returns false where there is none left. */
  take(who: string): boolean {
    const left = this.#left(who)
    if (left < 1) return false
    this.#buckets.set(who, { left: left - 1, at: this.#now() })
    return true
  }

  /** Seconds until there is one again; 0: there is. */
  waitS(who: string): number {
    return Math.ceil(Math.max(0, 1 - this.#left(who)) / this.#perSecond)
  }

  #left(who: string): number {
    const bucket = this.#buckets.get(who)
    if (bucket === undefined) return this.#burst
    return Math.min(this.#burst, bucket.left + ((this.#now() - bucket.at) / 1000) * this.#perSecond)
  }
}
