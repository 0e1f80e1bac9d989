import type { Position } from 'geojson'
import { maxRadiusKm } from '../geo/circle.ts'
import { unwrapPolygon } from '../geo/prepared.ts'
import { boxOf } from '../geo/ring.ts'
import type { Composition, Shape } from '../geo/zone.ts'
import { Problem } from '../lib/problem.ts'
import { COUNTRY_GEOCODE } from './area.ts'
import type { DrawnArea } from './cap-exact-shapes.ts'
import { writeCircle, writePolygon } from './cap-geometry.ts'
import type { Area } from './model.ts'
import { ZONE_VERSION_GEOCODE } from './zones.ts'

type Simple = Exclude<Shape, Composition>

/**
 * The areas of CAP that stand for one of ours, never less than it: without its holes, and of shapes put together what they lie in.
 * Countries are an area of their own, as geocodes, for beside a polygon a geocode would not count. `exact`: nothing was added.
 * @throws Problem `cap-without-outline` for a margin round a country, a pole or half the globe
 */
export function drawArea(area: Area): { areas: DrawnArea[]; exact: boolean } {
  const simple = area.shapes.flatMap((shape) => widened(shape))
  const countries = [...new Set(simple.flatMap((shape) => (shape.kind === 'country' ? shape.iso2 : [])))]
  const polygons = simple.flatMap((shape) =>
    shape.kind === 'polygon' ? [shape.rings] : shape.kind === 'multipolygon' ? shape.polygons : [],
  )
  const drawn: DrawnArea = {
    polygons: polygons.map(([outer = []]) => writePolygon(outer)),
    circles: simple.flatMap((one) => (one.kind === 'circle' ? writeCircle(one.lon, one.lat, one.radiusKm) : [])),
    geocode: area.geocode,
  }
  const kept = simple.length === area.shapes.length && simple.every((shape, i) => shape === area.shapes[i])
  if (countries.length === 0) {
    // CAP lists polygons before circles: in another order they would be read back as another zone, though the same area.
    const ordered = !/circle.*polygon/.test(simple.map(({ kind }) => kind).join())
    return { areas: [drawn], exact: kept && ordered && polygons.every((rings) => rings.length === 1) }
  }
  const codes = countries.map((iso2) => ({ valueName: COUNTRY_GEOCODE, value: iso2 }))
  const whole: DrawnArea = { polygons: [], circles: [], geocode: codes }
  const onlyCountries = kept && simple.every(({ kind }) => kind === 'country')
  const onlyNoted = area.geocode.every(({ valueName }) => valueName === ZONE_VERSION_GEOCODE)
  const alone = drawn.polygons.length + drawn.circles.length === 0
  return { areas: alone ? [whole] : [drawn, whole], exact: onlyCountries && onlyNoted }
}

/** Shapes of one kind each that together leave out nothing of the given one. */
function widened(shape: Shape): Simple[] {
  switch (shape.kind) {
    case 'union':
      return shape.of.flatMap(widened)
    case 'intersection':
      // The zone lies in each of its shapes, so one will do; what is written last is usually what narrows it.
      return widened(shape.of.at(-1) as Shape)
    case 'difference':
      return widened(shape.of)
    case 'buffer':
      return widened(shape.of).flatMap((one) => withMargin(one, shape.metres))
    default:
      return [shape]
  }
}

function withMargin(shape: Simple, metres: number): Simple[] {
  switch (shape.kind) {
    case 'circle': {
      const radiusKm = shape.radiusKm + metres / 1000
      if (radiusKm > maxRadiusKm) throw undrawable()
      return [{ ...shape, radiusKm }]
    }
    case 'polygon':
      return [boxAround(shape.rings, metres)]
    case 'multipolygon':
      return shape.polygons.map((rings) => boxAround(rings, metres))
    case 'country':
      throw undrawable()
  }
}

/** Degrees of latitude are 110.57 km and more: a margin reckoned so is 0.5 % too wide, never too narrow. */
const METRES_PER_DEGREE = 110_000

/** The bounding box of a polygon with a margin: coarse, but certain. Not round a pole, nor half round the globe. */
function boxAround(rings: readonly Position[][], metres: number): Simple {
  const [outer] = unwrapPolygon(rings)
  const { west, south, east, north } = boxOf(outer as Float64Array)
  const high = metres / METRES_PER_DEGREE
  const farthest = Math.max(Math.abs(south), Math.abs(north)) + high
  if (farthest >= 89) throw undrawable()
  const wide = high / Math.cos((farthest * Math.PI) / 180)
  if (east - west + 2 * wide >= 179) throw undrawable()
  const corner = (lon: number, lat: number): Position => [lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon, lat]
  const [w, s, e, n] = [west - wide, south - high, east + wide, north + high]
  return { kind: 'polygon', rings: [[corner(w, s), corner(e, s), corner(e, n), corner(w, n), corner(w, s)]] }
}

function undrawable(): Problem {
  return new Problem('cap-without-outline', 'The area is a shape with a margin that CAP cannot draw', {
    status: 409,
    hint: 'Read the alert as JSON, or draw the area as polygons.',
  })
}
