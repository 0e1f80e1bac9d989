import { cellOf } from '../geo/cells.ts'
import { rememberedDays } from '../store/roaming/entry-keys.ts'
import type { KnownRoamer, RoamerRow } from '../store/roaming/roamers.ts'
import { countriesOfPlmn } from '../subscribers/networks.ts'
import {
  type EntryOutcome,
  type EventOutcome,
  type JourneyRules,
  sameCountries,
  step,
  type Whereabouts,
} from './journey.ts'
import type { ReadEvent } from './read-events.ts'
import type { ToldTexts } from './told.ts'

/** So long it is known that somebody was told of a country; no cool-down is longer. */
export const rememberedMs = rememberedDays * 86_400_000

// Whose home network is not reported is a subscriber of a Korean one.
const homesOf = (hplmn: string | null) => (hplmn === null ? ['KR'] : countriesOfPlmn(hplmn))

/** Somebody who came into a country. */
export interface Entry {
  readonly read: ReadEvent
  readonly msisdn: string
  /** Several: he is in one of them. */
  readonly countries: readonly string[]
  readonly place: Whereabouts['place']
  readonly at: Date
  readonly hplmn: string | null
  /** BCP 47; null: not known. */
  readonly language: string | null
}

export interface EventResult {
  readonly read: ReadEvent
  readonly outcome: EventOutcome
  /** Who is to carry the texts; null where no route was asked for. */
  readonly carrierNo: number | null
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
  /** Changed as texts are made. */
  readonly texts: ToldTexts
}

export interface Deciding {
  readonly stayRulesOf: JourneyRules['stayRulesOf']
  /** Decides on somebody who entered a country and got no text of it lately: `sent` where he gets one, `waits` where he may later. */
  readonly tell: (entry: Entry) => { readonly outcome: EntryOutcome; readonly carrierNo: number | null }
}

export interface Followed {
  readonly results: EventResult[]
  /** Who is somewhere else now, or was seen again. */
  readonly moved: ReadonlySet<string>
  /** Who came back so soon that he was never away. */
  readonly returned: ReadonlySet<string>
}

/** Believes the events in the order given, that of their own time, and says what became of each. */
export function followEvents(
  events: readonly ReadEvent[],
  { known, written, texts }: Memory,
  { stayRulesOf, tell }: Deciding,
): Followed {
  const rules: JourneyRules = { homesOf, stayRulesOf }
  const moved = new Set<string>()
  const returned = new Set<string>()
  const results = events.map((read): EventResult => {
    const { key, recorded, event, country } = read
    const { msisdn } = event
    if (recorded) {
      // One batch may hold the same event twice.
      if (written.has(key)) return { read, outcome: 'duplicate', carrierNo: null }
      written.add(key)
    }
    const { outcome, now } = step(known.get(msisdn), event, (countries) => texts.of(msisdn, countries), rules)
    if (now) {
      known.set(msisdn, now)
      moved.add(msisdn)
    }
    if (outcome === 'returned') returned.add(msisdn)
    if (outcome !== 'entered') return { read, outcome, carrierNo: null }
    const { hplmn, language, place } = now as Whereabouts
    const told = tell({ read, msisdn, countries: event.countries, place, at: event.at, hplmn, language })
    if (told.outcome === 'sent' || told.outcome === 'waits') {
      texts.set(msisdn, country as string, { at: event.at, waits: told.outcome === 'waits' })
    }
    return { read, ...told }
  })
  return { results, moved, returned }
}

function whereaboutsOf(row: KnownRoamer): Whereabouts {
  const { countries, enteredAt, seenAt, hplmn, vplmn, language, lon, lat, radiusM, placedAt, leftCountry, leftAt } = row
  const place = lon === null || lat === null || placedAt === null ? null : { lon, lat, radiusM, at: placedAt }
  const left = leftCountry === null || leftAt === null ? null : { country: leftCountry, at: leftAt }
  return { countries, enteredAt, seenAt, hplmn, vplmn, language, place, left }
}

export function rowOf(
  msisdn: string,
  { countries, enteredAt, seenAt, hplmn, vplmn, language, place, left }: Whereabouts,
): RoamerRow {
  return {
    msisdn,
    hplmn,
    vplmn,
    language,
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
