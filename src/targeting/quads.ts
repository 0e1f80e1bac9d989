import { cellOf } from '../geo/cells.ts'
import type { Box, Region } from '../geo/region.ts'

/** Levels of the quadtree of cells: a quad of level 26 is one cell. */
const levels = 26

/** A square of the map: the world halved `zoom` times each way. */
export interface Quad {
  /** South-west corner, degrees. */
  readonly west: number
  readonly south: number
}

/** The number of bits by which a cell is shifted to give the number of its quad. */
export const shiftOf = (zoom: number): number => 2 * (levels - zoom)

/** Width and height of the quads, degrees. */
export const sizeOf = (zoom: number): { lon: number; lat: number } => ({ lon: 360 / 2 ** zoom, lat: 180 / 2 ** zoom })

/** How many quads the boxes take, at most. */
export function quadsNeeded(boxes: readonly Box[], zoom: number): number {
  return boxes.reduce((sum, box) => {
    const { west, east, south, north } = spanOf(box, zoom)
    return sum + (east - west + 1) * (north - south + 1)
  }, 0)
}

/** The quads of the boxes, by their numbers; with a region those alone that it may reach into. */
export function quadsIn(boxes: readonly Box[], zoom: number, region?: Region): Map<number, Quad> {
  const { lon, lat } = sizeOf(zoom)
  const found = new Map<number, Quad>()
  for (const box of boxes) {
    const span = spanOf(box, zoom)
    for (let y = span.south; y <= span.north; y++) {
      for (let x = span.west; x <= span.east; x++) {
        const west = x * lon - 180
        const south = y * lat - 90
        if (region?.classify(west, south, west + lon, south + lat) === 'outside') continue
        const number = Math.floor(cellOf(west + lon / 2, south + lat / 2) / 2 ** shiftOf(zoom))
        found.set(number, { west, south })
      }
    }
  }
  return found
}

/** First and last column and row of a box. */
function spanOf({ west, south, east, north }: Box, zoom: number): Box {
  const { lon, lat } = sizeOf(zoom)
  const last = 2 ** zoom - 1
  const at = (degrees: number, size: number) => Math.max(0, Math.min(last, Math.floor(degrees / size)))
  return {
    west: at(west + 180, lon),
    east: at(east + 180, lon),
    south: at(south + 90, lat),
    north: at(north + 90, lat),
  }
}
