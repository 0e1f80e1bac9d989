import { Buffer } from './buffer.ts'
import { Circle } from './circle.ts'
import { Complement } from './complement.ts'
import type { Countries } from './countries.ts'
import { Intersection } from './intersection.ts'
import { prepare } from './prepared.ts'
import type { Region } from './region.ts'
import { Union } from './union.ts'
import type { Shape } from './zone.ts'

/** A checked shape as a region. Throws a Problem for a country that is not on the map. */
export function regionOf(shape: Shape, countries: Countries): Region {
  switch (shape.kind) {
    case 'polygon':
      return prepare({ type: 'Polygon', coordinates: shape.rings })
    case 'multipolygon':
      return prepare({ type: 'MultiPolygon', coordinates: shape.polygons })
    case 'circle':
      return new Circle(shape)
    case 'country':
      return countries.regionOf(shape.iso2)
    case 'union':
      return new Union(shape.of.map((one) => regionOf(one, countries)))
    case 'intersection':
      return new Intersection(shape.of.map((one) => regionOf(one, countries)))
    case 'difference':
      return new Intersection([
        regionOf(shape.of, countries),
        ...shape.minus.map((one) => new Complement(regionOf(one, countries))),
      ])
    case 'buffer':
      return buffered(shape.of, shape.metres, countries)
  }
}

/** Simplest where it can be: of a circle a larger circle, of a union the union of buffers, of a buffer one of both widths. */
function buffered(shape: Shape, metres: number, countries: Countries): Region {
  switch (shape.kind) {
    case 'circle':
      return new Circle({ ...shape, radiusKm: shape.radiusKm + metres / 1000 })
    case 'union':
      return new Union(shape.of.map((one) => buffered(one, metres, countries)))
    case 'buffer':
      return buffered(shape.of, shape.metres + metres, countries)
    case 'polygon':
    case 'multipolygon':
    case 'country':
      // As a union, so that edges between its members are no border.
      return new Buffer(new Union([regionOf(shape, countries)]), metres, true)
    case 'intersection':
    case 'difference':
      return new Buffer(regionOf(shape, countries), metres, false)
  }
}
