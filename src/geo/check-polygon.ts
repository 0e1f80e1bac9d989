import type { Position } from 'geojson'
import { Problem } from '../lib/problem.ts'
import { type Crossing, findCrossing } from './crossing.ts'
import { PreparedPolygon } from './polygon.ts'
import { unwrapPolygon } from './prepared.ts'
import { boxOf, fromNearest, poleOf, turnsRound } from './ring.ts'
import { ringAreaKm2 } from './sphere.ts'

/**
 * The rings of one polygon, fit for `prepare`; what was repaired goes to `notes`. Throws a Problem that names ring and vertex.
 */
export function checkPolygon(rings: readonly (readonly Position[])[], where: string, notes: string[]): Position[][] {
  if (!Array.isArray(rings) || rings.length === 0) throw empty(where)
  const cleaned = rings.map((ring, i) => cleanRing(ring, `${where}[${i}]`, notes))
  cleaned.forEach((ring, i) => {
    checkWay(ring, `${where}[${i}]`)
    if (i > 0 && poleOf(ring.positions) !== undefined) throw holeAtPole(`${where}[${i}]`)
  })
  const drawn = cleaned.map(fromPole)
  const flat = unwrapPolygon(drawn.map((ring) => ring.positions))
  const slivers = new Set<number>()
  const found = findCrossing(flat, (one) => {
    const small = isSliver(one, flat)
    if (small) slivers.add(one.edgeA)
    return small
  })
  const crossing = found ?? crossingRoundPole(flat, drawn)
  if (crossing) {
    if (onSeam(crossing, drawn)) throw holeAtPole(`${where}[${Math.max(crossing.ringA, crossing.ringB)}]`)
    const a = vertexOf(drawn, crossing.ringA, crossing.edgeA)
    const b = vertexOf(drawn, crossing.ringB, crossing.edgeB)
    const same = crossing.ringA === crossing.ringB
    throw new Problem(
      'ring-crossing',
      same
        ? `The ring crosses itself: the edge after vertex ${a.index} (${a.text}) and the edge after vertex ${b.index} (${b.text})`
        : `Ring ${crossing.ringA} and ring ${crossing.ringB} cross: the edge after vertex ${a.index} (${a.text}) and the edge after vertex ${b.index} (${b.text})`,
      {
        where: `${where}[${crossing.ringA}][${a.index}]`,
        hint: 'Nobody can tell the inside of such an outline. Put the vertices in order along the border, or draw two shapes.',
      },
    )
  }
  flat.forEach((ring, i) => {
    if (isFlat(ring)) {
      throw new Problem('ring-flat', 'The ring encloses nothing: all its points lie on one line', {
        where: `${where}[${i}]`,
        hint: 'Of every edge the short way round the globe is meant; for a whole country use its code.',
      })
    }
  })
  if (slivers.size > 0) {
    notes.push(
      `${where}: the outline crosses itself ${slivers.size} times in loops too small to matter; they were left as drawn.`,
    )
  }
  checkHoles(flat, where)
  return flat.map((ring, i) => {
    const { positions } = cleaned[i] as CleanRing
    // A ring round a pole has no winding on the plane; the closing along the pole would be measured with it.
    const counterclockwise = signedArea(ring) > 0
    if (counterclockwise === (i === 0)) return positions
    notes.push(`${where}[${i}]: the winding was reversed (outer rings run counterclockwise, RFC 7946 §3.1.6).`)
    return positions.toReversed()
  })
}

/** Longer edges, in degrees of longitude, may be meant the other way round. */
const longestEdge = 120

/** Refuses what could be meant in two ways on a globe. */
function checkWay({ positions, origin }: CleanRing, where: string): void {
  positions.forEach(([lon], i) => {
    const next = positions[i + 1]?.[0] ?? (lon as number)
    const step = Math.abs(next - (lon as number))
    if (Math.min(step, 360 - step) > longestEdge) {
      throw new Problem(
        'edge-too-long',
        `The edge after vertex ${origin[i]} spans ${Math.min(step, 360 - step)} degrees of longitude: which way round is open`,
        { where: `${where}[${origin[i]}]`, hint: `Put points in between, no more than ${longestEdge} degrees apart.` },
      )
    }
  })
  const turns = Math.abs(turnsRound(positions))
  const lats = positions.map(([, lat]) => lat as number)
  if (turns > 1 || (turns === 1 && Math.min(...lats) < 0 && Math.max(...lats) > 0)) {
    throw new Problem(
      'ring-round-globe',
      turns > 1
        ? `The ring goes round the globe ${turns} times`
        : 'The ring goes round the globe, north and south of the equator',
      { where, hint: 'Which pole it encloses cannot be told. Draw the zone in two halves, or its parts as shapes.' },
    )
  }
}

