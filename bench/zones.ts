import type { MultiPolygon, Position } from 'geojson'
import type { Countries } from '../src/geo/countries.ts'
import { prng } from '../src/lib/prng.ts'
import type { World } from './people.ts'

export interface BenchZone {
  readonly name: string
  readonly geometry: MultiPolygon
  readonly vertices: number
}

/** How many people the stars are to hold, and where they stand. */
const stars = [
  { people: 1_000, centre: [126.98, 37.56] },
  { people: 50_000, centre: [139.69, 35.69] },
  { people: 1_000_000, centre: [121.47, 31.23] },
] as const
/** A larger share of the world would reach over the antimeridian from anywhere but here, in the midst of the most people. */
const largeShare = 0.06
const middleOfMost = stars[2].centre
const starVertices = [100, 2_000, 10_000]

/**
 * The zones of the comparison: stars of about 1,000, 50,000 and 1,000,000 people (never more than an eighth of the world), a long
 * diagonal and the outline of a country.
 */
export function benchZones(world: World, countries: Countries): BenchZone[] {
  const most = world.people >> 3
  const sizes = new Map(stars.map(({ people, centre }) => [Math.min(people, most), centre]))
  return [
    ...[...sizes].flatMap(([people, own]) =>
      starVertices.map((vertices) => {
        const centre = people > largeShare * world.people ? middleOfMost : own
        return zoneOf(`star of ${people}`, [sizedStar(world, centre, vertices, people, prng(vertices).next)])
      }),
    ),
    zoneOf('diagonal', [diagonal([-0.5, 51.5], [106.8, -6.2], 0.75, 100)]),
    zoneOf('South Korea', ...countries.geometryOf('KR').coordinates),
  ]
}

function zoneOf(name: string, ...polygons: Position[][][]): BenchZone {
  const vertices = polygons.flat().reduce((sum, ring) => sum + ring.length - 1, 0)
  return { name, geometry: { type: 'MultiPolygon', coordinates: polygons }, vertices }
}

/** An irregular star around `centre` with `vertices` corners, as large as it has to be to hold `people` of the placed. */
export function sizedStar(
  { lon, lat }: Pick<World, 'lon' | 'lat'>,
  centre: readonly [number, number],
  vertices: number,
  people: number,
  random: () => number,
): Position[] {
  const radii = outline(vertices, random)
  const shrink = Math.cos((centre[1] * Math.PI) / 180)
  // How large the star must be to reach each person: no search over sizes is needed.
  const sizes = new Float64Array(lon.length)
  let placed = 0
  for (let i = 0; i < lon.length; i++) {
    const x = ((lon[i] as number) - centre[0]) * shrink
    const y = (lat[i] as number) - centre[1]
    if (Number.isNaN(x)) continue
    sizes[placed++] = Math.hypot(x, y) / reach(radii, Math.atan2(y, x))
  }
  const sorted = sizes.subarray(0, placed).sort()
  const size = sorted[Math.min(people, placed) - 1] ?? 0
  const ring = Array.from(radii, (radius, k): Position => {
    const angle = (2 * Math.PI * k) / vertices
    return [
      rounded(centre[0] + (size * radius * Math.cos(angle)) / shrink),
      rounded(centre[1] + size * radius * Math.sin(angle)),
    ]
  })
  return [...ring, ring[0] as Position]
}

/** Distances of the corners from the centre: waves of waves, like a coast, and a little noise. Never below 0.2. */
function outline(vertices: number, random: () => number): Float64Array {
  const waves = Array.from({ length: 8 }, (_, k) => ({ often: 2 ** k, high: 0.3 * 0.6 ** k, turn: random() * 7 }))
  return Float64Array.from({ length: vertices }, (_, k) => {
    const angle = (2 * Math.PI * k) / vertices
    const sum = waves.reduce((sum, { often, high, turn }) => sum + high * Math.sin(often * angle + turn), 1)
    return Math.max(0.2, sum) * (1 + 0.02 * random())
  })
}

/** How far the outline lies from the centre in one direction: where a ray meets the edge between two corners. */
function reach(radii: Float64Array, direction: number): number {
  const step = (2 * Math.PI) / radii.length
  const angle = direction < 0 ? direction + 2 * Math.PI : direction
  const k = Math.floor(angle / step) % radii.length
  const [a, b] = [radii[k] as number, radii[(k + 1) % radii.length] as number]
  const beyond = angle - k * step
  return (a * b * Math.sin(step)) / (a * Math.sin(beyond) + b * Math.sin(step - beyond))
}

/** A strip from one place to another, `width` degrees wide, with corners all along both sides. */
export function diagonal(
  from: readonly [number, number],
  to: readonly [number, number],
  width: number,
  vertices: number,
): Position[] {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]]
  const length = Math.hypot(dx, dy)
  const aside = [(-dy / length) * (width / 2), (dx / length) * (width / 2)] as const
  const each = vertices >> 1
  const along = (side: number) =>
    Array.from({ length: each }, (_, k): Position => {
      const share = k / (each - 1)
      // Every other corner sticks out a little, or all but four would lie on straight lines.
      const out = side * (1 + 0.1 * (k % 2))
      return [rounded(from[0] + share * dx + out * aside[0]), rounded(from[1] + share * dy + out * aside[1])]
    })
  const ring = [...along(1), ...along(-1).reverse()]
  return [...ring, ring[0] as Position]
}

/** Some corners of each zone, for people who stand on its border. */
export function borderPlaces(zones: readonly BenchZone[], each: number): [number, number][] {
  return zones.flatMap(({ geometry }) => {
    const corners = geometry.coordinates.flatMap(([outer]) => outer ?? [])
    const step = Math.max(1, Math.floor(corners.length / each))
    return corners.filter((_, k) => k % step === 0).map(([x, y]): [number, number] => [x as number, y as number])
  })
}

const rounded = (degrees: number) => Math.round(degrees * 1e7) / 1e7
