import { hash } from 'node:crypto'
import type { Countries } from '../geo/countries.ts'
import type { KeptBatch } from '../store/roaming/batches.ts'
import type { RoamingNotification } from '../subscribers/notification.ts'
import { maxUncertaintyM } from './concern.ts'
import { countryKey } from './journey.ts'

/** Events that are older are believed, but not written down one by one: their day's table may be gone. */
export const recordedDaysBack = 7

const dayMs = 86_400_000

/** A notification as it is believed. */
export interface ReadEvent {
  /** The same event always has the same. */
  readonly key: string
  /** Its own time, believed or not. */
  readonly at: Date
  /** Whether it is written down, so that a repeat is known. */
  readonly recorded: boolean
  readonly event: RoamingNotification
  /** ISO 3166-1 alpha-2; several candidates joined by `/`. */
  readonly country: string | null
}

/** The events of batches in the order of their own time, in the countries that they are believed to be in. */
export function readEvents(batches: readonly KeptBatch[], countries: Countries, now: number): ReadEvent[] {
  const read: ReadEvent[] = []
  for (const { source, events } of batches) {
    for (const one of events) {
      const event = exact(timely(located(one, countries), now))
      const recorded = isRecorded(one.at.getTime(), now)
      read.push({ key: keyOf(source, one), at: one.at, recorded, event, country: countryKey(event.countries) })
    }
  }
  // Of those that count as of now, a sender whose clock is ahead still knows which came first.
  return read.sort((a, b) => a.event.at.getTime() - b.event.at.getTime() || a.at.getTime() - b.at.getTime())
}

function isRecorded(at: number, now: number): boolean {
  return at > now - recordedDaysBack * dayMs && at < now + dayMs
}

/** A sender's clock may be minutes ahead of ours (`futureTime` refuses more): what it tells counts as of now. */
function timely(event: RoamingNotification, now: number): RoamingNotification {
  return event.at.getTime() > now ? { ...event, at: new Date(now) } : event
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

/** A place that is less exact than that says no more than the country. */
function exact(event: RoamingNotification): RoamingNotification {
  if (event.radiusM === undefined || event.radiusM <= maxUncertaintyM) return event
  const { lon: _, lat: __, radiusM: ___, ...rest } = event
  return rest
}

/** 128 bits of the feed's id for the event, or else of everything that it says. */
function keyOf(source: string, event: RoamingNotification): string {
  const { id, msisdn, at, vplmn, countries, lon, lat } = event
  const content =
    id === undefined
      ? `content|${msisdn}|${event.event}|${at.toISOString()}|${vplmn ?? ''}|${countries.join()}|${lon ?? ''}|${lat ?? ''}`
      : `id|${source}|${id}`
  return hash('sha256', content, 'hex').slice(0, 32)
}
