import { cellOf } from '../geo/cells.ts'
import type { Countries } from '../geo/countries.ts'
import { Problem } from '../lib/problem.ts'
import { checkPlace, parseCountry, parseInstant, parseLanguage } from './fields.ts'
import { parseMsisdn } from './msisdn.ts'

/** A national who lives abroad, as registered at a mission. Without a place only the country is known. */
export interface Resident {
  /** E.164 digits without `+`. */
  msisdn: string
  /** The embassy, consulate or branch office that registered the person. */
  mission: string
  /** ISO 3166-1 alpha-2 of residence. */
  country: string
  /** Degrees; both or neither. */
  lon?: number
  lat?: number
  /** `cellOf(lon, lat)`, where there is a place. */
  cell?: number
  address?: string
  /** BCP 47. */
  language?: string
  /** The mission's reference of the person: numbers with the same one belong to one person. */
  nameRef?: string
  registeredAt?: Date
}

export const residentColumns = [
  'msisdn',
  'mission',
  'country',
  'lat',
  'lon',
  'address',
  'language',
  'name_ref',
  'registered_at',
] as const

export type ResidentColumn = (typeof residentColumns)[number]

/** One row: text by column (numbers as well, from JSON). */
export type ResidentRecord = Partial<Record<ResidentColumn, unknown>>

/**
 * Reads one row; throws a Problem whose `where` is the column. `warnings` are for people to look at, the resident goes in: a
 * place in another country than `country` by more than 10 km is one, because people do live across a border from where they
 * are registered; where lat and lon exchanged would be in the country, the warning says so.
 */
export function parseResident(
  record: ResidentRecord,
  countries: Countries,
): { resident: Resident; warnings: string[] } {
  const mission = text(record, 'mission')
  if (mission === undefined) throw missing('mission')
  const place = parsePlace(record)
  const given = text(record, 'country')
  const country =
    given === undefined ? place && countries.countryAt(place.lon, place.lat) : parseCountry(given, 'country')
  if (country === undefined) throw missing('country')
  const raw = text(record, 'msisdn')
  if (raw === undefined) throw missing('msisdn')

  const resident: Resident = { msisdn: numberOf(raw, country), mission, country }
  const warnings: string[] = []
  if (place) {
    Object.assign(resident, place, { cell: cellOf(place.lon, place.lat) })
    const warning = strayed(country, place, countries)
    if (warning !== undefined) warnings.push(warning)
  }
  const address = text(record, 'address')
  if (address !== undefined) resident.address = address
  const language = text(record, 'language')
  if (language !== undefined) resident.language = parseLanguage(language, 'language')
  const nameRef = text(record, 'name_ref')
  if (nameRef !== undefined) resident.nameRef = nameRef
  const registeredAt = text(record, 'registered_at')
  if (registeredAt !== undefined) resident.registeredAt = parseDay(registeredAt)
  return { resident, warnings }
}

function numberOf(raw: string, country: string): string {
  try {
    return parseMsisdn(raw, country).msisdn
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const hint = error.hint === undefined ? {} : { hint: error.hint }
    throw new Problem(error.code, error.message, { where: 'msisdn', ...hint })
  }
}

function parsePlace(record: ResidentRecord): { lon: number; lat: number } | undefined {
  const lat = degrees(record, 'lat')
  const lon = degrees(record, 'lon')
  if (lat === undefined && lon === undefined) return undefined
  if (lat === undefined || lon === undefined) {
    throw new Problem('half-a-place', `There is a ${lat === undefined ? 'lon' : 'lat'} without the other`, {
      where: lat === undefined ? 'lat' : 'lon',
      hint: 'Give both, or neither: then the country alone counts.',
    })
  }
  checkPlace(lat, lon, 'lat, lon')
  return { lon, lat }
}

function degrees(record: ResidentRecord, column: 'lat' | 'lon'): number | undefined {
  const value = record[column]
  if (typeof value === 'number' && Number.isFinite(value)) return value
  const written = text(record, column)
  if (written === undefined) return undefined
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(written)) return Number(written)
  throw new Problem('bad-number', `"${written}" is not a number of degrees`, {
    where: column,
    hint: /^[+-]?\d+,\d+$/.test(written) ? 'Write a decimal point.' : 'Write decimal degrees, for example 35.6812.',
  })
}

function strayed(
  country: string,
  { lon, lat }: { lon: number; lat: number },
  countries: Countries,
): string | undefined {
  if (!countries.has(country) || countries.isNear(country, lon, lat)) return undefined
  const there = countries.countryAt(lon, lat)
  const swapped = Math.abs(lon) <= 90 && countries.isNear(country, lat, lon)
  return `The place is ${there === undefined ? 'at sea' : `in ${there}`}, not in ${country}${
    swapped ? '; latitude and longitude look swapped' : ''
  }.`
}

/** A date alone is midnight UTC: registers keep days. */
function parseDay(value: string): Date {
  return parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value, 'registered_at')
}

function text(record: ResidentRecord, column: ResidentColumn): string | undefined {
  const value = record[column]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') {
    throw new Problem('bad-field', `\`${column}\` is neither text nor a number`, { where: column })
  }
  const trimmed = value.trim()
  if (trimmed.includes('\0')) throw new Problem('bad-field', `\`${column}\` holds a NUL`, { where: column })
  return trimmed === '' ? undefined : trimmed
}

function missing(column: ResidentColumn): Problem {
  return new Problem('missing-field', `\`${column}\` is missing`, { where: column })
}
