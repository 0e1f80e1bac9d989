/** The lane of entry texts: the number is part of the order that src/alerts/lane.ts defines. */
export interface LaneShare {
  /** The lane that keeps a floor however much danger is ahead of it. */
  readonly floorLane: number
  /** Its share of the account: 0.05 by default, at least one segment a second. */
  readonly floor: number
}

/**
 * Chooses the lane of the next segment: the lowest number that has work, except that the floor lane gets its share.
 * A credit grows by `floor` with each segment of a more urgent lane and is spent by each segment of the floor lane.
 */
export class LaneChooser {
  readonly #share: LaneShare
  #credit = 0

  constructor(share: LaneShare) {
    this.#share = share
  }

  /** `lanes`: those with work that can go now. */
  choose(lanes: Iterable<number>): number | undefined {
    let best: number | undefined
    let floorWaits = false
    for (const lane of lanes) {
      if (best === undefined || lane < best) best = lane
      if (lane === this.#share.floorLane) floorWaits = true
    }
    if (best !== undefined && floorWaits && best < this.#share.floorLane && this.#credit >= 1)
      return this.#share.floorLane
    return best
  }

  sent(lane: number): void {
    if (lane < this.#share.floorLane) this.#credit = Math.min(this.#credit + this.#share.floor, 2)
    else if (lane === this.#share.floorLane) this.#credit = Math.max(0, this.#credit - 1)
  }
}
