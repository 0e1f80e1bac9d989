import { toSpace } from './ellipsoid.ts'
import { orient } from './orient.ts'
import type { PreparedPolygon } from './polygon.ts'
import { disjoint, type Region } from './region.ts'

/**
 * By number of an edge what of it is border still: of each part its ends and their places in space (x1, y1, x, y, z; x2, y2, x, y,
 * z), nothing where all of it is covered. An edge that is not in it is border as a whole.
 */
export type BorderParts = ReadonlyMap<number, Float64Array>

/** Numbers of one part. */
export const partSize = 10

/** A polygon of the same zone beside another, turned by whole turns round the globe to lie there. */
export interface Neighbour {
  readonly polygon: PreparedPolygon
  readonly turn: number
}

/** What is left of an edge is longer by this share of it at both ends: no rounding takes a bit of the border away. */
const spare = 1e-9

/** What comparing edges may still cost; shared by the polygons of a zone. Where it is used up, edges count as border. */
export interface Budget {
  /** Pairs of edges that lie near each other: 0.1 us each. */
  left: number
}

/** What it costs beside that to ask a neighbour for its edges, and whether a place lies in it. */
const askingCosts = 10
const lookingCosts = 100

/** Stretches no farther apart than this share touch: two neighbours that lie side by side meet there, or their own edges tell of the gap. */
const touching = 1e-12

/** In the interior of another polygon is what lies this deep in it, in degrees (0.1 mm): two outlines may be one but for rounding. */
const deep = 1e-9

/** How often an edge is halved to see how much of it lies in a region that is no polygon. */
const halvings = 2

/**
 * What of the edges of a polygon is no border of the zone, because it lies in the interior of a neighbour, or on an edge of one that
 * lies on the other side. Edges that should be one and are not by rounding leave a gap between them, and stay.
 * @param regions of the zone, other than polygons: an edge is covered by one where a box around it is
 */
export function borderParts(
  polygon: PreparedPolygon,
  neighbours: readonly Neighbour[],
  regions: readonly Region[],
  budget: Budget,
): BorderParts {
  const parts = new Map<number, Float64Array>()
  const left = interiorLeft(polygon)
  const lefts = neighbours.map((neighbour) => interiorLeft(neighbour.polygon))
  for (let e = 0; e * 4 < polygon.edges.length && budget.left > 0; e++) {
    const edge = edgeOf(polygon, e, 0)
    const covered = neighbours.flatMap((neighbour, i) => coveredBy(edge, left(e), neighbour, lefts[i] as Lefts, budget))
    let open: readonly Stretch[] = covered.length === 0 ? whole : without(covered)
    for (const region of regions) open = open.flatMap((stretch) => outsideOf(region, edge, stretch, halvings))
    if (open.length === 1 && open[0]?.[0] === 0 && open[0][1] === 1) continue
    parts.set(e, Float64Array.from(open.flatMap((stretch) => partOf(edge, stretch))))
  }
  return parts
}

type Edge = readonly [x1: number, y1: number, x2: number, y2: number]
/** From where to where on an edge, 0 to 1. */
type Stretch = readonly [from: number, to: number]
const whole: readonly Stretch[] = [[0, 1]]
/** Whether the polygon lies to the left of its edge. */
type Lefts = (e: number) => boolean

function edgeOf({ edges }: PreparedPolygon, e: number, turn: number): Edge {
  const [x1, y1, x2, y2] = edges.subarray(e * 4, e * 4 + 4) as unknown as [number, number, number, number]
  return turn === 0 ? [x1, y1, x2, y2] : [x1 + turn, y1, x2 + turn, y2]
}

