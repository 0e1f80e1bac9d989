import { weightOf } from './calendar.ts'
import { type Batch, batchesOf } from './feeds.ts'
import { Travel } from './travel.ts'
import type { Sighting } from './trips.ts'

const dayMs = 86_400_000

export interface ReplayedDay {
  readonly batches: readonly Batch[]
  /** When it begins, milliseconds of the epoch. */
  readonly from: number
  readonly subscribers: number
  /** Stays that begin. */
  readonly arrivals: number
}

/** About so many arrivals in the twenty-four hours until an hour ago, disturbed as feeds are: for an engine that goes by the clock on the wall. */
export function lastDay(arrivals: number, seed: number): ReplayedDay {
  return dayOf(Date.now() - 25 * 3_600_000, arrivals, seed)
}

/** @param from when the twenty-four hours begin */
export function dayOf(from: number, arrivals: number, seed: number): ReplayedDay {
  const first = Math.floor(from / dayMs) - 3
  const subscribers = arrivals * 30
  const usual = arrivals / weightOf(Math.floor((from + dayMs / 2) / dayMs))
  const travel = new Travel({ seed, subscribers, arrivals: usual, from: first })
  const days = Array.from({ length: 5 }, () => travel.day())
  const seen = days.flat()
  const sightings = seen.filter(({ at }) => at >= from && at < from + dayMs)
  const busy = new Set(sightings.map(({ person }) => person))
  // Reported three days late: of no use any more.
  const isStale = ({ at, arrival, person, countries: [country] }: Sighting) =>
    arrival && country === 'JP' && at < from - 2 * dayMs && !busy.has(person)
  const stale = [...new Map(seen.filter(isStale).map((one) => [one.person, one])).values()].slice(0, 50)
  const batches: Batch[] = batchesOf([...sightings, ...stale], 1000, seed)
  return { batches, from, subscribers, arrivals: sightings.filter(({ arrival }) => arrival).length }
}
