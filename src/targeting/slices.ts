import type { Choice } from '../store/audience/choice.ts'
import type { Taken } from '../store/audience/insert-slice.ts'
import { beyondAll, type PeopleRange } from '../store/audience/people-ranges.ts'
import { countRanges, lastInCountry, lastOfRange } from '../store/audience/slices.ts'
import type { Client } from '../store/database.ts'

/** A part of a source that is worked on at once. */
export interface SourceSlice {
  readonly taken: Taken
  /** About how many people there are in it, as counted a moment ago. */
  readonly people: number
  /** Where to go on after it; undefined after the last. */
  readonly after: PlacedAfter | number | undefined
}

/** The last whom a slice of the placed can hold. */
export interface PlacedAfter {
  readonly cell: number
  readonly msisdn: number
}

/** The first is small, so that the first messages leave soon; the others are large enough to be worth a transaction. */
const firstSize = 1000
const size = 10_000

/** Ranges that are counted in one question. */
const mostRanges = 256

/** Cuts the ranges into slices of about `size` people, in their order, after the given place. */
export async function* placedSlices(
  db: Client,
  choice: Choice,
  ranges: readonly PeopleRange[],
  after: PlacedAfter | undefined,
): AsyncGenerator<SourceSlice> {
  const left = after ? beyond(ranges, after) : [...ranges]
  let most = after ? size : firstSize
  let slice: PeopleRange[] = []
  let people = 0
  const close = (more: boolean): SourceSlice => {
    const { to, toMsisdn } = slice.at(-1) as PeopleRange
    const closed = {
      taken: { kind: 'placed' as const, ranges: slice },
      people,
      after: more ? { cell: to, msisdn: toMsisdn } : undefined,
    }
    slice = []
    people = 0
    most = size
    return closed
  }
  for (let next = 0; next < left.length; ) {
    const some = left.slice(next, next + mostRanges)
    const counts = await countRanges(db, choice, some)
    const isLastQuestion = next + some.length === left.length
    let ahead = counts.reduce((sum, n) => sum + n, 0)
    for (const [i, range] of some.entries()) {
      let rest = range
      let n = counts[i] as number
      ahead -= n
      while (people + n > most * 1.5) {
        const last = await lastOfRange(db, choice, rest, Math.max(1, most - people))
        // People move: there may be fewer now.
        if (!last) break
        slice.push({ ...rest, to: last.cell, toMsisdn: last.msisdn })
        n -= Math.max(1, most - people)
        people = most
        rest = { ...rest, from: last.cell, fromMsisdn: last.msisdn + 1 }
        yield close(true)
      }
      slice.push(rest)
      people += n
      // A handful at the end is not worth a transaction of its own.
      const worthAnother = !isLastQuestion || ahead > most / 2
      if (people >= most && worthAnother && next + i + 1 < left.length) yield close(true)
    }
    next += some.length
  }
  if (slice.length > 0) yield close(false)
}

/** Cuts the people of a country into slices by their MSISDNs, after the given one. */
export async function* countrySlices(
  db: Client,
  choice: Choice,
  country: string,
  which: 'all' | 'unplaced',
  after: number | undefined,
): AsyncGenerator<SourceSlice> {
  let from = (after ?? -1) + 1
  let most = after === undefined ? firstSize : size
  for (;;) {
    const last = await lastInCountry(db, choice, country, which, from, most)
    yield { taken: { kind: 'country', country, which, from, to: last ?? beyondAll }, people: most, after: last }
    if (last === undefined) return
    from = last + 1
    most = size
  }
}

/** What of the ranges comes after a place: the range that holds it is cut. */
function beyond(ranges: readonly PeopleRange[], { cell, msisdn }: PlacedAfter): PeopleRange[] {
  const left: PeopleRange[] = []
  for (const range of ranges) {
    if (range.to < cell || (range.to === cell && range.toMsisdn <= msisdn)) continue
    const isWithin = range.from < cell || (range.from === cell && range.fromMsisdn <= msisdn)
    left.push(isWithin ? { ...range, from: cell, fromMsisdn: msisdn + 1 } : range)
  }
  return left
}
