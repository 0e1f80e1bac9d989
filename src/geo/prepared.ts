import type { MultiPolygon, Polygon, Position } from 'geojson'
import { PreparedPolygon } from './polygon.ts'
import { type Box, type Region, type Side, wrapBox } from './region.ts'
import { alignTo, boxOf, unwrap } from './ring.ts'
import { ringAreaKm2 } from './sphere.ts'

/**
 * A polygon or multipolygon made ready for many questions, members tested one by one: even-odd over all rings together
 * would make a hole of every overlap.
 */
export class Prepared implements Region {
  readonly bboxes: readonly Box[]
  readonly members: readonly PreparedPolygon[]

  constructor(members: readonly PreparedPolygon[]) {
    this.members = members
    this.bboxes = members.flatMap((member) => wrapBox(member.box))
  }

  contains(lon: number, lat: number): boolean {
    for (const member of this.members) if (memberContains(member, lon, lat)) return true
    return false
  }

  interior(lon: number, lat: number): boolean {
    return this.members.some((member) => turns.some((turn) => member.interior(lon + turn, lat)))
  }

  borderDistanceM(lon: number, lat: number, withinM: number, enoughM = 0): number | undefined {
    let best: number | undefined
    for (const member of this.members) {
      for (const turn of turns) {
        const km = member.edgeDistanceKm(lon + turn, lat, (best ?? withinM) / 1000, enoughM / 1000)
        if (km !== undefined) best = Math.min(km * 1000, best ?? withinM)
        if (best !== undefined && best <= enoughM) return best
      }
    }
    return best
  }

  classify(west: number, south: number, east: number, north: number): Side {
    let side: Side = 'outside'
    for (const member of this.members) {
      for (const turn of turns) {
        if (west + turn > member.box.east || east + turn < member.box.west) continue
        const one = member.classify(west + turn, south, east + turn, north)
        if (one === 'inside') return 'inside'
        if (one === 'border') side = 'border'
      }
    }
    return side
  }

  /** Sum of the members' areas, holes taken off. */
  get areaKm2(): number {
    let sum = 0
    for (const { rings } of this.members) {
      rings.forEach((ring, i) => {
        sum += (i === 0 ? 1 : -1) * ringAreaKm2(ring)
      })
    }
    return sum
  }
}

/** By how many degrees a place may have to be turned to lie beside a member that crosses the antimeridian. */
export const turns = [0, 360, -360] as const

/** Whether one unwrapped member contains the place, from whichever turn round the globe. */
export function memberContains(member: PreparedPolygon, lon: number, lat: number): boolean {
  if (member.contains(lon, lat)) return true
  if (member.box.east >= 180 && member.contains(lon + 360, lat)) return true
  return member.box.west <= -180 && member.contains(lon - 360, lat)
}

/**
 * Prepares a geometry (RFC 7946: lon, lat). Rings that step over the antimeridian or go round a pole are understood.
 * Building takes 0.2 to 5 ms up to 10,000 vertices; it does not validate: `checkShapes` does.
 */
export function prepare(geometry: Polygon | MultiPolygon): Prepared {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates
  return new Prepared(polygons.map((rings) => new PreparedPolygon(unwrapPolygon(rings))))
}

/** The rings of one polygon on one plane: holes next to their outer ring. */
export function unwrapPolygon(rings: readonly (readonly Position[])[]): Float64Array[] {
  const [outer = new Float64Array(), ...holes] = rings.map(unwrap)
  const box = boxOf(outer)
  return [outer, ...holes.map((hole) => alignTo(hole, box))]
}
