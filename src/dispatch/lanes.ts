import { LANES } from '../alerts/lane.ts'

/** What a lane gets while more urgent ones have work. */
export interface LaneShare {
  /** Of each segment that goes out of it and of more urgent lanes together. */
  readonly share: number
  /** So many segments of more urgent lanes go out before it gets its first. */
  readonly after: number
}

/** Share of each lane that is no entry text, and the least of it: a segment in so many seconds. */
const restShare = 0.01
const restEveryS = 5

/**
 * The shares of an account, by lane (src/alerts/lane.ts): entry texts keep `entryShare` and at least a segment a second however much
 * danger is ahead of them. Each other lane keeps one per cent and at least a segment in five seconds, so that none starves for
 * ever behind a flood of days; but for the first five seconds' worth of the contract it yields everything: danger that comes has
 * all of the account but the floor for entry texts.
 */
export function laneShares(throughput: number, entryShare: number): LaneShare[] {
  return Object.values(LANES).map((lane) =>
    lane === LANES.entry
      ? { share: Math.max(entryShare, 1 / throughput), after: 0 }
      : { share: Math.max(restShare, 1 / (restEveryS * throughput)), after: restEveryS * throughput },
  )
}

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

/** For each segment of the others: one in 19 is one in 20 of all. */
const growth = ({ share }: LaneShare): number => share / Math.max(1 - share, share)
