import tzLookup from '@photostructure/tz-lookup'
import { getCountry } from 'countries-and-timezones'

/** Kosovo is in no list of zones by country. */
const kosovo = 'Europe/Belgrade'

const byCountry = new Map<string, readonly string[]>()

/**
 * The IANA zones of the clocks that somebody may see: that of his place, or all of the countries that he may be in; none where a country
 * is in no table (uninhabited islands).
 */
export function zonesOf(
  countries: readonly string[],
  place: { readonly lon: number; readonly lat: number } | null,
): readonly string[] {
  if (place !== null) return [tzLookup(place.lat, place.lon)].filter(isKnown)
  const [only, ...more] = countries
  if (only !== undefined && more.length === 0) return zonesOfCountry(only)
  return [...new Set(countries.flatMap(zonesOfCountry))]
}

function zonesOfCountry(iso2: string): readonly string[] {
  let zones = byCountry.get(iso2)
  if (!zones) {
    zones = (iso2 === 'XK' ? [kosovo] : (getCountry(iso2)?.timezones ?? [])).filter(isKnown)
    byCountry.set(iso2, zones)
  }
  return zones
}

/** Zones are founded: by one that this Node has no data of nobody waits for the morning. */
export function isKnown(zone: string): boolean {
  try {
    clockOf(zone)
    return true
  } catch {
    return false
  }
}

interface Clock {
  readonly format: Intl.DateTimeFormat
  /** Minutes ahead of UTC, by quarters of an hour since 1970: no clock is put forward or back within one. */
  readonly ahead: Map<number, number>
}

const clocks = new Map<string, Clock>()
const minuteMs = 60_000
const dayMinutes = 1440
const quarter = 15
/** Quarters of an hour that are remembered of a zone: now, and the ends of some nights. */
const quartersKept = 64

/** Minutes since midnight on the clock of a zone at an instant in milliseconds. */
export function minuteOfDay(zone: string, at: number): number {
  const minute = Math.floor(at / minuteMs)
  const { format, ahead } = clockOf(zone)
  const slot = Math.floor(minute / quarter)
  let minutesAhead = ahead.get(slot)
  if (minutesAhead === undefined) {
    // 1 us; what is remembered takes a fiftieth of that, and a batch asks of some thousand people at one instant.
    const text = format.format(at)
    minutesAhead = Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5)) - (minute % dayMinutes)
    if (ahead.size >= quartersKept) ahead.clear()
    ahead.set(slot, minutesAhead)
  }
  return (minute + minutesAhead + dayMinutes) % dayMinutes
}

function clockOf(zone: string): Clock {
  let clock = clocks.get(zone)
  if (!clock) {
    const format = new Intl.DateTimeFormat('en', {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    clock = { format, ahead: new Map() }
    clocks.set(zone, clock)
  }
  return clock
}
