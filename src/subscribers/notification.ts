import { Problem } from '../lib/problem.ts'
import { checkPlace, parseCountry, parseInstant, parseLanguage } from './fields.ts'
import type { IgnoredFields } from './ignored-fields.ts'
import { decodeUtf8, readLines } from './lines.ts'
import { parseReportedMsisdn } from './msisdn.ts'
import { countriesOfPlmn, isInternationalMcc, isPlmn } from './networks.ts'

/** What a home carrier reports of its subscriber abroad. */
export interface RoamingNotification {
  /** The sender's id of the event; the same id is the same event. */
  id?: string
  /** E.164 digits without `+`. */
  msisdn: string
  /** Home network, MCC and MNC. */
  hplmn?: string
  /** Visited network, MCC and MNC. */
  vplmn?: string
  /**
   * ISO 3166-1 alpha-2: the reported country, which is believed before any polygon; else the candidates by the visited
   * network, none on ships, aircraft and satellites.
   */
  countries: string[]
  at: Date
  /** `leave` without countries: back at home. */
  event: 'enter' | 'leave' | 'location'
  /** Degrees; both or neither. */
  lon?: number
  lat?: number
  /** Uncertainty of the place in metres. */
  radiusM?: number
  /** Of the subscriber, BCP 47. */
  language?: string
}

const known = new Set(['msisdn', 'hplmn', 'vplmn', 'country', 'at', 'event', 'lat', 'lon', 'radius', 'id', 'language'])

/**
 * Reads `{"msisdn","hplmn","vplmn","country","at","event","lat","lon","radius","id","language"}`; `country` or `vplmn` is needed,
 * the place and the language are optional. Fields that we do not know are the carrier's own business: they go to `ignored`. Throws a Problem whose
 * `where` is the field.
 */
export function parseNotification(value: unknown, ignored?: IgnoredFields): RoamingNotification {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem('bad-notification', 'A roaming notification is a JSON object')
  }
  const fields = value as Record<string, unknown>
  if (ignored) for (const name in fields) if (!known.has(name)) ignored.add(name)
  const event = fields.event
  if (event !== 'enter' && event !== 'leave' && event !== 'location') {
    throw new Problem('bad-notification', event === undefined ? '`event` is missing' : `"${event}" is not an event`, {
      where: 'event',
      hint: 'Use enter, leave or location.',
    })
  }
  const msisdn = parseReportedMsisdn(digits(fields, 'msisdn') ?? missing('msisdn'), 'msisdn')
  const at = parseInstant(text(fields, 'at') ?? missing('at'), 'at')
  const vplmn = plmn(fields, 'vplmn')
  const hplmn = plmn(fields, 'hplmn')
  const place = placeOf(fields)
  const language = languageOf(fields)
  const id = digits(fields, 'id')
  return {
    ...(id === undefined ? {} : { id }),
    msisdn,
    ...(hplmn === undefined ? {} : { hplmn }),
    ...(vplmn === undefined ? {} : { vplmn }),
    countries: countriesOf(text(fields, 'country'), vplmn, place !== undefined),
    at,
    event,
    ...place,
    ...(language === undefined ? {} : { language }),
  }
}

/** One line of a stream: the notification, or why it was refused. */
export type NotificationRow = { line: number; notification: RoamingNotification } | { line: number; problem: Problem }

/** Reads NDJSON as a stream, no faster than it is consumed; a line that cannot be used costs that line only. */
export async function* readNotifications(
  stream: AsyncIterable<Uint8Array>,
  ignored?: IgnoredFields,
): AsyncGenerator<NotificationRow> {
  for await (const { line, bytes } of readLines(stream, 65_536)) {
    try {
      const text = bytes && decodeUtf8(bytes)
      if (bytes === undefined) throw new Problem('line-too-long', 'The line is longer than 64 KB')
      if (text === undefined) throw new Problem('not-utf8', 'The line is not UTF-8')
      const json = text.replace(/^\ufeff/, '').trim()
      if (json !== '') yield { line, notification: parseNotification(parseJson(json), ignored) }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      yield { line, problem: error }
    }
  }
}

function countriesOf(country: string | undefined, vplmn: string | undefined, placed: boolean): string[] {
  if (country !== undefined) return [parseCountry(country, 'country')]
  if (vplmn === undefined) {
    throw new Problem('missing-field', '`country` or `vplmn` is needed', {
      where: 'country',
      hint: 'Without either nobody can tell where the traveller is.',
    })
  }
  const candidates = countriesOfPlmn(vplmn)
  if (candidates.length === 0 && !placed && !isInternationalMcc(vplmn.slice(0, 3))) {
    throw new Problem('unknown-network', `No country is known for the network ${vplmn}`, {
      where: 'vplmn',
      hint: 'Send `country` with it.',
    })
  }
  return candidates
}

function placeOf(fields: Record<string, unknown>): { lon: number; lat: number; radiusM?: number } | undefined {
  const lat = number(fields, 'lat')
  const lon = number(fields, 'lon')
  const radiusM = number(fields, 'radius')
  if (lat === undefined && lon === undefined && radiusM === undefined) return undefined
  if (lat === undefined || lon === undefined) {
    throw new Problem('half-a-place', 'A place is `lat` and `lon`, and perhaps `radius`', {
      where: lat === undefined ? 'lat' : 'lon',
    })
  }
  checkPlace(lat, lon, 'lat, lon')
  if (radiusM !== undefined && radiusM < 0) {
    throw new Problem('bad-number', 'A radius in metres is not negative', { where: 'radius' })
  }
  return { lon, lat, ...(radiusM === undefined ? {} : { radiusM }) }
}

/** `und` says that the sender does not know either. */
function languageOf(fields: Record<string, unknown>): string | undefined {
  const value = text(fields, 'language')
  const tag = value === undefined ? undefined : parseLanguage(value, 'language')
  return tag === undefined || tag === 'und' || tag.startsWith('und-') ? undefined : tag
}

function plmn(fields: Record<string, unknown>, name: string): string | undefined {
  const value = digits(fields, name)
  if (value === undefined || isPlmn(value)) return value
  throw new Problem('bad-plmn', `"${value}" is not a network code`, {
    where: name,
    hint: 'MCC and MNC without a separator, five or six digits, for example 44010.',
  })
}

/** Text; a number is taken as well, as many senders write digits so. */
function digits(fields: Record<string, unknown>, name: string): string | undefined {
  const value = fields[name]
  return Number.isSafeInteger(value) ? String(value) : text(fields, name)
}

function text(fields: Record<string, unknown>, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') {
    // Neither jsonb nor text of PostgreSQL takes it: it would cost the whole request.
    if (value.includes('\0')) throw new Problem('bad-field', `\`${name}\` holds a NUL character`, { where: name })
    return value.trim()
  }
  throw new Problem('bad-field', `\`${name}\` is not text`, { where: name })
}

function number(fields: Record<string, unknown>, name: string): number | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new Problem('bad-number', `\`${name}\` is not a number`, { where: name })
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new Problem('bad-json', 'The line is not JSON', { cause })
  }
}

function missing(field: string): never {
  throw new Problem('missing-field', `\`${field}\` is missing`, { where: field })
}
