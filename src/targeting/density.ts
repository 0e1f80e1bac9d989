import { zoneShapes } from '../alerts/area.ts'
import type { Alert } from '../alerts/model.ts'
import type { AlertRules } from '../alerts/rules.ts'
import { compileShapes } from '../geo/compile.ts'
import type { Countries } from '../geo/countries.ts'
import { type Box, wrapBox } from '../geo/region.ts'
import { Problem } from '../lib/problem.ts'
import { boundsOf } from '../store/audience/bounds.ts'
import { tableOf } from '../store/audience/choice.ts'
import { countByQuad } from '../store/audience/density.ts'
import { type PeopleRange, wholeCells } from '../store/audience/people-ranges.ts'
import type { Database } from '../store/database.ts'
import { choiceOf, populationsOf } from './audience.ts'
import { planZone } from './audience-plan.ts'
import { quadsIn, quadsNeeded, shiftOf, sizeOf } from './quads.ts'
import { shareRanges } from './shares.ts'
import { askOfOneInstant, type Task } from './tasks.ts'

/**
 * Where people are, as a raster. It is for looking at: whom an alert reaches is counted exactly by the preview, for the zone as a whole.
 * Nobody is to be found in it: no square is smaller than about a kilometre, one of fewer than `smallest` people is not given, and the
 * others are rounded to multiples of that, so that what is hidden is not the difference of two rasters either.
 */
export interface Density {
  readonly zoom: number
  /** Width and height of a square, degrees. */
  readonly size: { readonly lon: number; readonly lat: number }
  readonly smallest: number
  /** South-west corner of each square, degrees, and how many people are in it. */
  readonly cells: readonly (readonly [west: number, south: number, people: number])[]
  /** How many people are in squares that are not given. */
  readonly hidden: number
}

/** Fewer people than this are not shown; counts are multiples of it. */
const smallest = 5

/** 0.011 by 0.005 degrees: 1.2 km by 0.6 km at the equator. */
export const finestZoom = 15
/** Squares where no zoom is asked for, and at most. */
const usual = 4096
const most = 16_384

export interface DensityOptions {
  /** Squares of this box, whether the zone reaches into them or not; `west` > `east`: over the antimeridian. */
  readonly bbox?: Box
  readonly zoom?: number
}

/**
 * How many people of those whom the alert's rules may choose have their places where: of the squares that its zone reaches into, or
 * those of a box.
 *
 * @throws Problem `no-zone`, `too-many-squares`
 */
export async function densityOf(
  db: Database,
  countries: Countries,
  alert: Alert,
  rules: AlertRules,
  { bbox, zoom }: DensityOptions = {},
): Promise<Density> {
  const shapes = bbox ? [] : zoneShapes(alert)
  if (!bbox && shapes.length === 0) {
    throw new Problem('no-zone', 'The alert has no zone to look at', { status: 409, hint: 'Say which box with bbox.' })
  }
  const zone = bbox ? undefined : compileShapes(shapes, countries)
  const boxes = bbox ? boxesOf(bbox) : (zone?.bboxes ?? [])
  const level = zoom ?? usualZoom(boxes)
  if (quadsNeeded(boxes, level) > most) {
    throw new Problem('too-many-squares', `At zoom ${level} that is more than ${most} squares`, {
      status: 422,
      where: 'zoom',
      hint: `Ask for a smaller box, or for zoom ${usualZoom(boxes)}.`,
    })
  }
  const quads = quadsIn(boxes, level, zone)
  const ranges = rangesOf([...quads.keys()], 2 ** shiftOf(level))
  const sums = new Map<number, number>()
  const plan = { ...planZone(countries, alert, rules, new Date()), corrected: [] }
  const tasks: Task[] = []
  for (const population of populationsOf(plan)) {
    const { bounds } = await boundsOf(db.pool, tableOf[population], 'cell')
    const choice = { ...choiceOf(plan, population, { kind: 'country' }), withoutLinked: false }
    for (const share of shareRanges(ranges, bounds)) {
      tasks.push(async (client) => {
        for (const { quad, n } of await countByQuad(client, choice, share, shiftOf(level))) {
          sums.set(quad, (sums.get(quad) ?? 0) + n)
        }
      })
    }
  }
  await askOfOneInstant(db, [tasks])
  return { zoom: level, size: sizeOf(level), smallest, ...shown(sums, quads) }
}

function shown(
  sums: ReadonlyMap<number, number>,
  quads: ReturnType<typeof quadsIn>,
): Pick<Density, 'cells' | 'hidden'> {
  const cells: [number, number, number][] = []
  let hidden = 0
  for (const [quad, n] of sums) {
    const at = quads.get(quad)
    if (!at || n < smallest) hidden += n
    else cells.push([at.west, at.south, rounded(n)])
  }
  return { cells: cells.sort((a, b) => a[1] - b[1] || a[0] - b[0]), hidden: rounded(hidden) }
}

const rounded = (n: number) => Math.round(n / smallest) * smallest

/** The finest at which there are no more squares than is usual. */
function usualZoom(boxes: readonly Box[]): number {
  let zoom = finestZoom
  while (zoom > 0 && quadsNeeded(boxes, zoom) > usual) zoom--
  return zoom
}

function boxesOf(box: Box): Box[] {
  return wrapBox(box.west > box.east ? { ...box, east: box.east + 360 } : box)
}

/** Quads as ranges of cells; those that follow each other are one. */
function rangesOf(quads: readonly number[], cells: number): PeopleRange[] {
  const ranges: PeopleRange[] = []
  for (const quad of quads.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    const from = quad * cells
    if (last && last.to === from - 1) ranges[ranges.length - 1] = { ...last, to: from + cells - 1 }
    else ranges.push({ ...wholeCells(from, from + cells - 1), inside: true, over: Infinity })
  }
  return ranges
}
