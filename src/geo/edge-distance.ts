import { largestRadius, toSpace } from './ellipsoid.ts'

/** A curve and the straight line between its ends count as one where they are nearer than this, in metres. */
const toleranceM = 0.001

const rad = Math.PI / 180

/** The middle of an edge that is being halved. */
const middle = new Float64Array(3)

/**
 * Distance in metres, straight through the earth, from a place (px, py, pz as of `toSpace`) to the edge, straight in longitude and
 * latitude, from x1, y1 to x2, y2, whose ends in space are a and b: never larger than it is, at most 2 mm smaller. What is not
 * below `best` is given as `best`; what is surely not above `enough` as some number below that.
 *
 * In space such an edge is a curve; it leaves the line between its ends by an eighth of its second derivative at the most.
 * Where that is too much it is halved, unless it lies too far off or near enough anyway: a few halvings, as each leaves a quarter.
 */
export function edgeDistanceM(
  px: number,
  py: number,
  pz: number,
  x1: number,
  y1: number,
  ax: number,
  ay: number,
  az: number,
  x2: number,
  y2: number,
  bx: number,
  by: number,
  bz: number,
  best: number,
  enough: number,
): number {
  const stray = strayM(x2 - x1, y1, y2)
  const line = lineDistance(ax - px, ay - py, az - pz, bx - ax, by - ay, bz - az)
  if (line - stray >= best) return best
  if (stray <= toleranceM || line + stray <= enough) return Math.max(0, line - stray)
  const x = (x1 + x2) / 2
  const y = (y1 + y2) / 2
  toSpace(x, y, middle, 0)
  const [mx, my, mz] = middle as unknown as [number, number, number]
  const first = edgeDistanceM(px, py, pz, x1, y1, ax, ay, az, x, y, mx, my, mz, best, enough)
  if (first <= enough) return first
  return edgeDistanceM(px, py, pz, x, y, mx, my, mz, x2, y2, bx, by, bz, first, enough)
}

/** How far the edge can be from the straight line between its ends, in metres. */
function strayM(width: number, y1: number, y2: number): number {
  const dx = Math.abs(width) * rad
  const dy = Math.abs(y2 - y1) * rad
  const nearest = y1 > 0 !== y2 > 0 ? 0 : Math.min(Math.abs(y1), Math.abs(y2))
  // A thousandth more than the largest radius: the meridian's own curvature changes along it.
  return ((largestRadius * 1.001) / 8) * (dy * dy + 2 * dx * dy + Math.cos(nearest * rad) * dx * dx)
}

/** From the origin to the line from a, as long as d. */
function lineDistance(ax: number, ay: number, az: number, dx: number, dy: number, dz: number): number {
  const length = dx * dx + dy * dy + dz * dz
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, -(ax * dx + ay * dy + az * dz) / length))
  const x = ax + t * dx
  const y = ay + t * dy
  const z = az + t * dz
  return Math.sqrt(x * x + y * y + z * z)
}
