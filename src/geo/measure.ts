import { around, type Box, type Region } from './region.ts'
import { boxAreaKm2 } from './sphere.ts'

/** Halvings of the box of a region; 8 x 8 points in each of the smallest. */
const depth = 6

/** Area in km² of any region, within about 1 %: halves boxes; of the smallest on the border, the share of points within. */
export function measuredKm2(region: Region): number {
  let sum = 0
  const visit = (box: Box, left: number): void => {
    const { west, south, east, north } = box
    const side = region.classify(west, south, east, north)
    if (side === 'outside') return
    if (side === 'inside') sum += boxAreaKm2(west, south, east, north)
    else if (left === 0) sum += boxAreaKm2(west, south, east, north) * share(region, box)
    else for (const quarter of quarters(box)) visit(quarter, left - 1)
  }
  // Boxes that overlap would count twice: go by one box around each side of the antimeridian.
  for (const box of hemispheres(region.bboxes)) visit(box, depth)
  return sum
}

/** Boxes tried at the most, half a second: a region of 1,000 km that is nowhere wider than a kilometre may be missed. */
const tries = 8000

/**
 * A place in the interior of a region; none where it is empty, or nothing but lines as far as can be told. Goes by the middles of
 * ever smaller boxes on the border, the largest first.
 */
export function somePlaceIn(region: Region): [lon: number, lat: number] | undefined {
  const boxes = [...region.bboxes]
  for (let next = 0; next < boxes.length && next < tries; next++) {
    const box = boxes[next] as Box
    const { west, south, east, north } = box
    const side = region.classify(west, south, east, north)
    if (side === 'outside') continue
    const place: [number, number] = [(west + east) / 2, (south + north) / 2]
    if (region.interior(...place)) return place
    if (east > west && north > south) boxes.push(...quarters(box))
  }
  return undefined
}

export function quarters({ west, south, east, north }: Box): Box[] {
  const lon = (west + east) / 2
  const lat = (south + north) / 2
  return [
    { west, south, east: lon, north: lat },
    { west: lon, south, east, north: lat },
    { west, south: lat, east: lon, north },
    { west: lon, south: lat, east, north },
  ]
}

function share(region: Region, { west, south, east, north }: Box): number {
  let hits = 0
  for (let i = 0; i < 64; i++) {
    const lon = west + ((east - west) * ((i % 8) + 0.5)) / 8
    const lat = south + ((north - south) * (Math.floor(i / 8) + 0.5)) / 8
    if (region.contains(lon, lat)) hits++
  }
  return hits / 64
}

function hemispheres(boxes: readonly Box[]): Box[] {
  const halves: Box[] = []
  for (const [west, east] of [
    [-180, 0],
    [0, 180],
  ] as const) {
    const parts = boxes
      .filter((b) => b.west < east && b.east > west)
      .map((b) => ({ ...b, west: Math.max(b.west, west), east: Math.min(b.east, east) }))
    if (parts.length > 0) halves.push(around(parts))
  }
  return halves
}
