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

/**
 * Covers a region with about `maxCells` quadtree cells, as merged ranges in ascending order. Every place of the region is in
 * a range; every place of an `inside` range is in the region. The largest cells on the border are split first. About 1,000
 * cells suit a city or a province, 4,000 a country.
 */
export function cover(region: Region, maxCells = 1000): CellRange[] {
  const border: Quad[] = [{ level: 0, x: 0, y: 0 }]
  const done: { quad: Quad; inside: boolean }[] = []
  let next = 0
  // Breadth first takes the largest first; a split adds at most three cells.
  while (next < border.length && done.length + (border.length - next) + 3 <= Math.max(4, maxCells)) {
    const quad = border[next++] as Quad
    if (quad.level === levels) {
      done.push({ quad, inside: false })
      continue
    }
    for (const child of children(quad)) {
      const { west, south, east, north } = padded(quadBox(child))
      const side = region.classify(west, south, east, north)
      if (side === 'inside') done.push({ quad: child, inside: true })
      else if (side === 'border') border.push(child)
    }
  }
  const ranges = done.map(({ quad, inside }) => rangeOf(quad, inside))
  for (const quad of border.slice(next)) ranges.push(rangeOf(quad, false))
  return merge(ranges)
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

function rangeOf({ level, x, y }: Quad, inside: boolean): CellRange {
  const size = 4 ** (levels - level)
  const from = interleave(x * 2 ** (levels - level), y * 2 ** (levels - level))
  return { from, to: from + size - 1, inside }
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
    if (last && last.to + 1 === range.from && last.inside === range.inside) last.to = range.to
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
