import type { Position } from 'geojson'
import type { Box } from './region.ts'

/**
 * Lays a ring out on a plane without a seam: x0, y0, x1, y1 ... closed, longitudes continuous and therefore perhaps beyond
 * 180. Of every edge the short way round the globe is meant: a step of more than 180 degrees crosses the antimeridian
 * (RFC 7946 §3.1.9 would have such rings cut; senders do not). A ring that goes once round a pole is closed along it, on
 * the side of its mean latitude, at its vertex nearest to the pole: elsewhere the seam could cut across the ring.
 */
export function unwrap(ring: readonly Position[]): Float64Array {
  const [first, last] = [ring[0], ring.at(-1)] as [Position, Position]
  const closed = first[0] === last[0] && first[1] === last[1] ? ring : [...ring, first]
  const pole = poleOf(closed)
  if (pole === undefined) return walk(closed)
  const flat = walk(fromNearest(closed, pole))
  const [x0, y0] = flat as unknown as [number, number]
  return Float64Array.from([...flat, flat.at(-2) as number, pole, x0, pole, x0, y0])
}

/** The edges by which `unwrap` closes a ring along a pole: the last of it. On the globe they bound nothing. */
export const seamEdges = 3

/** The pole that a closed ring goes round, by its mean latitude. */
export function poleOf(ring: readonly Position[]): 90 | -90 | undefined {
  if (turnsRound(ring) === 0) return undefined
  return ring.reduce((sum, [, lat]) => sum + (lat as number), 0) < 0 ? -90 : 90
}

/** How often a ring goes round the globe, eastward positive; 0 for one that comes back to where it began. */
export function turnsRound(ring: readonly Position[]): number {
  let turns = 0
  for (let i = 1; i < ring.length; i++) {
    const step = (ring[i]?.[0] as number) - (ring[i - 1]?.[0] as number)
    if (step > 180) turns--
    else if (step < -180) turns++
  }
  return turns
}

/** The same closed ring, begun at its vertex nearest to the pole. */
export function fromNearest<P extends Position>(ring: readonly P[], pole: 90 | -90): P[] {
  const start = ring.reduce(
    (best, [, lat], i) => ((lat as number) * pole > (ring[best]?.[1] as number) * pole ? i : best),
    0,
  )
  return [...ring.slice(start, -1), ...ring.slice(0, start), ring[start] as P]
}

function walk(ring: readonly Position[]): Float64Array {
  const flat = new Float64Array(ring.length * 2)
  let shift = 0
  let previous: number | undefined
  ring.forEach(([lon, lat], i) => {
    if (previous !== undefined && (lon as number) - previous > 180) shift -= 360
    else if (previous !== undefined && previous - (lon as number) > 180) shift += 360
    previous = lon as number
    flat[i * 2] = (lon as number) + shift
    flat[i * 2 + 1] = lat as number
  })
  return flat
}

/** Moves an unwrapped ring by whole turns, so that it lies next to the ring it belongs to (a hole in its outer ring). */
export function alignTo(ring: Float64Array, outer: Box): Float64Array {
  const box = boxOf(ring)
  const turns = Math.round(((outer.west + outer.east) / 2 - (box.west + box.east) / 2) / 360)
  if (turns === 0) return ring
  return ring.map((v, i) => (i % 2 === 0 ? v + turns * 360 : v))
}

/** The box of an unwrapped ring: its longitudes may lie beyond 180. */
export function boxOf(ring: Float64Array): Box {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity }
  for (let i = 0; i < ring.length; i += 2) {
    const x = ring[i] as number
    const y = ring[i + 1] as number
    if (x < box.west) box.west = x
    if (x > box.east) box.east = x
    if (y < box.south) box.south = y
    if (y > box.north) box.north = y
  }
  return box
}
