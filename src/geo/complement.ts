import type { Box, Region, Side } from './region.ts'
import { boxAreaKm2 } from './sphere.ts'

const world: readonly Box[] = [{ west: -180, south: -90, east: 180, north: 90 }]

/**
 * All that is not in the interior of a region; their common border belongs to both. A zone without another is what it has in common
 * with the other's complement: whoever stands on the border of what was cut out is told.
 */
export class Complement implements Region {
  readonly bboxes = world
  readonly #region: Region

  constructor(region: Region) {
    this.#region = region
  }

  contains(lon: number, lat: number): boolean {
    return !this.#region.interior(lon, lat)
  }

  interior(lon: number, lat: number): boolean {
    return !this.#region.contains(lon, lat)
  }

  classify(west: number, south: number, east: number, north: number): Side {
    const side = this.#region.classify(west, south, east, north)
    return side === 'inside' ? 'outside' : side === 'outside' ? 'inside' : 'border'
  }

  borderDistanceM(lon: number, lat: number, withinM: number, enoughM = 0): number | undefined {
    return this.#region.borderDistanceM(lon, lat, withinM, enoughM)
  }

  get areaKm2(): number {
    return boxAreaKm2(-180, -90, 180, 90) - this.#region.areaKm2
  }
}
