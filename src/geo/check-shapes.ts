import { Problem } from '../lib/problem.ts'
import { checkPolygon, checkPosition, empty } from './check-polygon.ts'
import { maxRadiusKm } from './circle.ts'
import { loadCountries } from './countries.ts'
import { isCountry } from './iso3166.ts'
import { somePlaceIn } from './measure.ts'
import { regionOf } from './region-of.ts'
import { type Composition, isComposition, type Shape } from './zone.ts'

/** Compositions within compositions; nobody means more. */
export const maxDepth = 6

/** The widest buffer, in metres. */
const maxBufferM = 200_000

/** Shapes fit for `compileShapes`, and what was repaired, a sentence each. */
export interface CheckedShapes {
  shapes: Shape[]
  notes: string[]
}

/**
 * Checks what an author drew or a file said. Refuses, naming shape and vertex, what has no certain meaning; repairs, and says
 * so, what has only one: a ring left open, points given twice, the wrong winding, heights. All shapes are looked at before
 * the Problem is thrown. 10,000 vertices of an outline take some 50 ms, of noise 300 ms.
 */
export function checkShapes(shapes: readonly Shape[]): CheckedShapes {
  const problems: Problem[] = []
  const notes: string[] = []
  const checked: Shape[] = []
  if (shapes.length === 0) {
    throw new Problem('zone-empty', 'The zone has no shape', {
      where: 'shapes',
      hint: 'Draw a polygon or circle, or name a country. A zone without an area is never taken for a whole country.',
    })
  }
  shapes.forEach((shape, i) => {
    try {
      checked.push(checkShape(shape, `shapes[${i}]`, notes, 0))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      problems.push(error)
    }
  })
  const [first] = problems
  if (first && problems.length === 1) throw first
  if (first) throw new Problem('zone-invalid', `${problems.length} shapes cannot be used`, { details: problems })
  return { shapes: checked, notes }
}

function checkShape(shape: Shape, where: string, notes: string[], depth: number): Shape {
  if (isComposition(shape)) return checkComposition(shape, where, notes, depth + 1)
  switch (shape.kind) {
    case 'polygon':
      return { kind: 'polygon', rings: checkPolygon(shape.rings, `${where}.rings`, notes) }
    case 'multipolygon':
      if (!Array.isArray(shape.polygons) || shape.polygons.length === 0) throw empty(`${where}.polygons`)
      return {
        kind: 'multipolygon',
        polygons: shape.polygons.map((rings, i) => checkPolygon(rings, `${where}.polygons[${i}]`, notes)),
      }
    case 'circle':
      checkPosition([shape.lon, shape.lat], where)
      if (!Number.isFinite(shape.radiusKm) || shape.radiusKm <= 0 || shape.radiusKm > maxRadiusKm) {
        throw new Problem('circle-radius', `A radius of ${shape.radiusKm} km is not possible`, {
          where: `${where}.radiusKm`,
          hint: `Give kilometres, above 0 and at most ${maxRadiusKm}.`,
        })
      }
      return { kind: 'circle', lon: shape.lon, lat: shape.lat, radiusKm: shape.radiusKm }
    case 'country':
      checkCountry(shape.iso2, `${where}.iso2`)
      return { kind: 'country', iso2: shape.iso2 }
    default:
      throw new Problem('shape-kind', `"${(shape as { kind?: unknown }).kind}" is not a kind of shape`, {
        where: `${where}.kind`,
        hint: 'Use polygon, multipolygon, circle, country, union, intersection, difference or buffer.',
      })
  }
}

function checkComposition(shape: Composition, where: string, notes: string[], depth: number): Shape {
  if (depth > maxDepth) {
    throw new Problem('shape-depth', `Shapes are put together more than ${maxDepth} deep`, {
      where,
      hint: 'Put them together in fewer steps: a union or an intersection takes any number of shapes.',
    })
  }
  const all = (shapes: readonly Shape[], name: string, least: number): Shape[] => {
    if (!Array.isArray(shapes) || shapes.length < least) {
      throw new Problem('shape-operands', `A ${shape.kind} needs at least ${least} shapes here`, {
        where: `${where}.${name}`,
      })
    }
    return shapes.map((one, i) => operand(one, `${where}.${name}[${i}]`))
  }
  const operand = (one: Shape, at: string): Shape => {
    const checked = checkShape(one, at, notes, depth)
    if (checked.kind === 'country' && !loadCountries().has(checked.iso2)) {
      throw new Problem('country-without-outline', `The map has no outline of ${checked.iso2}`, {
        where: at,
        hint: 'Draw what is meant of it: put together with others, a country means its outline.',
      })
    }
    return checked
  }
  switch (shape.kind) {
    case 'union':
      if (shape.country !== undefined) checkCountry(shape.country, `${where}.country`)
      return { ...shape, of: all(shape.of, 'of', 1) }
    case 'intersection':
      return holdingGround({ kind: 'intersection', of: all(shape.of, 'of', 2) }, where)
    case 'difference':
      return holdingGround(
        { kind: 'difference', of: operand(shape.of, `${where}.of`), minus: all(shape.minus, 'minus', 1) },
        where,
      )
    case 'buffer': {
      const { metres } = shape
      if (!Number.isFinite(metres) || metres <= 0 || metres > maxBufferM) {
        throw new Problem('buffer-width', `A buffer of ${metres} metres is not possible`, {
          where: `${where}.metres`,
          hint: `Give metres, above 0 and at most ${maxBufferM}.`,
        })
      }
      const of = operand(shape.of, `${where}.of`)
      if (widestCircleKm(of) + metres / 1000 > maxRadiusKm) {
        throw new Problem('circle-radius', `With its buffer a circle is larger than ${maxRadiusKm} km`, { where })
      }
      return { kind: 'buffer', of, metres }
    }
  }
}

/** An empty zone is an error of its author, never a country. */
function holdingGround(shape: Composition, where: string): Shape {
  if (somePlaceIn(regionOf(shape, loadCountries())) !== undefined) return shape
  throw new Problem(
    'zone-empty',
    shape.kind === 'difference' ? 'Nothing is left of the shape' : 'The shapes have nothing in common',
    {
      where,
      hint: 'Nobody would be told. Look at the shapes on a map; they may have been drawn with lat and lon swapped.',
    },
  )
}

/** The radius of the largest circle in a shape that a buffer around it makes larger, in km. */
function widestCircleKm(shape: Shape): number {
  switch (shape.kind) {
    case 'circle':
      return shape.radiusKm
    case 'union':
      return Math.max(...shape.of.map(widestCircleKm))
    case 'buffer':
      return widestCircleKm(shape.of) + shape.metres / 1000
    default:
      return 0
  }
}

function checkCountry(iso2: string, where: string): void {
  if (isCountry(iso2)) return
  throw new Problem('unknown-country', `"${iso2}" is not a country`, {
    where,
    hint: 'Write the ISO 3166-1 alpha-2 code in capitals, for example JP, or XK for Kosovo.',
  })
}
