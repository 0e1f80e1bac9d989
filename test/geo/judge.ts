import type { Position } from 'geojson'
import { geodesicM } from '../../src/geo/ellipsoid.ts'
import type { Shape } from '../../src/geo/zone.ts'

/**
 * A second opinion on who is in a zone, slow and plain: every ring as it was written, each edge the short way round, crossings
 * counted with integers of arbitrary length on the doubles' exact values. It shares with `src/geo` only the geodesic of Karney's library.
 */
export type Verdict = 'inside' | 'border' | 'outside'

export function judge(shape: Shape, lon: number, lat: number): Verdict {
  switch (shape.kind) {
    case 'polygon':
      return judgePolygon(shape.rings, lon, lat)
    case 'multipolygon':
      return any(shape.polygons.map((rings) => judgePolygon(rings, lon, lat)))
    case 'circle': {
      const metres = geodesicM(shape.lon, shape.lat, lon, lat)
      return metres < shape.radiusKm * 1000 ? 'inside' : metres > shape.radiusKm * 1000 ? 'outside' : 'border'
    }
    case 'union':
      return any(shape.of.map((one) => judge(one, lon, lat)))
    case 'intersection':
      return all(shape.of.map((one) => judge(one, lon, lat)))
    case 'difference':
      return all([judge(shape.of, lon, lat), ...shape.minus.map((one) => opposite(judge(one, lon, lat)))])
    default:
      throw new Error(`no judgement on a ${shape.kind}`)
  }
}

const any = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes('inside') ? 'inside' : verdicts.includes('border') ? 'border' : 'outside'
const all = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes('outside') ? 'outside' : verdicts.includes('border') ? 'border' : 'inside'
const opposite = (verdict: Verdict): Verdict =>
  verdict === 'inside' ? 'outside' : verdict === 'outside' ? 'inside' : 'border'

/** A double as an integer: all coordinates have their last bit above 2^-1074. */
const scale = 1074n
type Point = readonly [x: bigint, y: bigint, lon: number, lat: number]

interface Ring {
  readonly points: readonly Point[]
  /** Whether it goes once round a pole, and which. */
  readonly pole: 90 | -90 | undefined
}

const prepared = new WeakMap<readonly Position[], Ring>()

function judgePolygon(rings: readonly (readonly Position[])[], lon: number, lat: number): Verdict {
  let odd = false
  for (const positions of rings) {
    let ring = prepared.get(positions)
    if (!ring) {
      ring = walk(positions)
      prepared.set(positions, ring)
    }
    const judged = ring.pole === undefined ? judgeRing : judgeCap
    const found = judged(ring, lon, lat)
    if (found === 'border') return 'border'
    if (found === 'inside') odd = !odd
  }
  return odd ? 'inside' : 'outside'
}

/** The ring on one plane; a ring round a pole is left open. */
function walk(positions: readonly Position[]): Ring {
  const points: Point[] = []
  let turn = 0
  let last: number | undefined
  for (const [lon, lat] of positions as readonly [number, number][]) {
    if (last !== undefined && lon - last > 180) turn -= 360
    if (last !== undefined && lon - last < -180) turn += 360
    last = lon
    points.push([integer(lon + turn), integer(lat), lon + turn, lat])
  }
  const lats = positions.slice(1).map(([, lat]) => lat as number)
  const mean = lats.reduce((sum, lat) => sum + lat, 0)
  return { points, pole: turn === 0 ? undefined : mean < 0 ? -90 : 90 }
}

/** The place beside every turn of the ring: it can be within in one of them only. */
const turns = [-720, -360, 0, 360, 720] as const

function judgeRing({ points }: Ring, lon: number, lat: number): Verdict {
  let odd = false
  for (const turn of turns) {
    const x = lon + turn
    for (let i = 1; i < points.length; i++) {
      const a = points[i - 1] as Point
      const b = points[i] as Point
      // Plainly beside it: doubles compare exactly.
      if (lat > Math.max(a[3], b[3]) || lat < Math.min(a[3], b[3]) || x > Math.max(a[2], b[2])) continue
      if (x < Math.min(a[2], b[2])) {
        if (a[3] > lat !== b[3] > lat) odd = !odd
        continue
      }
      const verdict = meetsRay(a, b, integer(x), integer(lat))
      if (verdict === 'border') return 'border'
      if (verdict === 'inside') odd = !odd
    }
  }
  return odd ? 'inside' : 'outside'
}

/** Whether the edge meets the half line from the point to the east: `border` in the point itself, `inside` elsewhere. */
function meetsRay([ax, ay]: Point, [bx, by]: Point, x: bigint, y: bigint): Verdict {
  const cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
  const between = (p: bigint, q: bigint, v: bigint) => (p <= v && v <= q) || (q <= v && v <= p)
  if (cross === 0n && between(ax, bx, x) && between(ay, by, y)) return 'border'
  if (ay > y === by > y) return 'outside'
  return cross > 0n === by > ay && cross !== 0n ? 'inside' : 'outside'
}

/** Round a pole: within, if an even number of edges lies between the place and the pole, along the meridian. */
function judgeCap({ points, pole }: Ring, lon: number, lat: number): Verdict {
  let odd = false
  const y = integer(lat)
  for (const turn of turns) {
    const x = integer(lon + turn)
    for (let i = 1; i < points.length; i++) {
      const a = points[i - 1] as Point
      const b = points[i] as Point
      if (lon + turn < Math.min(a[2], b[2]) || lon + turn > Math.max(a[2], b[2])) continue
      if (meetsRay(a, b, x, y) === 'border') return 'border'
      const [ax, ay] = a
      const [bx, by] = b
      if (ax > x === bx > x) continue
      const north = (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0n === bx > ax
      if (north !== (pole === 90)) odd = !odd
    }
  }
  return odd ? 'outside' : 'inside'
}

const view = new DataView(new ArrayBuffer(8))

function integer(value: number): bigint {
  if (value === 0) return 0n
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = (bits >> 52n) & 0x7ffn
  const mantissa = (bits & 0xfffffffffffffn) | (exponent === 0n ? 0n : 1n << 52n)
  const shift = exponent === 0n ? scale - 1074n : exponent - 1075n + scale
  return (value < 0 ? -1n : 1n) * (mantissa << shift)
}
