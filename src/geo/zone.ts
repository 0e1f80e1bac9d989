import type { Position } from 'geojson'

/**
 * One part of a zone, as it is stored in alerts, in the database and in the API. Coordinates are degrees, lon before lat.
 * A ring is closed and its first ring is the outer one; `checkShapes` makes it so.
 *
 * Shapes can be put together, several deep. The border belongs to a zone, and so does the border of what is taken away from it. A
 * country within such a shape means its outline on the map, not what carriers report.
 */
export type Shape =
  | { kind: 'polygon'; rings: Position[][] }
  | { kind: 'multipolygon'; polygons: Position[][][] }
  | { kind: 'circle'; lon: number; lat: number; radiusKm: number }
  | { kind: 'country'; iso2: string }
  | Composition

/** Shapes put together; nothing is cut, so no vertex moves. A buffer is all within some metres over the ground as well. */
export type Composition =
  /** `country`: it is ground of this country (alpha-2), so whoever is reported in another is not meant, wherever outlines overlap. */
  | { kind: 'union'; of: Shape[]; country?: string }
  | { kind: 'intersection'; of: Shape[] }
  | { kind: 'difference'; of: Shape; minus: Shape[] }
  | { kind: 'buffer'; of: Shape; metres: number }

export function isComposition(shape: Shape): shape is Composition {
  return (
    shape.kind === 'union' || shape.kind === 'intersection' || shape.kind === 'difference' || shape.kind === 'buffer'
  )
}

/** Ids of the library; those of zones by reference have capitals or a colon, so nothing can be both. */
export const zoneIdPattern = '^[a-z0-9][a-z0-9-]{0,63}$'
export const zoneIdForm = '1 to 64 of a-z, 0-9 and -, beginning with a letter or a digit: noto-2024'

/** Where a zone of the library comes from. */
export interface ZoneSource {
  author: string
  /** The published facts that the outline follows. */
  basis: string
  /** SPDX identifier. */
  licence: string
  /** ISO 8601 date of the facts, not of the drawing. */
  date: string
}

/** A geofence: the union of its shapes. A change is a new version; alerts keep the shapes that they were approved with. */
export interface Zone {
  id: string
  version: number
  name: string
  shapes: Shape[]
  source?: ZoneSource
}
