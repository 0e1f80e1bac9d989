import type { MultiPolygon, Position } from 'geojson'
import { boxOf } from './ring.ts'

/**
 * Cuts unwrapped polygons at the antimeridian into a MultiPolygon within -180..180 (RFC 7946 §3.1.9), for readers that
 * know no better. Where a ring crosses several times, pieces stay joined by edges along the antimeridian, of no area.
 */
export function splitAtAntimeridian(polygons: readonly (readonly Float64Array[])[]): MultiPolygon {
  const coordinates: Position[][][] = []
  for (const rings of polygons) {
    const outer = rings[0]
    if (!outer) continue
    const box = boxOf(outer)
    const first = Math.floor((box.west + 180) / 360)
    const last = Math.max(first, Math.ceil((box.east + 180) / 360) - 1)
    for (let turn = first; turn <= last; turn++) {
      const west = turn * 360 - 180
      const east = west + 360
      const cut = rings
        .map((ring) => clip(clip(toPositions(ring), west, 1), east, -1))
        .filter((ring) => ring.length >= 3)
        .map((ring) => close(ring.map(([x, y]) => [(x as number) - turn * 360, y as number])))
      if (cut.length > 0) coordinates.push(cut)
    }
  }
  return { type: 'MultiPolygon', coordinates }
}

function toPositions(ring: Float64Array): Position[] {
  const positions: Position[] = []
  for (let i = 0; i + 3 < ring.length; i += 2) positions.push([ring[i] as number, ring[i + 1] as number])
  return positions
}

function close(ring: Position[]): Position[] {
  return [...ring, ring[0] as Position]
}

/** Keeps what lies east (keep 1) or west (keep -1) of a meridian (Sutherland and Hodgman, 1974). */
function clip(ring: readonly Position[], meridian: number, keep: 1 | -1): Position[] {
  const kept: Position[] = []
  ring.forEach((position, i) => {
    const [x, y] = position as [number, number]
    const [px, py] = ring[(i + ring.length - 1) % ring.length] as [number, number]
    const here = (x - meridian) * keep >= 0
    if (here !== (px - meridian) * keep >= 0) {
      kept.push([meridian, py + ((meridian - px) / (x - px)) * (y - py)])
    }
    if (here) kept.push(position)
  })
  return kept
}
