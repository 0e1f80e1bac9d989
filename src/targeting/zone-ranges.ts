import type { Uncertain } from '../alerts/rules.ts'
import { boxOfQuad, type CellRange, cover } from '../geo/cells.ts'
import { reachM } from '../geo/ellipsoid.ts'
import type { Box, Region, Side } from '../geo/region.ts'
import { type PeopleRange, wholeCells } from '../store/audience/people-ranges.ts'
import { maxUncertaintyM } from './concern.ts'

/** Cells that cover the surroundings, where somebody may be inside though his place is not. */
const cellsAround = 1000

/** A bound on a distance is kept this much on the safe side, in metres. */
const hair = 0.001

/** Where the residents of a zone live; all places are exact. About `maxCells` cells: more cost scans, fewer cost looks at the border. */
export function residentRanges(zone: Region, maxCells: number): PeopleRange[] {
  return cover(zone, maxCells).map(({ from, to, inside }) => ({
    ...wholeCells(from, to),
    inside,
    over: inside ? Infinity : -1,
  }))
}

/**
 * Where the roamers of a zone are, or may be.
 *
 * @param toldApart who is surely inside is told apart from who may not be, also where both count; and who may be inside is found,
 * also where he does not count.
 */
export function roamerRanges(zone: Region, maxCells: number, uncertain: Uncertain, toldApart: boolean): PeopleRange[] {
  const margins = toldApart || uncertain === 'exclude'
  const covered = cover(zone, { maxCells, marginUpToM: margins ? maxUncertaintyM : 0 })
  const ranges = covered.map(({ from, to, inside, marginM }) => ({
    ...wholeCells(from, to),
    inside,
    over: !inside ? -1 : margins ? Math.max(0, marginM - hair) : Infinity,
  }))
  // Where the rule does not have them they are looked at only to be counted apart.
  if (uncertain !== 'include' && !toldApart) return ranges
  return [...ranges, ...around(zone, covered)].sort((a, b) => a.from - b.from)
}

/** The surroundings of a zone, by how far they are: who is there is in only if he is as uncertain as that. */
function around(zone: Region, covered: readonly CellRange[]): PeopleRange[] {
  const surroundings = cover(
    { ...nothing, classify: (west, south, east, north) => sideOf(zone, { west, south, east, north }) },
    cellsAround,
  )
  const ranges: PeopleRange[] = []
  for (const { from, to } of without(surroundings, covered)) {
    for (const quad of quads(from, to)) {
      const box = boxOfQuad(quad.from, quad.to)
      const reach = reachM(box)
      const distance = zone.borderDistanceM(...middle(box), maxUncertaintyM + reach)
      if (distance === undefined) continue
      ranges.push({ ...wholeCells(quad.from, quad.to), inside: false, over: Math.max(0, distance - reach - hair) })
    }
  }
  return ranges
}

const nothing = {
  bboxes: [],
  areaKm2: 0,
  contains: () => false,
  interior: () => false,
  borderDistanceM: () => undefined,
}

function sideOf(zone: Region, box: Box): Side {
  const side = zone.classify(box.west, box.south, box.east, box.north)
  if (side === 'inside') return 'outside'
  if (side === 'border') return 'border'
  return zone.borderDistanceM(...middle(box), maxUncertaintyM + reachM(box)) === undefined ? 'outside' : 'border'
}

const middle = ({ west, south, east, north }: Box): [number, number] => [(west + east) / 2, (south + north) / 2]

/** What of the first ranges is in none of the second; both ascend and lie apart. */
function without(ranges: readonly CellRange[], taken: readonly CellRange[]): { from: number; to: number }[] {
  const left: { from: number; to: number }[] = []
  let next = 0
  for (const { from, to } of ranges) {
    let at = from
    while (next < taken.length && (taken[next] as CellRange).to < at) next++
    for (let i = next; i < taken.length && (taken[i] as CellRange).from <= to; i++) {
      const other = taken[i] as CellRange
      if (other.from > at) left.push({ from: at, to: other.from - 1 })
      at = other.to + 1
    }
    if (at <= to) left.push({ from: at, to })
  }
  return left
}

/** A run of cells as the largest quads that make it up. */
function* quads(from: number, to: number): Generator<{ from: number; to: number }> {
  for (let at = from; at <= to; ) {
    let size = 1
    while (at % (size * 4) === 0 && at + size * 4 - 1 <= to) size *= 4
    yield { from: at, to: at + size - 1 }
    at += size
  }
}
