import { measuredKm2 } from './measure.ts'
import { OuterBorder } from './outer-border.ts'
import { around, type Box, disjoint, outsideOf, type Region, type Side } from './region.ts'

interface Part {
  readonly region: Region
  readonly bounds: Box
}

/** What lies in any of several regions. A border of one that lies in the interior of another is no border. */
export class Union implements Region {
  readonly bboxes: readonly Box[]
  readonly #regions: readonly Region[]
  readonly #parts: readonly Part[]
  #areaKm2: number | undefined
  #border: OuterBorder | undefined

  constructor(regions: readonly Region[]) {
    this.#regions = regions
    this.#parts = regions.map((region) => ({ region, bounds: around(region.bboxes) }))
    this.bboxes = regions.flatMap((region) => region.bboxes)
  }

  contains(lon: number, lat: number): boolean {
    for (const { region, bounds } of this.#parts) {
      if (!outsideOf(bounds, lon, lat) && region.contains(lon, lat)) return true
    }
    return false
  }

  /** A place where two only touch counts as border, also where all around it is within. */
  interior(lon: number, lat: number): boolean {
    for (const { region, bounds } of this.#parts) {
      if (!outsideOf(bounds, lon, lat) && region.interior(lon, lat)) return true
    }
    return false
  }

  classify(west: number, south: number, east: number, north: number): Side {
    let side: Side = 'outside'
    for (const { region } of this.#parts) {
      const one = region.classify(west, south, east, north)
      if (one === 'inside') return 'inside'
      if (one === 'border') side = 'border'
    }
    return side
  }

  borderDistanceM(lon: number, lat: number, withinM: number, enoughM = 0): number | undefined {
    this.#border ??= new OuterBorder(this.#members())
    return this.#border.distanceM(lon, lat, withinM, enoughM)
  }

  /** Of unions within it their members. */
  #members(): Region[] {
    return this.#regions.flatMap((region) => (region instanceof Union ? region.#members() : [region]))
  }

  /** Within about 1 % where parts may overlap. */
  get areaKm2(): number {
    this.#areaKm2 ??= this.#overlapping()
      ? measuredKm2(this)
      : this.#parts.reduce((sum, { region }) => sum + region.areaKm2, 0)
    return this.#areaKm2
  }

  #overlapping(): boolean {
    return this.#parts.some((a, i) =>
      this.#parts
        .slice(i + 1)
        .some((b) => a.region.bboxes.some((boxA) => b.region.bboxes.some((boxB) => !disjoint(boxA, boxB)))),
    )
  }
}
