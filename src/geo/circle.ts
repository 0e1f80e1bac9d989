import type { MultiPolygon, Position } from 'geojson'
import { splitAtAntimeridian } from './antimeridian.ts'
import type { Box, Region, Side } from './region.ts'
import { wrapBox } from './region.ts'
import { unwrap } from './ring.ts'
import { destination, distanceKm, earthRadiusKm, wrapLon } from './sphere.ts'

export interface CircleShape {
  /** Centre in degrees. */
  lon: number
  lat: number
  /** Great-circle radius in km, above 0 and at most `maxRadiusKm`. */
  radiusKm: number
}

/** A quarter of the way round: beyond, a cap's outline is no longer a bump in latitude, and no danger zone is that large. */
export const maxRadiusKm = 10_000

const rad = Math.PI / 180

/** A cap on the sphere: everything within a great-circle distance, over poles and the antimeridian as well. */
export class Circle implements Region {
  readonly bboxes: readonly Box[]
  readonly areaKm2: number
  readonly #lon: number
  readonly #lat: number
  readonly #radiusKm: number
  readonly #south: number
  readonly #north: number

  constructor({ lon, lat, radiusKm }: CircleShape) {
    this.#lon = lon
    this.#lat = lat
    this.#radiusKm = radiusKm
    const angle = radiusKm / earthRadiusKm
    this.#south = Math.max(-90, lat - angle / rad)
    this.#north = Math.min(90, lat + angle / rad)
    this.areaKm2 = 2 * Math.PI * earthRadiusKm * earthRadiusKm * (1 - Math.cos(angle))
    const width = this.#widest(-90, 90) ?? 0
    const hair = 1e-9
    this.bboxes = wrapBox({
      west: lon - width - hair,
      south: Math.max(-90, this.#south - hair),
      east: lon + width + hair,
      north: Math.min(90, this.#north + hair),
    })
  }

  contains(lon: number, lat: number): boolean {
    return distanceKm(this.#lon, this.#lat, lon, lat) <= this.#radiusKm
  }

  /**
   * At each latitude a cap spans an interval of longitude; its half-width rises to one maximum and falls, so over a box it is
   * narrowest at the box's south or north and widest at the maximum or the edge next to it.
   */
  classify(west: number, south: number, east: number, north: number): Side {
    const hair = 1e-9
    const widest = this.#widest(south, north)
    if (widest === undefined) return 'outside'
    const centre = wrapLon((west + east) / 2 - this.#lon)
    const half = (east - west) / 2
    if (Math.abs(centre) - half > widest + hair) return 'outside'
    const narrowest = Math.min(this.#halfWidth(south) ?? -1, this.#halfWidth(north) ?? -1)
    return narrowest - hair >= Math.min(180, Math.abs(centre) + half) ? 'inside' : 'border'
  }

  /** Half of the interval of longitude at a latitude, in degrees; undefined where the cap does not reach. */
  #halfWidth(lat: number): number | undefined {
    const angle = this.#radiusKm / earthRadiusKm
    const across = Math.cos(lat * rad) * Math.cos(this.#lat * rad)
    const missing = Math.cos(angle) - Math.sin(lat * rad) * Math.sin(this.#lat * rad)
    if (across < 1e-15) return missing <= 0 ? 180 : undefined
    const cos = missing / across
    if (cos > 1) return undefined
    return cos <= -1 ? 180 + 1e-6 : Math.acos(cos) / rad
  }

  /** The widest half-width between two latitudes, in degrees. */
  #widest(south: number, north: number): number | undefined {
    const from = Math.max(south, this.#south)
    const to = Math.min(north, this.#north)
    if (from - to > 1e-9) return undefined
    const peak = Math.sin(this.#lat * rad) / Math.cos(this.#radiusKm / earthRadiusKm)
    const at = Math.abs(peak) < 1 ? Math.asin(peak) / rad : Math.sign(peak) * 90
    const lat = Math.max(from, Math.min(to, at))
    // At the cap's own south or north end the width is 0, and rounding may say that it is not reached.
    return this.#halfWidth(lat) ?? 0
  }
}

/**
 * A polygon around the circle, nowhere inside it: points just outside the radius, more of them wherever a straight edge on
 * the lon/lat plane would cut in. Cut at the antimeridian and closed along a pole, so that any GeoJSON reader draws it right.
 * About 0.5 % larger in radius.
 */
export function circlePolygon({ lon, lat, radiusKm }: CircleShape): MultiPolygon {
  let radius = radiusKm * 1.005
  // A ring that runs exactly through a pole has no side there: step over it.
  const toPole = (90 - Math.abs(lat)) * rad * earthRadiusKm
  if (Math.abs(radius - toPole) < radiusKm * 0.002) radius = toPole + radiusKm * 0.002
  const at = (bearing: number) => destination(lon, lat, bearing, radius)
  const ring: Position[] = []
  const strays = ([ax, ay]: Position, [bx, by]: Position): boolean =>
    [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875].some((t) => {
      const x = (ax as number) + t * wrapLon((bx as number) - (ax as number))
      const km = distanceKm(lon, lat, x, (ay as number) + t * ((by as number) - (ay as number)))
      return km < radiusKm * 1.001 || km > radius * 1.002
    })
  const walk = (from: number, to: number, depth: number): void => {
    if (depth > 0 && strays(at(from), at(to))) {
      walk(from, (from + to) / 2, depth - 1)
      walk((from + to) / 2, to, depth - 1)
    } else ring.push(at(from))
  }
  const sides = 72
  for (let i = sides; i > 0; i--) walk((i * 360) / sides, ((i - 1) * 360) / sides, 14)
  ring.push(ring[0] as Position)
  return splitAtAntimeridian([[unwrap(ring)]])
}
