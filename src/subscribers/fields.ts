import { isCountry } from '../geo/iso3166.ts'
import { Problem } from '../lib/problem.ts'

/** A country code in any case into capitals; throws a Problem that names `where`. */
export function parseCountry(text: string, where: string): string {
  const iso2 = text.trim().toUpperCase()
  if (isCountry(iso2)) return iso2
  throw new Problem('unknown-country', `"${text}" is not a country`, {
    where,
    hint: 'Write the ISO 3166-1 alpha-2 code, for example JP.',
  })
}

/** RFC 5646 §4.4.1: room enough for every tag that is in use. */
const longestTag = 35
/** Feeds write few different tags, and each costs 1.5 us to read. */
const readTags = new Map<string, string>()
const readTagsAtMost = 1000

/** A BCP 47 tag into its canonical form (`kor_KR` becomes `ko-KR`); throws a Problem that names `where`. */
export function parseLanguage(text: string, where: string): string {
  const read = readTags.get(text)
  if (read !== undefined) return read
  const tag = canonicalTag(text.replaceAll('_', '-'))
  if (tag === undefined) {
    throw new Problem('bad-language', `"${text.slice(0, longestTag)}" is not a language tag`, {
      where,
      hint: 'Write a BCP 47 tag, for example ko or zh-Hant.',
    })
  }
  if (readTags.size >= readTagsAtMost) readTags.clear()
  readTags.set(text, tag)
  return tag
}

/** Names of languages, `korean`, have the form of a subtag, but no language has one of more than three letters. */
function canonicalTag(text: string): string | undefined {
  if (text.length > longestTag || !/^[a-z]{2,3}(-|$)/i.test(text)) return undefined
  try {
    return Intl.getCanonicalLocales(text)[0]
  } catch {
    return undefined
  }
}

/** Checks a place; throws a Problem that names `where` and says when the two look swapped. */
export function checkPlace(lat: number, lon: number, where: string): void {
  if (Math.abs(lat) <= 90 && Math.abs(lon) <= 180) return
  const swapped = Math.abs(lat) > 90 && Math.abs(lat) <= 180 && Math.abs(lon) <= 90
  throw new Problem('off-the-globe', `Latitude ${lat}, longitude ${lon} is not a place on earth`, {
    where,
    hint: swapped
      ? 'Latitude and longitude look swapped.'
      : 'Latitude is -90 to 90, longitude -180 to 180, in degrees.',
  })
}

/**
 * An instant: RFC 3339 with its offset, years 2000 to 2100 (epoch zeros and milliseconds read as seconds are refused); throws
 * a Problem that names `where`.
 */
export function parseInstant(text: string, where: string): Date {
  const match = /^(\d{4})-(\d{2})-(\d{2})[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})$/.exec(text.trim())
  const date = match ? new Date(text.trim().replace(' ', 'T')) : undefined
  const year = Number(match?.[1])
  if (!match || !date || Number.isNaN(date.getTime()) || year < 2000 || year > 2100 || !dayExists(match)) {
    throw new Problem('bad-time', `"${text}" is not a time`, {
      where,
      hint: 'Write date, time and offset, for example 2026-11-21T03:04:05Z.',
    })
  }
  return date
}

/** `Date` rolls 30 February over to March. */
function dayExists(match: RegExpExecArray): boolean {
  const [, year, month, day] = match.map(Number)
  return (day as number) <= new Date(Date.UTC(year as number, month as number, 0)).getUTCDate()
}
