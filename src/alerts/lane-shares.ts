import { LANES } from './lane.ts'

/** What a lane gets while more urgent ones have work. */
export interface LaneShare {
  /** Of each segment that goes out of it and of more urgent lanes together. */
  readonly share: number
  /** So many segments of more urgent lanes go out before it gets its first. */
  readonly after: number
}

/** Share of an account that entry texts keep. */
export const entryFloor = 0.05
/** Share of each lane that is no entry text, and the least of it: a segment in so many seconds. */
const restShare = 0.01
const restEveryS = 5

/**
 * The shares of an account, by lane (lane.ts): entry texts keep `entryShare` and at least a segment a second however much
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

/** What a lane gets for each segment of more urgent ones: one in 19 is one in 20 of all. */
export const growth = ({ share }: LaneShare): number => share / Math.max(1 - share, share)
