import { reachM } from './ellipsoid.ts'
import type { Box, Region } from './region.ts'

/**
 * Cells: a place as one integer, near places mostly near in number (Morton or Z-order, 26 bits an axis over the plain
 * lon/lat plane). 52 bits fit a JavaScript safe integer and a Postgres bigint, and both order them alike. A cell is
 * 5.4e-6 degrees of longitude wide and half as high: 0.6 m at the equator. Cells and polygon edges live in the same plane, so
 * a cover by cells is conservative by construction.
 */
const levels = 26
const perAxis = 2 ** levels
/** What the upper 13 bits of both axes count in. */
const half = 2 ** 26

/** Inclusive range of cells; `inside`: every place in it belongs to the region, else each has to be tested. */
export interface CellRange {
  from: number
  to: number
  inside: boolean
  /**
   * Nobody in an `inside` range is nearer to the border than this, in metres; 0 where it is not known or was not asked for. Rounded
   * down to 1, 2 or 5 times a power of ten.
   */
  marginM: number
}

export interface CoverOptions {
  /** About so many cells, 1,000 where it is left out; as many again where margins are asked for. */
  maxCells?: number
  /** Margins up to this are worth knowing, in metres: cells deep inside are divided until most of it is. 0: not at all. */
  marginUpToM?: number
}

/** The cell of a place; lon -180..180, lat -90..90, beyond is clamped. */
export function cellOf(lon: number, lat: number): number {
  return interleave(axis((lon + 180) / 360), axis((lat + 90) / 180))
}

/** The box of a cell at full depth: its centre is a place that the cell stands for. */
export function boxOfCell(cell: number): Box {
  const high = Math.floor(cell / half)
  const low = cell % half
  const x = gather(high) * 8192 + gather(low)
  const y = gather(high >>> 1) * 8192 + gather(low >>> 1)
  return quadBox({ level: levels, x, y })
}

/** The box of a quad of cells by its first and last, a hair wider: no place whose cell is in it lies outside the box. */
export function boxOfQuad(from: number, to: number): Box {
  const { west, south } = boxOfCell(from)
  const { east, north } = boxOfCell(to)
  return padded({ west, south, east, north })
}

/**
 * Covers a region with about `maxCells` quadtree cells, as merged ranges in ascending order. Every place of the region is in
 * a range; every place of an `inside` range is in the region. The largest cells on the border are split first. About 1,000
 * cells suit a city or a province, 4,000 a country.
 */
export function cover(region: Region, options: number | CoverOptions = {}): CellRange[] {
  const { maxCells = 1000, marginUpToM = 0 } = typeof options === 'number' ? { maxCells: options } : options
  const border: Quad[] = [{ level: 0, x: 0, y: 0 }]
  const within: Quad[] = []
  const ranges: CellRange[] = []
  let next = 0
  // Breadth first takes the largest first; a split adds at most three cells.
  while (next < border.length && within.length + ranges.length + (border.length - next) + 3 <= Math.max(4, maxCells)) {
    const quad = border[next++] as Quad
    if (quad.level === levels) {
      ranges.push(rangeOf(quad, false, 0))
      continue
    }
    for (const child of children(quad)) {
      const { west, south, east, north } = padded(quadBox(child))
      const side = region.classify(west, south, east, north)
      if (side === 'inside') within.push(child)
      else if (side === 'border') border.push(child)
    }
  }
  for (const quad of border.slice(next)) ranges.push(rangeOf(quad, false, 0))
  if (marginUpToM > 0) ranges.push(...margins(region, within, marginUpToM, maxCells))
  else for (const quad of within) ranges.push(rangeOf(quad, true, 0))
  return merge(ranges)
}

/** Ranges of the quads inside, with their margins; the largest are divided first, for a large one reaches close to the border. */
function margins(region: Region, within: readonly Quad[], upToM: number, maxMore: number): CellRange[] {
  const ranges: CellRange[] = []
  const open = [...within].sort((a, b) => a.level - b.level)
  let more = 0
  for (let next = 0; next < open.length; next++) {
    const quad = open[next] as Quad
    const box = padded(quadBox(quad))
    const reach = reachM(box)
    const distance = region.borderDistanceM((box.west + box.east) / 2, (box.south + box.north) / 2, upToM + reach)
    const margin = roundMargin(distance === undefined ? upToM : Math.min(upToM, distance - reach), upToM)
    if (margin < upToM && reach > upToM / 4 && quad.level < levels && more + 3 <= maxMore) {
      more += 3
      open.push(...children(quad))
    } else ranges.push(rangeOf(quad, true, margin))
  }
  return ranges
}

/** Few different ones, so that neighbours can be merged. */
function roundMargin(metres: number, upToM: number): number {
  if (metres >= upToM) return upToM
  if (metres < 1) return 0
  const ten = 10 ** Math.floor(Math.log10(metres))
  return metres >= 5 * ten ? 5 * ten : metres >= 2 * ten ? 2 * ten : Math.min(ten, metres)
}

interface Quad {
  level: number
  x: number
  y: number
}

function children({ level, x, y }: Quad): Quad[] {
  return [0, 1, 2, 3].map((i) => ({ level: level + 1, x: x * 2 + (i & 1), y: y * 2 + (i >> 1) }))
}

function quadBox({ level, x, y }: Quad): Box {
  const n = 2 ** level
  return {
    west: (x / n) * 360 - 180,
    south: (y / n) * 180 - 90,
    east: ((x + 1) / n) * 360 - 180,
    north: ((y + 1) / n) * 180 - 90,
  }
}

/** A cell's number is rounded from a double: a place may fall into the neighbour by 1e-13 degrees. The padding covers that. */
function padded(box: Box): Box {
  const hair = 1e-10
  return { west: box.west - hair, south: box.south - hair, east: box.east + hair, north: box.north + hair }
}

function rangeOf({ level, x, y }: Quad, inside: boolean, marginM: number): CellRange {
  const size = 4 ** (levels - level)
  const from = interleave(x * 2 ** (levels - level), y * 2 ** (levels - level))
  return { from, to: from + size - 1, inside, marginM }
}

/** Longitude takes the even bits. Two halves of 13 bits an axis, because a bit operation holds 32 bits. */
function interleave(x: number, y: number): number {
  const high = spread(x >>> 13) + 2 * spread(y >>> 13)
  const low = spread(x & 0x1fff) + 2 * spread(y & 0x1fff)
  return high * half + low
}

function merge(ranges: CellRange[]): CellRange[] {
  ranges.sort((a, b) => a.from - b.from)
  const merged: CellRange[] = []
  for (const range of ranges) {
    const last = merged.at(-1)
    if (last && last.to + 1 === range.from && last.inside === range.inside && last.marginM === range.marginM)
      last.to = range.to
    else merged.push(range)
  }
  return merged
}

function axis(fraction: number): number {
  return Math.max(0, Math.min(perAxis - 1, Math.floor(fraction * perAxis)))
}

/** Puts 13 bits at the even places of 26. */
function spread(bits: number): number {
  let v = bits
  v = (v | (v << 8)) & 0x00ff00ff
  v = (v | (v << 4)) & 0x0f0f0f0f
  v = (v | (v << 2)) & 0x33333333
  return (v | (v << 1)) & 0x55555555
}

function gather(bits: number): number {
  let v = bits & 0x55555555
  v = (v | (v >>> 1)) & 0x33333333
  v = (v | (v >>> 2)) & 0x0f0f0f0f
  v = (v | (v >>> 4)) & 0x00ff00ff
  return (v | (v >>> 8)) & 0xffff
}
