import { type BorderParts, borderParts, type Neighbour } from './covered-edges.ts'
import type { PreparedPolygon } from './polygon.ts'
import { Prepared, turns } from './prepared.ts'
import { disjoint, type Region } from './region.ts'

/** Edges times regions that are no polygons, of which each is looked at in 20 us and more: of more none is taken for covered. */
const maxLooks = 20_000

/**
 * Pairs of edges that are compared, some 0.3 s: two provinces of 10,000 corners side by side take a sixth of it. What is left of
 * hundreds of outlines that cross each other all over counts as border.
 */
const maxComparisons = 3_000_000

interface Member {
  readonly polygon: PreparedPolygon
  readonly parts: BorderParts | undefined
}

/**
 * The border of several regions together: no border is what lies in the interior of all of them together, between two polygons
 * that have an edge in common as well. Exact for polygons. The border of another region (a circle, what was cut out or widened)
 * counts as a whole, unless all of the region lies in another; of a polygon within it, what a box tells.
 */
export class OuterBorder {
  readonly #members: readonly Member[]
  readonly #others: readonly Region[]

  /** @param regions without unions: of these, their members */
  constructor(regions: readonly Region[]) {
    const polygons = regions.flatMap((region) => (region instanceof Prepared ? region.members : []))
    const others = regions.filter((region) => !(region instanceof Prepared))
    const looks = polygons.reduce((sum, { edges }) => sum + (edges.length / 4) * others.length, 0)
    const covering = looks > maxLooks ? [] : others
    const neighbours = neighboursOf(polygons)
    const budget = { left: maxComparisons }
    this.#members = polygons.map((polygon, i) => {
      const beside = neighbours[i] as Neighbour[]
      const parts = beside.length + covering.length > 0 ? borderParts(polygon, beside, covering, budget) : undefined
      return { polygon, parts: parts?.size ? parts : undefined }
    })
    this.#others = others.filter((one) => !regions.some((region) => region !== one && holds(region, one)))
  }

  /** As `borderDistanceM` of a region. */
  distanceM(lon: number, lat: number, withinM: number, enoughM: number): number | undefined {
    let best: number | undefined
    for (const { polygon, parts } of this.#members) {
      for (const turn of turns) {
        const km = polygon.edgeDistanceKm(lon + turn, lat, (best ?? withinM) / 1000, enoughM / 1000, parts)
        if (km !== undefined) best = Math.min(km * 1000, best ?? withinM)
        if (best !== undefined && best <= enoughM) return best
      }
    }
    for (const region of this.#others) {
      best = region.borderDistanceM(lon, lat, best ?? withinM, enoughM) ?? best
      if (best !== undefined && best <= enoughM) return best
    }
    return best
  }
}

const holds = (region: Region, other: Region): boolean =>
  other.bboxes.every(({ west, south, east, north }) => region.classify(west, south, east, north) === 'inside')

/** Of each polygon the others whose boxes meet its own, by a sweep from west to east; round the antimeridian as well. */
function neighboursOf(polygons: readonly PreparedPolygon[]): Neighbour[][] {
  const neighbours = polygons.map((): Neighbour[] => [])
  const copies = polygons.flatMap((polygon, i) =>
    turns
      .map((turn) => ({
        i,
        turn,
        box: { ...polygon.box, west: polygon.box.west + turn, east: polygon.box.east + turn },
      }))
      .filter(({ box }) => box.east >= -360 && box.west <= 360),
  )
  copies.sort((a, b) => a.box.west - b.box.west)
  copies.forEach((a, at) => {
    for (let next = at + 1; next < copies.length; next++) {
      const b = copies[next] as (typeof copies)[number]
      if (b.box.west > a.box.east) break
      if (a.i === b.i || disjoint(a.box, b.box)) continue
      for (const [one, other] of [
        [a, b],
        [b, a],
      ] as const) {
        if (one.turn === 0) neighbours[one.i]?.push({ polygon: polygons[other.i] as PreparedPolygon, turn: other.turn })
      }
    }
  })
  return neighbours
}