/** A ring round a pole, begun as `unwrap` begins it, so that its edges have the same numbers. */
function fromPole(ring: CleanRing): CleanRing {
  const pole = poleOf(ring.positions)
  if (pole === undefined) return ring
  const turned = fromNearest(
    ring.positions.map(([lon, lat], i) => [lon as number, lat as number, ring.origin[i] as number]),
    pole,
  )
  return {
    positions: turned.map(([lon, lat]) => [lon as number, lat as number]),
    origin: turned.map(([, , at]) => at as number),
  }
}

/** A ring round a pole goes on where it began: only in its second round does the end of it cross the beginning. */
function crossingRoundPole([ring]: readonly Float64Array[], [drawn]: readonly CleanRing[]): Crossing | undefined {
  if (!ring || !drawn || poleOf(drawn.positions) === undefined) return undefined
  const edges = drawn.positions.length - 1
  const once = ring.subarray(0, (edges + 1) * 2)
  const turn = (once[edges * 2] as number) - (once[0] as number)
  const again = once.subarray(2).map((v, i) => (i % 2 === 0 ? v + turn : v))
  const [x0, y0] = once as unknown as [number, number]
  const pole = ring.at(-3) as number
  const crossing = findCrossing([Float64Array.from([...once, ...again, x0 + 2 * turn, pole, x0, pole, x0, y0])])
  return crossing && { ...crossing, edgeA: crossing.edgeA % edges, edgeB: crossing.edgeB % edges }
}

/** Whether a crossing is one with the line along which a ring round a pole is closed. */
function onSeam({ ringA, edgeA, ringB, edgeB }: Crossing, rings: readonly CleanRing[]): boolean {
  const seam = (ring: number, edge: number) => edge >= (rings[ring] as CleanRing).positions.length - 1
  return seam(ringA, edgeA) || seam(ringB, edgeB)
}

/** The plane that polygons are prepared on ends at the pole: a hole cannot reach over the edge of it. */
function holeAtPole(where: string): Problem {
  return new Problem(
    'hole-at-pole',
    'The outline goes round a pole, and so does the hole, or it reaches across the seam there',
    {
      where,
      hint: 'Write a difference: the outline without the hole, minus a polygon of the hole.',
    },
  )
}

interface CleanRing {
  positions: Position[]
  /** For each kept vertex its index in the input. */
  origin: number[]
}

function cleanRing(ring: readonly Position[], where: string, notes: string[]): CleanRing {
  if (!Array.isArray(ring) || ring.length === 0) throw empty(where)
  const positions: Position[] = []
  const origin: number[] = []
  let repeated = 0
  let heights = 0
  ring.forEach((position, i) => {
    const [lon, lat] = checkPosition(position, `${where}[${i}]`)
    if (position.length > 2) heights++
    const last = positions.at(-1)
    if (last && last[0] === lon && last[1] === lat) repeated++
    else {
      positions.push([lon, lat])
      origin.push(i)
    }
  })
  const [first] = positions as [Position]
  const last = positions.at(-1) as Position
  const closed = positions.length > 1 && first[0] === last[0] && first[1] === last[1]
  const distinct = new Set(positions.map(([x, y]) => `${x} ${y}`)).size
  if (distinct < 3) {
    throw new Problem('ring-too-short', `The ring has ${distinct} different points; an area needs at least 3`, {
      where,
    })
  }
  if (!closed) {
    positions.push([...first])
    origin.push(0)
    notes.push(`${where}: the ring was left open and has been closed at its first point.`)
  }
  if (repeated > 0) notes.push(`${where}: ${repeated} points that repeated the one before were dropped.`)
  if (heights > 0) notes.push(`${where}: heights were dropped.`)
  return { positions, origin }
}

export function checkPosition(position: unknown, where: string): [lon: number, lat: number] {
  const [lon, lat] = Array.isArray(position) ? (position as unknown[]) : []
  if (typeof lon !== 'number' || typeof lat !== 'number' || !Number.isFinite(lon) || !Number.isFinite(lat)) {
    throw new Problem('bad-position', 'A position is two numbers, longitude and latitude in degrees', { where })
  }
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) {
    const swapped = Math.abs(lat) > 90 && Math.abs(lat) <= 180 && Math.abs(lon) <= 90
    const beyond = Math.abs(lon) > 180 && Math.abs(lat) <= 90
    throw new Problem('off-the-globe', `Longitude ${lon}, latitude ${lat} is not a place on earth`, {
      where,
      hint: swapped
        ? 'Latitude and longitude look swapped: GeoJSON writes longitude first, CAP latitude first.'
        : beyond
          ? 'Longitudes run from -180 to 180; across the antimeridian write -170 for 190.'
          : 'Longitude is -180 to 180, latitude -90 to 90, in degrees.',
    })
  }
  return [lon, lat]
}

