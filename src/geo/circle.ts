import { Cap } from './cap.ts'
import { geodesicM, largestRadius, leastRadius, reachM } from './ellipsoid.ts'
import type { Box, Region, Side } from './region.ts'
import { earthRadiusKm } from './sphere.ts'

export interface CircleShape {
  /** Centre in degrees. */
  lon: number
  lat: number
  /** Radius over the ground in km, above 0 and at most `maxRadiusKm`. */
  radiusKm: number
}

/** Nearly a quarter of the way round: beyond, a circle's outline is no longer a bump in latitude, and no danger zone is that large. */
export const maxRadiusKm = 9_900

const rad = Math.PI / 180

/**
 * Everything within a geodesic distance on WGS 84, over poles and the antimeridian as well: no smaller and no larger than asked.
 * On a sphere of the mean radius some places would be missed by up to 0.56 % of the radius.
 *
 * A distance is the angle on the unit sphere, times a number between the ellipsoid's least and largest radius (`ellipsoid.ts`).
 * So the cap of radius / largest is surely inside and all beyond the cap of radius / least surely outside, and only for the ring
 * between them, 1 % of the radius, the geodesic is computed (1 microsecond).
 */
export class Circle implements Region {
  readonly bboxes: readonly Box[]
  readonly areaKm2: number
  readonly #lon: number
  readonly #lat: number
  readonly #radiusM: number
  readonly #cosLat: number
  readonly #outer: Cap
  readonly #inner: Cap
  /** Haversines of the two angles, a hair of rounding smaller and larger. */
  readonly #within: number
  readonly #beyond: number

  constructor({ lon, lat, radiusKm }: CircleShape) {
    this.#lon = lon
    this.#lat = lat
    this.#radiusM = radiusKm * 1000
    this.#cosLat = Math.cos(lat * rad)
    this.#outer = new Cap(lon, lat, this.#radiusM / leastRadius)
    this.#inner = new Cap(lon, lat, this.#radiusM / largestRadius)
    this.#within = Math.sin(this.#radiusM / largestRadius / 2) ** 2 * (1 - 1e-9) - 1e-24
    this.#beyond = Math.sin(this.#radiusM / leastRadius / 2) ** 2 * (1 + 1e-9) + 1e-24
    this.bboxes = this.#outer.bboxes()
    this.areaKm2 = 2 * Math.PI * earthRadiusKm * earthRadiusKm * (1 - Math.cos(radiusKm / earthRadiusKm))
  }

  contains(lon: number, lat: number): boolean {
    const haversine = this.#haversine(lon, lat)
    if (haversine > this.#beyond) return false
    return haversine < this.#within || geodesicM(this.#lon, this.#lat, lon, lat) <= this.#radiusM
  }

  interior(lon: number, lat: number): boolean {
    const haversine = this.#haversine(lon, lat)
    if (haversine > this.#beyond) return false
    return haversine < this.#within || geodesicM(this.#lon, this.#lat, lon, lat) < this.#radiusM
  }

  classify(west: number, south: number, east: number, north: number): Side {
    if (this.#outer.classify(west, south, east, north) === 'outside') return 'outside'
    if (this.#inner.classify(west, south, east, north) === 'inside') return 'inside'
    const reach = reachM({ west, south, east, north }) * (1 + 1e-9) + 1e-6
    const middle = geodesicM(this.#lon, this.#lat, (west + east) / 2, (south + north) / 2)
    return middle + reach < this.#radiusM ? 'inside' : middle - reach > this.#radiusM ? 'outside' : 'border'
  }

  borderDistanceM(lon: number, lat: number, withinM: number): number | undefined {
    const metres = Math.abs(geodesicM(this.#lon, this.#lat, lon, lat) - this.#radiusM)
    return metres <= withinM ? metres : undefined
  }

  #haversine(lon: number, lat: number): number {
    const dLat = Math.sin(((lat - this.#lat) * rad) / 2)
    const dLon = Math.sin(((lon - this.#lon) * rad) / 2)
    return dLat * dLat + Math.cos(lat * rad) * this.#cosLat * dLon * dLon
  }
}
