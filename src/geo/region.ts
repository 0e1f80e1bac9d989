/** An upright box in degrees; west <= east and south <= north, inside -180..180 and -90..90 unless said otherwise. */
export interface Box {
  west: number
  south: number
  east: number
  north: number
}

/**
 * How a box lies to a region. `inside`: every place of it is in the interior; `outside`: none is in the region. `border` also
 * where it cannot be told cheaply; the other two are never wrong.
 */
export type Side = 'inside' | 'outside' | 'border'

/** A part of the earth's surface that points and boxes can be asked against. The border belongs to it. */
export interface Region {
  /** One box, or two where the region crosses the antimeridian, or one a part: together they hold the region. */
  readonly bboxes: readonly Box[]
  /** In km². */
  readonly areaKm2: number
  /** Exact; lon -180..180, lat -90..90. */
  contains(lon: number, lat: number): boolean
  /** As `contains`, without the border: what is cut out of another zone, whose border it becomes. */
  interior(lon: number, lat: number): boolean
  /** Conservative; the box inside -180..180. */
  classify(west: number, south: number, east: number, north: number): Side
  /**
   * Distance in metres from a place, on either side, to the nearest border, if not above `withinM`. Never larger than it is (what
   * several regions have in common gives the nearest border of any of them); of polygons together smaller by at most 2 mm and
   * `bulgeM` (see `OuterBorder`), of a circle exact. Where any not above `enoughM` will do, the first such is given: to ask only whether a border is
   * near, give the same number twice.
   */
  borderDistanceM(lon: number, lat: number, withinM: number, enoughM?: number): number | undefined
}

export const outsideOf = (box: Box, lon: number, lat: number): boolean =>
  lon < box.west || lon > box.east || lat < box.south || lat > box.north

export const disjoint = (a: Box, b: Box): boolean =>
  a.east < b.west || b.east < a.west || a.north < b.south || b.north < a.south

export const commonBox = (a: Box, b: Box): Box => ({
  west: Math.max(a.west, b.west),
  south: Math.max(a.south, b.south),
  east: Math.min(a.east, b.east),
  north: Math.min(a.north, b.north),
})

/** The box of several. */
export function around(boxes: readonly Box[]): Box {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity }
  for (const { west, south, east, north } of boxes) {
    if (west < box.west) box.west = west
    if (south < box.south) box.south = south
    if (east > box.east) box.east = east
    if (north > box.north) box.north = north
  }
  return box
}

/**
 * The same stretch of the earth inside -180..180: two boxes where it passes the antimeridian, or only reaches it: a place there is
 * at 180 as well as at -180.
 */
export function wrapBox(box: Box): Box[] {
  if (box.east - box.west >= 360) return [{ ...box, west: -180, east: 180 }]
  if (box.east === 180) return [box, { ...box, west: -180, east: -180 }]
  if (box.west === -180) return [box, { ...box, west: 180, east: 180 }]
  if (box.west < -180) {
    if (box.east < -180) return [{ ...box, west: box.west + 360, east: box.east + 360 }]
    return [
      { ...box, west: box.west + 360, east: 180 },
      { ...box, west: -180 },
    ]
  }
  if (box.east > 180) {
    if (box.west > 180) return [{ ...box, west: box.west - 360, east: box.east - 360 }]
    return [
      { ...box, east: 180 },
      { ...box, west: -180, east: box.east - 360 },
    ]
  }
  return [box]
}
