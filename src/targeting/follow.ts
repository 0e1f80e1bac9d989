import { createHash } from 'node:crypto'
import { cellOf } from '../geo/cells.ts'
import type { Countries } from '../geo/countries.ts'
import type { Client } from '../store/database.ts'
import { recordEvents } from '../store/roaming/events.ts'
import { recentJourneys } from '../store/roaming/journeys.ts'
import { lockRoamers, type RoamerRow, saveRoamers } from '../store/roaming/roamers.ts'
import { countriesOfPlmn } from '../subscribers/networks.ts'
import type { RoamingNotification } from '../subscribers/notification.ts'
import { type EventOutcome, type JourneyRules, step, type Whereabouts } from './journey.ts'

/** Events that are older are believed, but not written down one by one: their day's table may be gone. */
export const recordedDaysBack = 7

const dayMs = 86_400_000
/** Nobody gets the same country's text twice within a day: transit and networks that alternate at a border. */
const coolDownMs = dayMs
/** Senders' clocks, and their ideas of UTC, may be ahead of ours: an event of the future is believed as of now. */
const clockLeadMs = 60_000

const journeyRules: JourneyRules = {
  // Whose home network is not reported is a subscriber of a Korean one.
  homesOf: (hplmn) => (hplmn === null ? ['KR'] : countriesOfPlmn(hplmn)),
  coolDownMs,
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
  readonly key: string
  readonly at: Date
  readonly outcome: EventOutcome
  /** ISO 3166-1 alpha-2; several candidates joined by `/`. */
  readonly country: string | null
}

export interface Followed {
  /** Where each number of the batch is now, if anywhere abroad. */
  readonly present: ReadonlyMap<string, Whereabouts>
  readonly results: readonly EventResult[]
}

/**
 * Believes the events in the order of their own time, keeps where everybody is, and says what became of each event.
 *
 * @param tell decides on somebody who entered a country and got no text of it lately: `sent` where he gets one.
 */
export async function followEvents(
  client: Client,
  { source, events }: { source: string; events: readonly RoamingNotification[] },
  countries: Countries,
  tell: (entry: Entry) => Extract<EventOutcome, 'sent' | 'too-late' | 'no-text' | 'opted-out' | 'no-route'>,
): Promise<Followed> {
  const now = Date.now()
  const sorted = events
    .map((event) => ({ key: keyOf(source, event), at: event.at, event: timely(located(event, countries), now) }))
    .sort((a, b) => a.event.at.getTime() - b.event.at.getTime())
  const recorded = sorted.filter(({ at }) => isRecorded(at, now))
  const fresh = await recordEvents(
    client,
    recorded.map(({ key, at, event }) => ({
      key,
      at,
      msisdn: event.msisdn,
      event: event.event,
      country: countryKey(event.countries),
    })),
  )
  const msisdns = [...new Set(sorted.map(({ event }) => event.msisdn))]
  const known = new Map((await lockRoamers(client, msisdns)).map((row) => [row.msisdn, whereaboutsOf(row)]))
  const since = new Date((sorted[0]?.event.at.getTime() ?? now) - coolDownMs)
  const texts = new Map(
    (await recentJourneys(client, msisdns, since)).map((j) => [`${j.msisdn}:${j.country}`, j.enteredAt]),
  )
  const changed = new Set<string>()
  const results = sorted.map(({ key, at, event }): EventResult => {
    const country = countryKey(event.countries)
    // One batch may hold the same event twice: the second finds the key taken.
    if (isRecorded(at, now) && !fresh.delete(key)) return { key, at, outcome: 'duplicate', country }
    const textKey = `${event.msisdn}:${country}`
    const { outcome, now: whereabouts } = step(known.get(event.msisdn), event, texts.get(textKey), journeyRules)
    if (whereabouts) {
      known.set(event.msisdn, whereabouts)
      changed.add(event.msisdn)
    }
    if (outcome !== 'entered') return { key, at, outcome, country }
    const hplmn = whereabouts?.hplmn ?? null
    const told = tell({ msisdn: event.msisdn, countries: event.countries, at: event.at, hplmn })
    if (told === 'sent') texts.set(textKey, event.at)
    return { key, at, outcome: told, country }
  })
  const moved = [...changed].map((msisdn) => [msisdn, known.get(msisdn) as Whereabouts] as const)
  await saveRoamers(
    client,
    moved.map(([msisdn, whereabouts]) => rowOf(msisdn, whereabouts)),
  )
  // A ship in the zone is in no country, but in the zone.
  return {
    present: new Map(moved.filter(([, { countries, place }]) => countries.length > 0 || place !== null)),
    results,
  }
}

export const countryKey = (countries: readonly string[]): string | null =>
  countries.length === 0 ? null : [...countries].sort().join('/')

function isRecorded(at: Date, now: number): boolean {
  return at.getTime() > now - recordedDaysBack * dayMs && at.getTime() < now + dayMs
}

function timely(event: RoamingNotification, now: number): RoamingNotification {
  return event.at.getTime() > now + clockLeadMs ? { ...event, at: new Date(now) } : event
}

/**
 * The country that a carrier reports is believed before any polygon; a polygon decides where none is given, or among the
 * candidates of a network that serves several.
 */
function located(event: RoamingNotification, countries: Countries): RoamingNotification {
  if (event.countries.length === 1 || event.lon === undefined || event.lat === undefined) return event
  const found = countries.countryAt(event.lon, event.lat)
  const possible = event.countries.length === 0 || (found !== undefined && event.countries.includes(found))
  return found !== undefined && possible ? { ...event, countries: [found] } : event
}

/** The same event always has the same key: its feed's id for it, or else everything that it says. */
function keyOf(source: string, event: RoamingNotification): string {
  const { id, msisdn, at, vplmn, countries, lon, lat } = event
  const content =
    id === undefined
      ? ['content', msisdn, event.event, at.toISOString(), vplmn, countries.join(), lon, lat]
      : ['id', source, id]
  const hex = createHash('sha256').update(content.join('|')).digest('hex').slice(0, 32)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function whereaboutsOf(row: RoamerRow): Whereabouts {
  const { countries, enteredAt, seenAt, hplmn, vplmn, lon, lat, radiusM, placedAt } = row
  const place = lon === null || lat === null || placedAt === null ? null : { lon, lat, radiusM, at: placedAt }
  return { countries, enteredAt, seenAt, hplmn, vplmn, place }
}

function rowOf(msisdn: string, { countries, enteredAt, seenAt, hplmn, vplmn, place }: Whereabouts): RoamerRow {
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
  }
}
