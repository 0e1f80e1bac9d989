import { buffer, difference, featureCollection, intersect, multiPolygon, polygon } from '@turf/turf'
import type { MultiPolygon, Polygon, Position } from 'geojson'
import { splitAtAntimeridian } from './antimeridian.ts'
import { circlePolygon } from './circle-polygon.ts'
import type { Countries } from './countries.ts'
import { unwrapPolygon } from './prepared.ts'
import { type Composition, isComposition, type Shape } from './zone.ts'

/** Corners that are cut and buffered for a picture, some 0.2 s; of more, what the shape lies in has to do. */
const maxCorners = 3000

/**
 * One outline of a zone to look at, within -180..180: a picture, never the decision, which `compileShapes` makes. Circles become
 * polygons around them. Shapes put together are cut and buffered by turf, which moves corners by rounding and draws
 * arcs as chords; where that would take long, or fails, it is what they lie in. Then `exact` is false. Members may overlap, which
 * RFC 7946 leaves to the reader.
 */
export function outlineOf(shapes: readonly Shape[], countries: Countries): { geometry: MultiPolygon; exact: boolean } {
  const coordinates = shapes.flatMap((shape) => polygonsOf(shape, countries))
  const plain = (shape: Shape): boolean => !isComposition(shape) || (shape.kind === 'union' && shape.of.every(plain))
  return { geometry: { type: 'MultiPolygon', coordinates }, exact: shapes.every(plain) }
}

function polygonsOf(shape: Shape, countries: Countries): Position[][][] {
  switch (shape.kind) {
    case 'polygon':
      return split([shape.rings])
    case 'multipolygon':
      return split(shape.polygons)
    case 'circle':
      return circlePolygon(shape).coordinates
    case 'country':
      return countries.geometryOf(shape.iso2).coordinates
    case 'union':
      return shape.of.flatMap((one) => polygonsOf(one, countries))
    default:
      return composed(shape, countries)
  }
}

function composed(shape: Exclude<Composition, { kind: 'union' }>, countries: Countries): Position[][][] {
  const of = [shape.of].flat().map((one) => polygonsOf(one, countries))
  const minus = shape.kind === 'difference' ? shape.minus.map((one) => polygonsOf(one, countries)) : []
  // Of an intersection any one will do; what is written last is usually what narrows it.
  const around = of.at(-1) as Position[][][]
  if ([...of, ...minus].flat(3).length > maxCorners) return around
  try {
    if (shape.kind === 'buffer') return around.flatMap((rings) => buffered(rings, shape.metres))
    const features = [...of, ...minus].map((polygons) => multiPolygon(polygons))
    const drawn = (shape.kind === 'intersection' ? intersect : difference)(featureCollection(features))
    return drawn ? pieces(drawn.geometry) : around
  } catch {
    // turf gives up on outlines that touch themselves in odd ways.
    return around
  }
}

/** One polygon at a time: turf buffers on a plane that touches the earth in the middle of what it is given. */
function buffered(rings: Position[][], metres: number): Position[][][] {
  const drawn = buffer(polygon(rings), metres, { units: 'meters', steps: 16 })
  return drawn ? pieces(drawn.geometry) : [rings]
}

function pieces(geometry: Polygon | MultiPolygon): Position[][][] {
  return split(geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates)
}

function split(polygons: readonly Position[][][]): Position[][][] {
  return splitAtAntimeridian(polygons.map(unwrapPolygon)).coordinates
}

/** Points of all rings of a zone as it is written; a circle and a country have none. */
export function verticesOf(shapes: readonly Shape[]): number {
  const inRings = (rings: readonly (readonly Position[])[]) => rings.reduce((sum, ring) => sum + ring.length, 0)
  return shapes.reduce((sum, shape) => {
    switch (shape.kind) {
      case 'polygon':
        return sum + inRings(shape.rings)
      case 'multipolygon':
        return sum + shape.polygons.reduce((n, rings) => n + inRings(rings), 0)
      case 'union':
      case 'intersection':
        return sum + verticesOf(shape.of)
      case 'difference':
        return sum + verticesOf([shape.of, ...shape.minus])
      case 'buffer':
        return sum + verticesOf([shape.of])
      default:
        return sum
    }
  }, 0)
}