/** The stretches of an edge that lie in the interior of a neighbour, or between it and the polygon. */
function coveredBy(edge: Edge, left: boolean, { polygon, turn }: Neighbour, lefts: Lefts, budget: Budget): Stretch[] {
  const [x1, y1, x2, y2] = edge
  const box = {
    west: Math.min(x1, x2) - turn,
    south: Math.min(y1, y2),
    east: Math.max(x1, x2) - turn,
    north: Math.max(y1, y2),
  }
  if (disjoint(polygon.box, box)) return []
  budget.left -= askingCosts
  const cuts = [0, 1]
  const shared: { from: number; to: number; between: boolean }[] = []
  let unclear = false
  polygon.edgesNear(box, (f) => {
    budget.left--
    const other = edgeOf(polygon, f, turn)
    const [ox1, oy1, ox2, oy2] = other
    const a = orient(x1, y1, x2, y2, ox1, oy1)
    const b = orient(x1, y1, x2, y2, ox2, oy2)
    if (a === 0 && b === 0) {
      const [from, to] = [along(edge, ox1, oy1), along(edge, ox2, oy2)]
      const [low, high] = [Math.max(0, Math.min(from, to)), Math.min(1, Math.max(from, to))]
      if (low >= high) return false
      cuts.push(low, high)
      shared.push({ from: low, to: high, between: (lefts(f) === from < to) !== left })
      return false
    }
    if ((a > 0 && b > 0) || (a < 0 && b < 0)) return false
    const c = orient(ox1, oy1, ox2, oy2, x1, y1)
    const d = orient(ox1, oy1, ox2, oy2, x2, y2)
    if ((c > 0 && d > 0) || (c < 0 && d < 0)) return false
    const at = crossing(edge, other)
    unclear ||= Number.isNaN(at)
    cuts.push(at)
    return unclear
  })
  if (unclear) return []
  cuts.sort((a, b) => a - b)
  const covered: Stretch[] = []
  for (let i = 1; i < cuts.length; i++) {
    const [from, to] = [cuts[i - 1] as number, cuts[i] as number]
    if (from >= to) continue
    // Of a common edge the side decides: the middle of a slanted one is never quite on it.
    const common = shared.filter((one) => one.from <= from && to <= one.to)
    const [x, y] = placeOn(edge, (from + to) / 2)
    const within = () => {
      budget.left -= lookingCosts
      return polygon.classify(x - turn - deep, y - deep, x - turn + deep, y + deep) === 'inside'
    }
    if (common.length > 0 ? common.some(({ between }) => between) : within()) covered.push([from, to])
  }
  return covered
}

/** Where on an edge a place of its line lies; beyond its ends below 0 or above 1. */
function along([x1, y1, x2, y2]: Edge, x: number, y: number): number {
  if (x === x1 && y === y1) return 0
  if (x === x2 && y === y2) return 1
  return Math.abs(x2 - x1) > Math.abs(y2 - y1) ? (x - x1) / (x2 - x1) : (y - y1) / (y2 - y1)
}

/** Where an edge is crossed by another; NaN where they are too nearly parallel to tell. */
function crossing([x1, y1, x2, y2]: Edge, [ox1, oy1, ox2, oy2]: Edge): number {
  const [dx, dy] = [ox2 - ox1, oy2 - oy1]
  const across = (x2 - x1) * dy - (y2 - y1) * dx
  const at = ((ox1 - x1) * dy - (oy1 - y1) * dx) / across
  return across === 0 ? Number.NaN : Math.max(0, Math.min(1, at))
}

const placeOn = ([x1, y1, x2, y2]: Edge, at: number): [x: number, y: number] => [
  at === 1 ? x2 : x1 + at * (x2 - x1),
  at === 1 ? y2 : y1 + at * (y2 - y1),
]

/** What of an edge is in none of some stretches, with its spare. */
function without(covered: readonly Stretch[]): Stretch[] {
  const left: Stretch[] = []
  let at = 0
  for (const [low, high] of covered.toSorted(([a], [b]) => a - b)) {
    if (low > at + touching) left.push([Math.max(0, at - spare), Math.min(1, low + spare)])
    at = Math.max(at, high)
  }
  if (at + touching < 1) left.push([Math.max(0, at - spare), 1])
  return left
}

/** What of a stretch is not surely in the interior of a region, as a whole or halved. */
function outsideOf(region: Region, edge: Edge, [from, to]: Stretch, left: number): Stretch[] {
  const [[x1, y1], [x2, y2]] = [placeOn(edge, from), placeOn(edge, to)]
  const west = Math.min(x1, x2) - deep
  const east = Math.max(x1, x2) + deep
  // Beyond the antimeridian it is asked of nobody.
  if (west < -180 || east > 180) return [[from, to]]
  const side = region.classify(
    west,
    Math.max(-90, Math.min(y1, y2) - deep),
    east,
    Math.min(90, Math.max(y1, y2) + deep),
  )
  if (side === 'inside') return []
  if (side === 'outside' || left === 0) return [[from, to]]
  const half = (from + to) / 2
  return [...outsideOf(region, edge, [from, half], left - 1), ...outsideOf(region, edge, [half, to], left - 1)]
}

function partOf(edge: Edge, [from, to]: Stretch): number[] {
  const space = new Float64Array(3)
  return [from, to].flatMap((at) => {
    const place = placeOn(edge, at)
    toSpace(...place, space, 0)
    return [...place, ...space]
  })
}

/** An outer ring that runs counter-clockwise has its polygon to the left, and a hole that runs clockwise. */
function interiorLeft({ rings }: PreparedPolygon): Lefts {
  const ends: { end: number; left: boolean }[] = []
  let end = 0
  rings.forEach((ring, i) => {
    let area = 0
    for (let k = 0; k + 3 < ring.length; k += 2) {
      area += (ring[k] as number) * (ring[k + 3] as number) - (ring[k + 2] as number) * (ring[k + 1] as number)
    }
    end += Math.max(0, ring.length / 2 - 1)
    ends.push({ end, left: area > 0 === (i === 0) })
  })
  return (e) => ends.find((one) => e < one.end)?.left === true
}
