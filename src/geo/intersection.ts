import { measuredKm2 } from './measure.ts'
import { type Box, commonBox, disjoint, type Region, type Side } from './region.ts'

/** What lies in all of several regions, each asked as it is: nothing is cut, so no vertex moves and no place changes sides. */
export class Intersection implements Region {
  readonly bboxes: readonly Box[]
  readonly #regions: readonly Region[]
  #areaKm2: number | undefined

  constructor(regions: readonly Region[]) {
    this.#regions = regions
    this.bboxes = regions
      .map(({ bboxes }) => bboxes)
      .reduce((boxes, others) =>
        boxes.flatMap((box) => others.filter((other) => !disjoint(box, other)).map((other) => commonBox(box, other))),
      )
  }

  contains(lon: number, lat: number): boolean {
    for (const region of this.#regions) if (!region.contains(lon, lat)) return false
    return true
  }

  interior(lon: number, lat: number): boolean {
    for (const region of this.#regions) if (!region.interior(lon, lat)) return false
    return true
  }

  classify(west: number, south: number, east: number, north: number): Side {
    let side: Side = 'inside'
    for (const region of this.#regions) {
      const one = region.classify(west, south, east, north)
      if (one === 'outside') return 'outside'
      if (one === 'border') side = 'border'
    }
    return side
  }

  borderDistanceM(lon: number, lat: number, withinM: number, enoughM = 0): number | undefined {
    return nearestBorderM(this.#regions, lon, lat, withinM, enoughM)
  }

  /** Within about 1 %. */
  get areaKm2(): number {
    this.#areaKm2 ??= measuredKm2(this)
    return this.#areaKm2
  }
}

/** The nearest of the borders of several regions, or the first not above `enoughM`. */
function nearestBorderM(
  regions: readonly Region[],
  lon: number,
  lat: number,
  withinM: number,
  enoughM: number,
): number | undefined {
  let best: number | undefined
  for (const region of regions) {
    best = region.borderDistanceM(lon, lat, best ?? withinM, enoughM) ?? best
    if (best !== undefined && best <= enoughM) return best
  }
  return best
}
