import type { Position } from 'geojson'
import type { Box } from './region.ts'

/**
 * Lays a ring out on a plane without a seam: x0, y0, x1, y1 ... closed, longitudes continuous and therefore perhaps beyond
 * 180. Of every edge the short way round the globe is meant: a step of more than 180 degrees crosses the antimeridian
 * (RFC 7946 §3.1.9 would have such rings cut; senders do not). A ring that goes once round a pole is closed along it, on
 * the side of its mean latitude.
 */
export function unwrap(ring: readonly Position[]): Float64Array {
  const flat: number[] = []
  let shift = 0
  let previous: number | undefined
  let latitudes = 0
  for (const [lon, lat] of ring as readonly [number, number][]) {
    if (previous !== undefined) {
      if (lon - previous > 180) shift -= 360
      else if (previous - lon > 180) shift += 360
    }
    previous = lon
    latitudes += lat
    flat.push(lon + shift, lat)
  }
  const [x0, y0] = flat as [number, number]
  const [xn, yn] = flat.slice(-2) as [number, number]
  if (Math.abs(xn - x0) > 180) {
    const pole = latitudes < 0 ? -90 : 90
    flat.push(xn, pole, x0, pole)
  }
  if (flat.at(-2) !== x0 || yn !== y0 || flat.at(-1) !== y0) flat.push(x0, y0)
  return Float64Array.from(flat)
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
