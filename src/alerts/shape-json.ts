import { Ajv } from 'ajv'
import type { MultiPolygon, Polygon } from 'geojson'
import { maxDepth } from '../geo/check-shapes.ts'
import { type Composition, isComposition, type Shape } from '../geo/zone.ts'
import { formKeyword } from '../lib/schema-hint.ts'
import { shapeSchemas } from './alert-schema.ts'
import { checkedShape } from './check-shapes.ts'
import type { Findings } from './findings.ts'
import { report } from './schema-errors.ts'

type ShapeKind = keyof typeof shapeSchemas

const ajv = new Ajv({ allErrors: true, verbose: true, keywords: [formKeyword] })
const validateShape = Object.fromEntries(
  Object.entries(shapeSchemas).map(([kind, schema]) => [kind, ajv.compile(schema)]),
) as Record<ShapeKind, ReturnType<typeof ajv.compile>>

/** Geometries of GeoJSON (RFC 7946 §1.4) in which nobody can be. */
const groundless = new Set(['Point', 'MultiPoint', 'LineString', 'MultiLineString'])

/** A shape, or the id of a zone. What is wrong goes to `findings`. */
export function readShape(item: unknown, where: string, findings: Findings): Shape | string | undefined {
  const read = rawShape(item, where, 0, findings)
  return read === undefined || typeof read === 'string'
    ? read
    : checkedShape(read, where, (within) => pointerWithin(item, within), findings)
}

/** The shape as it was written: its form is checked, its geometry not yet. */
function rawShape(item: unknown, where: string, depth: number, findings: Findings): Shape | string | undefined {
  const fields = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>
  const kind = 'zone' in fields ? 'zone' : (fields.kind ?? fields.type)
  if (typeof kind === 'string' && groundless.has(kind)) {
    const hint = 'Give a polygon, or a circle with its radius: {"kind":"circle","lon":136.9,"lat":37.4,"radiusKm":20}.'
    findings.problem('json-value', where, `A ${kind} has no ground`, hint)
    return undefined
  }
  if (typeof kind !== 'string' || !Object.hasOwn(shapeSchemas, kind)) {
    const hint =
      'One of polygon, multipolygon, circle, country, union, intersection, difference, buffer (kind), Polygon, MultiPolygon (GeoJSON type), or { "zone": id }.'
    findings.problem('json-value', where, 'This is no shape', hint)
    return undefined
  }
  const validate = validateShape[kind as ShapeKind]
  if (!validate(item)) {
    report(validate.errors, where, findings)
    return undefined
  }
  if (kind === 'zone') return fields.zone as string
  if ('type' in fields) return fromGeoJson(item as Polygon | MultiPolygon)
  const shape = item as Shape
  return isComposition(shape) ? rawComposition(shape, where, depth + 1, findings) : shape
}

function rawComposition(shape: Composition, where: string, depth: number, findings: Findings): Shape | undefined {
  if (depth > maxDepth) {
    findings.problem('shape-depth', where, `Shapes are put together more than ${maxDepth} deep`)
    return undefined
  }
  const one = (item: Shape, at: string): Shape | undefined => {
    const read = rawShape(item, `${where}/${at}`, depth, findings)
    if (typeof read !== 'string') return read
    const hint = 'Write its shapes here; the zone library gives them.'
    findings.problem('json-value', `${where}/${at}`, 'A zone by its id cannot be put together with others', hint)
    return undefined
  }
  const all = (items: readonly Shape[], name: string): Shape[] | undefined => {
    const read = items.map((item, i) => one(item, `${name}/${i}`))
    return read.every((shape) => shape !== undefined) ? read : undefined
  }
  if (shape.kind === 'union' || shape.kind === 'intersection') {
    const of = all(shape.of, 'of')
    return of && { ...shape, of }
  }
  const of = one(shape.of, 'of')
  if (shape.kind === 'buffer') return of && { ...shape, of }
  const minus = all(shape.minus, 'minus')
  return of && minus && { kind: 'difference', of, minus }
}

/** Turns geo's place within a shape (`.of[0].rings[0][3]`) into a pointer into what was written, GeoJSON perhaps. */
function pointerWithin(item: unknown, within: string): string {
  let at = item
  let pointer = ''
  for (const name of within.match(/[^.[\]]+/g) ?? []) {
    const fields = (typeof at === 'object' && at !== null ? at : {}) as Record<string, unknown>
    const written = 'type' in fields ? 'coordinates' : name
    pointer += `/${written}`
    at = fields[written]
  }
  return pointer
}

function fromGeoJson(geometry: Polygon | MultiPolygon): Shape {
  return geometry.type === 'Polygon'
    ? { kind: 'polygon', rings: geometry.coordinates }
    : { kind: 'multipolygon', polygons: geometry.coordinates }
}
