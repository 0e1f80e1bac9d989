import type { Prng } from '../lib/prng.ts'
import { brokenStream } from './damage.ts'
import type { Faults } from './faults.ts'

/** A bind as its troubles see it. */
export interface Troubled {
  /** @param reset by a TCP reset, else in the good order of TCP. */
  drop(reset: boolean): void
  stall(ms: number): void
  askToUnbind(): void
  /** @param octets that are the beginning of no PDU. */
  breakStream(octets: Buffer): void
}

/** Brings one bind into trouble at random times: Poisson, as independent events are. */
export class Trouble {
  readonly #random: Prng
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(faults: Faults, random: Prng, bind: Troubled) {
    this.#random = random
    this.#every(faults.dropEveryMs, () => bind.drop(random.next() < 0.5))
    this.#every(faults.stallEveryMs, () => bind.stall(faults.stallForMs))
    this.#every(faults.unbindEveryMs, () => bind.askToUnbind())
    this.#every(faults.brokenEveryMs, () => bind.breakStream(brokenStream(random)))
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #every(meanMs: number | undefined, happen: () => void): void {
    if (meanMs === undefined) return
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        this.#every(meanMs, happen)
        happen()
      },
      -Math.log(1 - this.#random.next()) * meanMs,
    )
    this.#timers.add(timer)
  }
}
