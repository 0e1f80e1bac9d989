import { type Box, commonBox, disjoint, type Region } from './region.ts'

/** Halvings of the common box: overlaps thinner than 1/1024 of it (two outlines along one border) count as none. */
const depth = 10

/** Whether two regions share ground, by halving their common boxes until one side is plain. */
export function meets(a: Region, b: Region): boolean {
  for (const boxA of a.bboxes) {
    for (const boxB of b.bboxes) {
      if (!disjoint(boxA, boxB) && meetsIn(a, b, commonBox(boxA, boxB), depth)) return true
    }
  }
  return false
}

function meetsIn(a: Region, b: Region, box: Box, left: number): boolean {
  const sideA = a.classify(box.west, box.south, box.east, box.north)
  if (sideA === 'outside') return false
  const sideB = b.classify(box.west, box.south, box.east, box.north)
  if (sideB === 'outside') return false
  if (sideA === 'inside' || sideB === 'inside') return true
  if (left === 0) return false
  const lon = (box.west + box.east) / 2
  const lat = (box.south + box.north) / 2
  if (a.contains(lon, lat) && b.contains(lon, lat)) return true
  return (
    meetsIn(a, b, { ...box, east: lon, north: lat }, left - 1) ||
    meetsIn(a, b, { ...box, west: lon, north: lat }, left - 1) ||
    meetsIn(a, b, { ...box, east: lon, south: lat }, left - 1) ||
    meetsIn(a, b, { ...box, west: lon, south: lat }, left - 1)
  )
}
