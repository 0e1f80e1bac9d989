import { type Box, type Side, wrapBox } from './region.ts'
import { wrapLon } from './sphere.ts'

const rad = Math.PI / 180

/** Of rounding, in degrees. */
const hair = 1e-9

/**
 * Everything on the unit sphere within an angle of a place, over poles and the antimeridian as well. On the earth, which is no sphere,
 * one cap surely holds a circle and a smaller one is surely held by it.
 */
export class Cap {
  readonly #lon: number
  readonly #lat: number
  readonly #angle: number
  readonly #south: number
  readonly #north: number

  /** @param angle in radians, less than a quarter turn. */
  constructor(lon: number, lat: number, angle: number) {
    this.#lon = lon
    this.#lat = lat
    this.#angle = angle
    this.#south = Math.max(-90, lat - angle / rad)
    this.#north = Math.min(90, lat + angle / rad)
  }

  /** The box around it, inside -180..180. */
  bboxes(): Box[] {
    const width = this.#widest(-90, 90) ?? 0
    return wrapBox({
      west: this.#lon - width - hair,
      south: Math.max(-90, this.#south - hair),
      east: this.#lon + width + hair,
      north: Math.min(90, this.#north + hair),
    })
  }

  /**
   * At each latitude a cap spans an interval of longitude; its half-width rises to one maximum and falls, so over a box it is
   * narrowest at the box's south or north and widest at the maximum or the edge next to it.
   */
  classify(west: number, south: number, east: number, north: number): Side {
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
    const across = Math.cos(lat * rad) * Math.cos(this.#lat * rad)
    const missing = Math.cos(this.#angle) - Math.sin(lat * rad) * Math.sin(this.#lat * rad)
    if (across < 1e-15) return missing <= 0 ? 180 : undefined
    const cos = missing / across
    if (cos > 1) return undefined
    return cos <= -1 ? 180 + 1e-6 : Math.acos(cos) / rad
  }

  /** The widest half-width between two latitudes, in degrees. */
  #widest(south: number, north: number): number | undefined {
    const from = Math.max(south, this.#south)
    const to = Math.min(north, this.#north)
    if (from - to > hair) return undefined
    const peak = Math.sin(this.#lat * rad) / Math.cos(this.#angle)
    const at = Math.abs(peak) < 1 ? Math.asin(peak) / rad : Math.sign(peak) * 90
    const lat = Math.max(from, Math.min(to, at))
    // At the cap's own south or north end the width is 0, and rounding may say that it is not reached.
    return this.#halfWidth(lat) ?? 0
  }
}
