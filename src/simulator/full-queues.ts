import { hashOf } from './seeds.ts'

/** Destinations whose queue at the SMSC is full when the first message for them comes, and stays so for a while. */
export class FullQueues {
  readonly #below: number
  readonly #forMs: number
  readonly #seed: number
  /** Until when each is full, on the clock of `performance.now()`. */
  readonly #until = new Map<string, number>()

  /** @param share of all destinations, chosen by a hash of the number and the seed. */
  constructor(share: number, forMs: number, seed: number) {
    this.#below = share * 0x100000000
    this.#forMs = forMs
    this.#seed = seed
  }

  isFull(destination: string, now: number): boolean {
    if (hashOf(destination, this.#seed) >= this.#below) return false
    const until = this.#until.get(destination)
    if (until !== undefined) return now < until
    this.#until.set(destination, now + this.#forMs)
    return true
  }
}
