import { orient } from './orient.ts'

/** Two edges that cross; edge i runs from vertex i of its ring to vertex i + 1. */
export interface Crossing {
  ringA: number
  edgeA: number
  ringB: number
  edgeB: number
}

interface Edge {
  ring: number
  index: number
  x1: number
  y1: number
  x2: number
  y2: number
}

/**
 * The first place where rings (unwrapped, closed) cross themselves or each other: a bow-tie, whose inside nobody can tell.
 * A ring may touch itself in a vertex or run back over an edge: that changes no inside. Exact. Edges are compared only
 * within cells of a grid of about one cell an edge: near linear for outlines. A crossing that `mayPass` says yes to is passed
 * over. Of a hopeless tangle the first of the first thousand is reported.
 */
export function findCrossing(
  rings: readonly Float64Array[],
  mayPass: (crossing: Crossing) => boolean = () => false,
): Crossing | undefined {
  const edges = rings.flatMap((ring, r) => edgesOf(ring, r))
  if (edges.length < 4) return undefined
  const grid = new EdgeGrid(edges)
  let found: Crossing | undefined
  let count = 0
  for (const cell of grid.cells.values()) {
    for (let i = 0; i < cell.length; i++) {
      for (let j = i + 1; j < cell.length; j++) {
        const a = cell[i] as Edge
        const b = cell[j] as Edge
        if (cross(a, b, rings)) {
          const one = { ringA: a.ring, edgeA: a.index, ringB: b.ring, edgeB: b.index }
          count++
          if ((!found || before(one, found)) && !mayPass(one)) found = one
          if (found && count >= 1000) return found
        }
      }
    }
  }
  return found
}

/** The one that a reader of the input meets first, whatever the grid. */
function before(a: Crossing, b: Crossing): boolean {
  return a.ringA !== b.ringA ? a.ringA < b.ringA : a.edgeA !== b.edgeA ? a.edgeA < b.edgeA : a.edgeB < b.edgeB
}

function edgesOf(ring: Float64Array, r: number): Edge[] {
  const edges: Edge[] = []
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const [x1, y1, x2, y2] = ring.subarray(i, i + 4) as unknown as [number, number, number, number]
    edges.push({ ring: r, index: i / 2, x1, y1, x2, y2 })
  }
  return edges
}

class EdgeGrid {
  readonly cells = new Map<number, Edge[]>()

  constructor(edges: readonly Edge[]) {
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity]
    for (const e of edges) {
      west = Math.min(west, e.x1)
      south = Math.min(south, e.y1)
      east = Math.max(east, e.x1)
      north = Math.max(north, e.y1)
    }
    const size = Math.max(1, Math.ceil(Math.sqrt(edges.length)))
    const sx = size / (east - west || 1)
    const sy = size / (north - south || 1)
    const clamp = (v: number) => Math.max(0, Math.min(size - 1, Math.floor(v)))
    for (const e of edges) {
      const low = e.y1 <= e.y2 ? e : { x1: e.x2, y1: e.y2, x2: e.x1, y2: e.y1 }
      const first = clamp((low.y1 - south) * sy)
      const last = clamp((low.y2 - south) * sy)
      for (let row = first; row <= last; row++) {
        // The edge's stretch of x within this row, a hair wider: long edges must not fill the whole grid.
        const ta = row === first ? 0 : (south + (row - 1e-9) / sy - low.y1) / (low.y2 - low.y1)
        const tb = row === last ? 1 : (south + (row + 1 + 1e-9) / sy - low.y1) / (low.y2 - low.y1)
        const xa = low.x1 + ta * (low.x2 - low.x1)
        const xb = low.x1 + tb * (low.x2 - low.x1)
        const to = clamp((Math.max(xa, xb) - west) * sx + 1e-9)
        for (let col = clamp((Math.min(xa, xb) - west) * sx - 1e-9); col <= to; col++) {
          const cell = this.cells.get(row * size + col)
          if (cell) cell.push(e)
          else this.cells.set(row * size + col, [e])
        }
      }
    }
  }
}

function cross(a: Edge, b: Edge, rings: readonly Float64Array[]): boolean {
  if (Math.max(a.x1, a.x2) < Math.min(b.x1, b.x2) || Math.max(b.x1, b.x2) < Math.min(a.x1, a.x2)) return false
  if (Math.max(a.y1, a.y2) < Math.min(b.y1, b.y2) || Math.max(b.y1, b.y2) < Math.min(a.y1, a.y2)) return false
  const a1 = Math.sign(orient(b.x1, b.y1, b.x2, b.y2, a.x1, a.y1))
  const a2 = Math.sign(orient(b.x1, b.y1, b.x2, b.y2, a.x2, a.y2))
  const b1 = Math.sign(orient(a.x1, a.y1, a.x2, a.y2, b.x1, b.y1))
  const b2 = Math.sign(orient(a.x1, a.y1, a.x2, a.y2, b.x2, b.y2))
  if (a1 * a2 < 0 && b1 * b2 < 0) return true
  // A vertex in the middle of an edge: a crossing if its ring goes on to the other side.
  if (a2 === 0 && a1 !== 0 && b1 * b2 < 0) return passesThrough(a, b, a1, rings)
  if (b2 === 0 && b1 !== 0 && a1 * a2 < 0) return passesThrough(b, a, b1, rings)
  return a2 === 0 && b2 === 0 && a.x2 === b.x2 && a.y2 === b.y2 && crossesInVertex(a, b, rings)
}

/** Whether edge `a`, which comes from side `from` and ends on `b`, is followed by one to the other side. */
function passesThrough(a: Edge, b: Edge, from: number, rings: readonly Float64Array[]): boolean {
  const next = following(a, rings)
  return Math.sign(orient(b.x1, b.y1, b.x2, b.y2, next.x, next.y)) * from < 0
}

/** Two paths through one vertex cross if, seen from it, one's ends lie on both sides of the other. */
function crossesInVertex(a: Edge, b: Edge, rings: readonly Float64Array[]): boolean {
  const [vx, vy] = [a.x2, a.y2]
  const from = { x: a.x1, y: a.y1 }
  const to = following(a, rings)
  const side = (p: Point, q: Point) => Math.sign(orient(vx, vy, p.x, p.y, q.x, q.y))
  const together = (p: Point, q: Point) =>
    side(p, q) === 0 && Math.sign(p.x - vx) === Math.sign(q.x - vx) && Math.sign(p.y - vy) === Math.sign(q.y - vy)
  const ends = [{ x: b.x1, y: b.y1 }, following(b, rings)]
  if (together(from, to) || ends.some((end) => together(end, from) || together(end, to))) return false
  /** Whether it lies in the sector that is swept counterclockwise from one end of the path to the other. */
  const swept = (end: Point) => {
    const turn = side(from, to)
    if (turn === 0) return side(from, end) > 0
    return turn > 0 ? side(from, end) > 0 && side(to, end) < 0 : !(side(to, end) > 0 && side(from, end) < 0)
  }
  const [first, second] = ends as [Point, Point]
  return swept(first) !== swept(second)
}

interface Point {
  x: number
  y: number
}

function following(edge: Edge, rings: readonly Float64Array[]): Point {
  const ring = rings[edge.ring] as Float64Array
  const count = ring.length / 2 - 1
  const at = ((edge.index + 2) % count) * 2
  return { x: ring[at] as number, y: ring[at + 1] as number }
}
