import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { Problem } from '../lib/problem.ts'
import { isCountry } from './iso3166.ts'

/** 1 caution, 2 restraint, 3 departure recommended, 4 travel ban; null: nothing stands any more. */
export type Level = 1 | 2 | 3 | 4

/** What is advised for an area, from a day on. */
export interface TravelLevel {
  /** ISO 3166-1 alpha-2. */
  country: string
  /** The id of a zone: the country itself, a region of it, or a zone of the library. */
  area: string
  level: Level | null
  /** The special travel advisory: between 2 and 3. */
  special: boolean
  /** `YYYY-MM-DD` */
  since: string
  source: string
  /** Whether somebody compared it with what the ministry published. */
  verified: boolean
}

/** The graver of two: by level, the special advisory between 2 and 3. */
export function graver(a: TravelLevel, b: TravelLevel): TravelLevel {
  return gravity(b) > gravity(a) ? b : a
}

function gravity({ level, special }: TravelLevel): number {
  return Math.max(level ?? 0, special ? 2.5 : 0)
}

/** The country of an area whose id tells it: a country, a region (`JP-17`) or a city (`city:JP:Osaka`). */
function countryOfArea(area: string): string | undefined {
  return /^(?:city:)?([A-Z]{2})(?=$|[-:])/.exec(area)?.[1]
}

/** Problem `area-elsewhere` (422) where the id of the area says that it lies in another country. */
export function areaElsewhere(country: string, area: string, where: string): Problem | undefined {
  const there = countryOfArea(area)
  if (there === undefined || there === country) return undefined
  return new Problem(
    'area-elsewhere',
    `${area} is in ${there}, not in ${country}: nobody in ${country} would have the level`,
    {
      status: 422,
      where,
      hint: `Set it for the country ${there}, or name an area of ${country}.`,
    },
  )
}

/** Reads `travel-levels.yaml`. @throws Problem `travel-levels-file` with one detail per row that cannot be used */
export function readTravelLevels(file: string): TravelLevel[] {
  let read: { source: string; levels: Record<string, unknown>[] }
  try {
    read = parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Problem('travel-levels-file', `It cannot be read: ${(cause as Error).message}`, { where: file, cause })
  }
  const problems: Problem[] = []
  const levels = read.levels.map((row, i): TravelLevel => {
    const { country, area, level = null, special = false, since, source = read.source, verified = false } = row
    const right =
      typeof country === 'string' &&
      isCountry(country) &&
      typeof area === 'string' &&
      ([1, 2, 3, 4].includes(level as number) || (level === null && special === true)) &&
      /^\d{4}-\d{2}-\d{2}$/.test(String(since))
    if (!right) {
      const hint = 'A row has country, area, since, and a level from 1 to 4 or special: true.'
      problems.push(new Problem('travel-level', 'The row cannot be used', { where: `levels[${i}]`, hint }))
    } else {
      const elsewhere = areaElsewhere(country, area, `levels[${i}]`)
      if (elsewhere) problems.push(elsewhere)
    }
    return { country, area, level, special, since: String(since), source, verified } as TravelLevel
  })
  if (problems.length > 0) {
    throw new Problem('travel-levels-file', `${problems.length} rows cannot be used`, {
      where: file,
      details: problems,
    })
  }
  return levels
}