/** Holes lie inside their outer ring and not inside one another: anything else has no certain inside. */
function checkHoles(rings: readonly Float64Array[], where: string): void {
  const prepared = rings.map((ring) => new PreparedPolygon([ring]))
  for (let hole = 1; hole < rings.length; hole++) {
    const points = rings[hole] as Float64Array
    if (!within(points, prepared[0] as PreparedPolygon)) {
      throw new Problem('hole-outside', 'The hole lies outside its outer ring', {
        where: `${where}[${hole}]`,
        hint: 'Only the first ring of a polygon is ground; draw separate ground as a shape of its own.',
      })
    }
    for (let other = 1; other < rings.length; other++) {
      if (other !== hole && within(points, prepared[other] as PreparedPolygon)) {
        throw new Problem('hole-in-hole', `The hole lies inside ring ${other}, which is a hole as well`, {
          where: `${where}[${hole}]`,
          hint: 'An island in a lake is a shape of its own.',
        })
      }
    }
  }
}

function within(points: Float64Array, polygon: PreparedPolygon): boolean {
  for (let i = 0; i < points.length; i += 2) {
    if (!polygon.contains(points[i] as number, points[i + 1] as number)) return false
  }
  return true
}

/**
 * Published outlines that were simplified or rounded are full of crossings a few metres wide: a loop of at most 1 km² and a
 * ten-thousandth of its ring is taken as drawn. A bow-tie of misordered vertices has two lobes that are both larger.
 */
function isSliver({ ringA, edgeA, ringB, edgeB }: Crossing, rings: readonly Float64Array[]): boolean {
  const ring = rings[ringA] as Float64Array
  if (ringA !== ringB) return false
  const [first, last] = edgeA < edgeB ? [edgeA, edgeB] : [edgeB, edgeA]
  const at = meeting(ring, first, last)
  const loop = ringAreaKm2(Float64Array.from([...at, ...ring.subarray((first + 1) * 2, (last + 1) * 2), ...at]))
  const start = ring.subarray(0, (first + 1) * 2)
  const rest = ringAreaKm2(Float64Array.from([...start, ...at, ...ring.subarray((last + 1) * 2)]))
  const smaller = Math.min(loop, rest)
  return smaller <= 1 && smaller <= 1e-4 * Math.max(loop, rest)
}

/** The point where two edges of a ring that are known to cross do so. */
function meeting(ring: Float64Array, edgeA: number, edgeB: number): [x: number, y: number] {
  const [ax, ay, bx, by] = ring.subarray(edgeA * 2, edgeA * 2 + 4) as unknown as [number, number, number, number]
  const [cx, cy, dx, dy] = ring.subarray(edgeB * 2, edgeB * 2 + 4) as unknown as [number, number, number, number]
  const across = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
  const t = across === 0 ? 1 : ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / across
  return [ax + t * (bx - ax), ay + t * (by - ay)]
}

/** Nothing within, but for rounding: a line there and back. */
function isFlat(ring: Float64Array): boolean {
  const { west, south, east, north } = boxOf(ring)
  return Math.abs(signedArea(ring)) <= 1e-12 * (east - west) * (north - south)
}

/** Twice the area on the plane, positive counterclockwise; measured from the first vertex, so that no digits are lost. */
function signedArea(ring: Float64Array): number {
  const [x0, y0] = ring as unknown as [number, number]
  let sum = 0
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const [x1, y1, x2, y2] = ring.subarray(i, i + 4) as unknown as [number, number, number, number]
    sum += (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
  }
  return sum
}

function vertexOf(rings: readonly CleanRing[], ring: number, edge: number): { index: number; text: string } {
  const { positions, origin } = rings[ring] as CleanRing
  const at = Math.min(edge, positions.length - 1)
  const [lon, lat] = positions[at] as [number, number]
  return { index: origin[at] as number, text: `lon ${lon}, lat ${lat}` }
}

export function empty(where: string): Problem {
  return new Problem('shape-empty', 'The shape has no points', {
    where,
    hint: 'An area is missing here: draw it again.',
  })
}
