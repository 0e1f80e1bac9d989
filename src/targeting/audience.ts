import type { CellRange } from '../geo/cells.ts'
import { ahead } from '../lib/ahead.ts'
import { holdersPage } from '../store/audience/holders.ts'
import { type Candidate, countryPage, type PlacedCandidate, placedPage } from '../store/audience/pages.ts'
import type { Client } from '../store/database.ts'
import type { AudiencePlan } from './audience-plan.ts'
import { type Match, matchOf } from './match.ts'

/** How far a walk over the audience has come: JSON, kept with the messages that it made. */
export interface AudienceCursor {
  readonly source: number
  readonly after: unknown
}

export interface AudiencePage {
  readonly matches: readonly Match[]
  readonly cursor: AudienceCursor
}

/** One way to find people; `after` is its own business. Done when `after` comes back undefined. */
type Source = (db: Client, after: unknown) => Promise<{ matches: Match[]; after: unknown }>

/**
 * The first page of a source is small, so that the first messages leave soon; the others are large, because each costs a dozen
 * round trips between which the event loop does other work: 40 ms a page while a broadcast runs.
 */
const sizeOf = (after: unknown): number => (after === undefined ? 1000 : 4000)

/**
 * Walks over everybody whom the plan concerns, page by page, always in the same order, so that a walk that was cut off goes on
 * from its cursor without a gap or a repeat. Somebody may come twice, from two sources: the unique key of messages decides.
 */
export async function* walkAudience(
  db: Client,
  plan: AudiencePlan,
  from?: AudienceCursor,
): AsyncGenerator<AudiencePage> {
  yield* ahead(walkSources(db, sourcesOf(plan), from))
}

/** Walks over the unplaced whom the rule of the plan leaves out, country by country. */
export async function* walkExcluded(db: Client, plan: AudiencePlan): AsyncGenerator<AudiencePage> {
  const unplacedOf = (country: string) => populations.map((population) => inCountry(population, country, true))
  yield* ahead(walkSources(db, plan.excludedOf.flatMap(unplacedOf)))
}

async function* walkSources(
  db: Client,
  sources: readonly Source[],
  from?: AudienceCursor,
): AsyncGenerator<AudiencePage> {
  for (let source = from?.source ?? 0; source < sources.length; source++) {
    let after: unknown = source === from?.source ? from.after : undefined
    do {
      const page = await (sources[source] as Source)(db, after)
      after = page.after
      const cursor = after === undefined ? { source: source + 1, after: undefined } : { source, after }
      yield { matches: page.matches, cursor }
    } while (after !== undefined)
  }
}

const populations = ['residents', 'roamers'] as const

function sourcesOf(plan: AudiencePlan): Source[] {
  return [
    ...plan.corrected.map(holders),
    ...plan.countries.flatMap((country) => populations.map((population) => inCountry(population, country, false))),
    ...(plan.zone ? populations.map((population) => placed(population, plan)) : []),
    ...plan.unplacedOf.flatMap((country) => populations.map((population) => inCountry(population, country, true))),
  ]
}

function holders(broadcastId: number): Source {
  return async (db, after) => {
    const size = sizeOf(after)
    const rows = await holdersPage(db, broadcastId, after as number | undefined, size)
    return { matches: rows, after: rows.length === size ? rows.at(-1)?.seq : undefined }
  }
}

function inCountry(population: Candidate['population'], country: string, unplaced: boolean): Source {
  return async (db, after) => {
    const size = sizeOf(after)
    const rows = await countryPage(db, population, country, unplaced, after as string | undefined, size)
    return { matches: rows.map(matchOf), after: rows.length === size ? rows.at(-1)?.msisdn : undefined }
  }
}

interface PlacedCursor {
  readonly cell: number
  readonly msisdn: string
  /** Ranges that one query may read: few where people live densely, many where nobody does. */
  readonly width: number
}

function placed(population: Candidate['population'], { ranges, zone }: AudiencePlan): Source {
  return async (db, after) => {
    const at = after as PlacedCursor | undefined
    const width = at?.width ?? 16
    const left = at === undefined ? ranges : ranges.slice(firstReaching(ranges, at.cell))
    const some = left.slice(0, width)
    if (some.length === 0) return { matches: [], after: undefined }
    const size = sizeOf(after)
    const rows = await placedPage(db, population, some, at, size)
    const full = rows.length === size
    const last = full ? rows.at(-1) : undefined
    const lastRange = some.at(-1) as CellRange
    const next: PlacedCursor | undefined = last
      ? { cell: last.cell, msisdn: last.msisdn, width: Math.max(1, width >> 2) }
      : left.length > some.length
        ? { cell: lastRange.to, msisdn: beyondAll, width: Math.min(512, width * 4) }
        : undefined
    const inside = ({ cell, lon, lat }: PlacedCandidate) => isInterior(some, cell) || zone?.contains(lon, lat) === true
    return { matches: rows.filter(inside).map(matchOf), after: next }
  }
}

/** No MSISDN has more than 15 digits. */
const beyondAll = '9999999999999999'

/** Index of the first range that reaches to the cell or beyond. */
function firstReaching(ranges: readonly CellRange[], cell: number): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle] as CellRange).to < cell) low = middle + 1
    else high = middle
  }
  return low
}

function isInterior(ranges: readonly CellRange[], cell: number): boolean {
  const range = ranges[firstReaching(ranges, cell)]
  return range?.inside === true && range.from <= cell
}
