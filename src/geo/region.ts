/** An upright box in degrees; west <= east and south <= north, inside -180..180 and -90..90 unless said otherwise. */
export interface Box {
  west: number
  south: number
  east: number
  north: number
}

/** How a box lies to a region; `border` also where it cannot be told cheaply, never wrongly `inside` or `outside`. */
export type Side = 'inside' | 'outside' | 'border'

/** A part of the earth's surface that points and boxes can be asked against. The border belongs to it. */
export interface Region {
  /** One box, or two where the region crosses the antimeridian, or one a part: together they hold the region. */
  readonly bboxes: readonly Box[]
  /** Exact; lon -180..180, lat -90..90. */
  contains(lon: number, lat: number): boolean
  /** Conservative; the box inside -180..180. */
  classify(west: number, south: number, east: number, north: number): Side
}

export const outsideOf = (box: Box, lon: number, lat: number): boolean =>
  lon < box.west || lon > box.east || lat < box.south || lat > box.north

export const disjoint = (a: Box, b: Box): boolean =>
  a.east < b.west || b.east < a.west || a.north < b.south || b.north < a.south

/** The same stretch of the earth inside -180..180: two boxes where it passes the antimeridian. */
export function wrapBox(box: Box): Box[] {
  if (box.east - box.west >= 360) return [{ ...box, west: -180, east: 180 }]
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
