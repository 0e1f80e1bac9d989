import { createHash } from 'node:crypto'
import type { Shape } from '../geo/zone.ts'
import { canonicalJson } from './canonical-json.ts'
import { plainSpaces } from './cap-geometry.ts'
import { Findings } from './findings.ts'
import type { Area, Info, NamedValue } from './model.ts'
import { readShape } from './shape-json.ts'

/** valueName of the parameter in which the exact shapes of an area travel that CAP can only draw wider. */
export const SHAPES_PARAMETER = 'bongsu:shapes'

/** What the CAP of an area says of where it is, word by word. */
export interface DrawnArea {
  readonly polygons: readonly string[]
  readonly circles: readonly string[]
  readonly geocode: readonly NamedValue[]
}

interface ExactArea {
  /** The first of the areas that stand for it, from 1 as in XML paths, and how many there are. */
  area: number
  areas: number
  /** Over these areas: who changes what is drawn, means what is drawn. */
  drawn: string
  shapes: Shape[]
  /** Of the area itself; those of the drawn ones may name countries as well. */
  geocode: NamedValue[]
}

/** For other readers of the file. */
const NOTE = 'Drawn wider than meant: CAP has only polygons without holes, circles and codes. Exact, longitude first:'

/** @param number of the first of the drawn areas, from 1 */
export function shapesParameter(meant: Area, number: number, drawn: readonly DrawnArea[]): NamedValue {
  const { shapes, geocode } = meant
  const exact: ExactArea = { area: number, areas: drawn.length, drawn: drawnDigest(drawn), shapes, geocode }
  return { valueName: SHAPES_PARAMETER, value: JSON.stringify({ note: NOTE, ...exact }) }
}

/**
 * The info with its areas as they were meant, and without the parameters that said so. Where a parameter does not fit what is
 * drawn (an editor moved a corner and did not know of it), the drawn areas count, which are never smaller, with a note.
 */
export function restoreShapes(info: Info, drawn: readonly DrawnArea[], path: string, findings: Findings): Info {
  const exact = new Map<number, ExactArea>()
  for (const [i, parameter] of info.parameter.entries()) {
    if (!isShapes(parameter)) continue
    const read = readExact(parameter.value)
    const first = (read?.area ?? 0) - 1
    const standIns = drawn.slice(first, first + (read?.areas ?? 0))
    const fits = read !== undefined && first >= 0 && read.areas > 0 && drawnDigest(standIns) === read.drawn
    const where = `${path}/parameter[${i + 1}]`
    if (fits) {
      exact.set(first, read)
      findings.note(
        where,
        `The exact shapes of ${SHAPES_PARAMETER} count, not what is drawn: look at the area and its size`,
      )
    } else findings.note(where, `${SHAPES_PARAMETER} does not fit the area; what is drawn counts`)
  }
  if (exact.size === 0 && !info.parameter.some(isShapes)) return info
  const areas: Area[] = []
  for (let i = 0; i < info.areas.length; ) {
    const area = info.areas[i] as Area
    const meant = exact.get(i)
    areas.push(meant === undefined ? area : { ...area, shapes: meant.shapes, geocode: meant.geocode })
    i += meant?.areas ?? 1
  }
  return { ...info, parameter: info.parameter.filter((one) => !isShapes(one)), areas }
}

const isShapes = ({ valueName }: NamedValue) => valueName === SHAPES_PARAMETER

function readExact(text: string): ExactArea | undefined {
  let value: Record<string, unknown>
  try {
    value = JSON.parse(text) ?? {}
  } catch {
    return undefined
  }
  const { area, areas, drawn, shapes, geocode } = value
  if (!Number.isInteger(area) || !Number.isInteger(areas) || typeof drawn !== 'string') return undefined
  if (!Array.isArray(shapes) || shapes.length === 0 || !Array.isArray(geocode) || !geocode.every(isNamedValue)) {
    return undefined
  }
  const findings = new Findings()
  const read = shapes.map((shape: unknown) => readShape(shape, '', findings))
  const exact = read.filter((shape) => typeof shape === 'object')
  if (findings.problems.length > 0 || exact.length < shapes.length) return undefined
  return { area: area as number, areas: areas as number, drawn, shapes: exact, geocode: geocode.map(pick) }
}

function isNamedValue(value: unknown): value is NamedValue {
  const { valueName, value: text } = (value ?? {}) as Partial<NamedValue>
  return typeof valueName === 'string' && valueName !== '' && typeof text === 'string'
}

const pick = ({ valueName, value }: NamedValue): NamedValue => ({ valueName, value })

/** Over the outlines as written, white space apart, and the geocodes. */
function drawnDigest(areas: readonly DrawnArea[]): string {
  const drawn = areas.map(({ polygons, circles, geocode }) => ({
    polygons: polygons.map(plainSpaces),
    circles: circles.map(plainSpaces),
    geocode: geocode.map(pick),
  }))
  return createHash('sha256').update(canonicalJson(drawn)).digest('hex')
}
