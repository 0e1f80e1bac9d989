import { Problem } from '../lib/problem.ts'

/** Draws values by their shares. */
export class Mix<T> {
  readonly #values: readonly T[]
  /** Running sums of the shares. */
  readonly #upTo: readonly number[]

  /** @param shares each 0 to 1, together at most 1. @throws Problem `bad-share` */
  constructor(shares: ReadonlyMap<T, number>, where: string) {
    let sum = 0
    const upTo: number[] = []
    for (const share of shares.values()) {
      sum += checkShare(share, where)
      upTo.push(sum)
    }
    // Shares such as 0.7 + 0.2 + 0.1 do not add up to 1 exactly.
    if (sum > 1 + 1e-9) throw new Problem('bad-share', `The shares add up to ${sum}, more than 1`, { where })
    this.#values = [...shares.keys()]
    this.#upTo = upTo
  }

  get empty(): boolean {
    return this.#values.length === 0
  }

  /** @param at uniform in [0, 1). @returns `undefined` for what the shares leave over. */
  draw(at: number): T | undefined {
    const i = this.#upTo.findIndex((end) => at < end)
    return i === -1 ? undefined : this.#values[i]
  }
}

/** A share of all cases. @throws Problem `bad-share` */
export function checkShare(share: number, where: string): number {
  if (!(share >= 0 && share <= 1)) {
    throw new Problem('bad-share', `${share} is not a share`, { where, hint: 'Give a number from 0 to 1.' })
  }
  return share
}
