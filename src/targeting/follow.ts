import { cellOf } from '../geo/cells.ts'
import type { KnownRoamer, RoamerRow } from '../store/roaming/roamers.ts'
import { countriesOfPlmn } from '../subscribers/networks.ts'
import { type EventOutcome, type JourneyRules, sameCountries, step, type Whereabouts } from './journey.ts'
import type { ReadEvent } from './read-events.ts'

/** Nobody gets the same country's text twice within a day. */
const coolDownMs = 86_400_000
/** At sea between Japan and Korea, or in Tijuana, the networks change by the minute, for days. */
const returnMs = 3_600_000
/** So long it is known that somebody was told of a country, and need not be told again when he returns in a moment. */
export const rememberedMs = 30 * 86_400_000

const journeyRules: JourneyRules = {
  // Whose home network is not reported is a subscriber of a Korean one.
  homesOf: (hplmn) => (hplmn === null ? ['KR'] : countriesOfPlmn(hplmn)),
  coolDownMs,
  returnMs,
}

/** Somebody who came into a country. */
export interface Entry {
  readonly msisdn: string
  /** Several: he is in one of them. */
  readonly countries: readonly string[]
  readonly at: Date
  readonly hplmn: string | null
}

export interface EventResult {
  readonly read: ReadEvent
  readonly outcome: EventOutcome
}

/** What is known of people, by their numbers. */
export type Known = Map<string, Whereabouts>

export const knownOf = (rows: readonly KnownRoamer[]): Known =>
  new Map(rows.map((row) => [row.msisdn, whereaboutsOf(row)]))

/** Those who may turn out to enter a country: all but those who are where they were. */
export function mayEnter(events: readonly ReadEvent[], known: Known): string[] {
  const movers = new Set<string>()
  for (const { event } of events) {
    const { msisdn } = event
    const was = known.get(msisdn)?.countries
    if (event.event === 'leave' || !was || !sameCountries(was, event.countries)) movers.add(msisdn)
  }
  return [...movers]
}

export interface Memory {
  /** Changed as events are believed. */
  readonly known: Known
  /** Keys of events that came before, and, as they are believed, of these. */
  readonly written: Set<string>
  /** When a number last got the text of a country, by `textKey`; changed as texts are made. */
  readonly texts: Map<string, Date>
}

export const textKey = (msisdn: string, country: string | null) => `${msisdn}:${country}`

/**
 * Believes the events in the order given, that of their own time, and says what became of each and who is somewhere else now.
 *
 * @param tell decides on somebody who entered a country and got no text of it lately: `sent` where he gets one.
 */
export function followEvents(
  events: readonly ReadEvent[],
  { known, written, texts }: Memory,
  tell: (entry: Entry) => Extract<EventOutcome, 'sent' | 'too-late' | 'no-text' | 'opted-out' | 'no-route'>,
): { results: EventResult[]; moved: ReadonlySet<string> } {
  const moved = new Set<string>()
  const results = events.map((read): EventResult => {
    const { key, recorded, event, country } = read
    const { msisdn } = event
    if (recorded) {
      // One batch may hold the same event twice.
      if (written.has(key)) return { read, outcome: 'duplicate' }
      written.add(key)
    }
    const lastTextAt = texts.get(textKey(msisdn, country))
    const { outcome, now } = step(known.get(msisdn), event, lastTextAt, journeyRules)
    if (now) {
      known.set(msisdn, now)
      moved.add(msisdn)
    }
    if (outcome !== 'entered') return { read, outcome }
    const told = tell({ msisdn, countries: event.countries, at: event.at, hplmn: now?.hplmn ?? null })
    if (told === 'sent') texts.set(textKey(msisdn, country), event.at)
    return { read, outcome: told }
  })
  return { results, moved }
}

function whereaboutsOf(row: KnownRoamer): Whereabouts {
  const { countries, enteredAt, seenAt, hplmn, vplmn, lon, lat, radiusM, placedAt, leftCountry, leftAt } = row
  const place = lon === null || lat === null || placedAt === null ? null : { lon, lat, radiusM, at: placedAt }
  const left = leftCountry === null || leftAt === null ? null : { country: leftCountry, at: leftAt }
  return { countries, enteredAt, seenAt, hplmn, vplmn, place, left }
}

export function rowOf(
  msisdn: string,
  { countries, enteredAt, seenAt, hplmn, vplmn, place, left }: Whereabouts,
): RoamerRow {
  return {
    msisdn,
    hplmn,
    vplmn,
    countries,
    enteredAt,
    seenAt,
    lon: place?.lon ?? null,
    lat: place?.lat ?? null,
    radiusM: place?.radiusM ?? null,
    cell: place ? cellOf(place.lon, place.lat) : null,
    placedAt: place?.at ?? null,
    leftCountry: left?.country ?? null,
    leftAt: left?.at ?? null,
  }
}
