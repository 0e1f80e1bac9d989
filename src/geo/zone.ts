import type { Position } from 'geojson'

/**
 * One part of a zone, as it is stored in alerts, in the database and in the API. Coordinates are degrees, lon before lat.
 * A ring is closed and its first ring is the outer one; `checkShapes` makes it so.
 */
export type Shape =
  | { kind: 'polygon'; rings: Position[][] }
  | { kind: 'multipolygon'; polygons: Position[][][] }
  | { kind: 'circle'; lon: number; lat: number; radiusKm: number }
  | { kind: 'country'; iso2: string }

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
