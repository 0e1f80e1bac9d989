import { growth, type LaneShare } from '../alerts/lane-shares.ts'

/**
 * Chooses the lane of the next segment: the lowest number that has work, except that the lanes behind it get their shares. The
 * credit of a lane grows with each segment of a more urgent one and is spent by its own; nobody saves up more than two.
 */
export class LaneChooser {
  readonly #shares: readonly LaneShare[]
  readonly #credits: number[]

  constructor(shares: readonly LaneShare[]) {
    this.#shares = shares
    this.#credits = shares.map(lowest)
  }

  /** `lanes`: those with work that can go now. */
  choose(lanes: Iterable<number>): number | undefined {
    let best: number | undefined
    let due: number | undefined
    for (const lane of lanes) {
      if (best === undefined || lane < best) best = lane
      if ((this.#credits[lane] as number) >= 1 && (due === undefined || lane < due)) due = lane
    }
    return due ?? best
  }

  sent(lane: number): void {
    this.#credits[lane] = Math.max(lowest(this.#shares[lane] as LaneShare), (this.#credits[lane] as number) - 1)
    for (let behind = lane + 1; behind < this.#shares.length; behind++) {
      const grown = (this.#credits[behind] as number) + growth(this.#shares[behind] as LaneShare)
      this.#credits[behind] = Math.min(grown, 2)
    }
  }
}

/** The credit of a lane that has been served for itself: what it lacks for its first segment behind others. */
const lowest = (lane: LaneShare): number => (lane.after === 0 ? 0 : 1 - growth(lane) * lane.after)
