import { setTimeout as delay } from 'node:timers/promises'

/** Keeps requests apart: no more than a number a second, also where several wait. */
export class Spacing {
  readonly #gapMs: number
  #next = 0

  constructor(perSecond: number) {
    this.#gapMs = 1000 / perSecond
  }

  /** Returns when the next request may go out. */
  async turn(): Promise<void> {
    const now = performance.now()
    const at = Math.max(now, this.#next)
    this.#next = at + this.#gapMs
    if (at > now) await delay(at - now)
  }
}
