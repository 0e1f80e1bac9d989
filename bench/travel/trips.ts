import type { Prng } from '../../src/lib/prng.ts'
import { departure } from './calendar.ts'
import { type Destination, destinationOf, hubs, pickDestination } from './destinations.ts'

/** What a network sees of a traveller: the truth, before any feed gets hold of it. */
export interface Sighting {
  /** Milliseconds of the epoch. */
  readonly at: number
  readonly person: number
  readonly event: 'enter' | 'leave' | 'location'
  /** ISO 3166-1 alpha-2; none at sea; several where the network serves several. */
  readonly countries: readonly string[]
  /** Reported instead of the country. */
  readonly vplmn?: string
  /** Whether a stay begins with it; networks that alternate at a border begin none. */
  readonly arrival: boolean
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Telenor Maritime: ferries and cruise ships. */
const shipNetwork = '90112'
/** Orange Caraïbe: one network, five codes of ISO 3166. */
const sharedNetwork = { vplmn: '34001', countries: ['BL', 'GF', 'GP', 'MF', 'MQ'] }
/** One of them, which has a network of its own. */
export const island = 'MF'

const share = {
  hub: 0.35,
  ferry: 0.03,
  cruise: 0.004,
  islands: 0.003,
  onward: 0.3,
  border: 0.025,
  outing: 0.3,
  leave: 0.6,
  off: 0.4,
}

/** All that is seen of one journey from Korea and back, in order of time. @param today days since 1970 by Korean time */
export function trip(random: Prng, person: number, today: number): Sighting[] {
  const seen: Sighting[] = []
  const see = (at: number, event: Sighting['event'], countries: readonly string[], arrival = false, vplmn?: string) =>
    void seen.push({ at: Math.round(at), person, event, countries, arrival, ...(vplmn !== undefined && { vplmn }) })
  const between = (from: number, to: number) => from + random.next() * (to - from)
  let now = departure(today, random.next())
  const kind = random.next()
  if (kind < share.cruise) return cruise()
  if (kind < share.cruise + share.islands) return islands()
  const destination = pickDestination(random)
  if (destination.country === 'JP' && random.next() < share.ferry) now = ferry(now)
  else if (destination.flightHours > 7 && random.next() < share.hub) now = changePlanes(now, destination)
  else now += destination.flightHours * hour
  stayIn(destination, destination.days)
  let last = destination
  for (let legs = 0; legs < 3 && random.next() < share.onward; legs++) {
    const next = destinationOf(random.pick(last.onward ?? [destination.country]))
    if (next === last) break
    if (random.next() < share.leave) see(now, 'leave', [last.country])
    now += between(1, 4) * hour
    stayIn(next, Math.min(next.days, 3))
    last = next
  }
  goHome([last.country], last.flightHours)
  return seen

  function stayIn({ country, border }: Destination, medianDays: number): void {
    const until = now + medianDays * day * Math.exp(0.4 * random.normal())
    see(now, 'enter', [country], true)
    while (true) {
      now += between(0.5, 5) * day
      if (now >= until) break
      see(now, 'location', [country])
      if (border !== undefined && random.next() < share.border) now = alternate([country], [border])
    }
    now = Math.max(until, now - 5 * day)
    const newest = seen.at(-1) as Sighting
    if (now <= newest.at) now = newest.at + hour
  }

  /**
   * A town at a border, or a ferry in port: both networks are heard, now one and now the other, and the first one last. Or he is over there
   * for some hours.
   */
  function alternate(here: readonly string[], there: readonly string[]): number {
    let at = now
    if (there.length > 0 && random.next() < share.outing) {
      see(at + hour, 'enter', there, true)
      at += between(3, 9) * hour
      see(at, 'enter', here)
      return at
    }
    for (let i = 2 + random.int(10); i > 0; i--) {
      at += between(3, 25) * minute
      see(at, 'enter', there, false, there.length === 0 ? shipNetwork : undefined)
      if (there.length > 0 && random.next() < share.leave / 2) see(at + between(1, 3) * minute, 'leave', there)
      at += between(3, 25) * minute
      see(at, 'enter', here)
    }
    return at
  }

  /** Some hours at a hub; who leaves his phone off is not seen there. */
  function changePlanes(at: number, { country, flightHours }: Destination): number {
    const hub = destinationOf(random.pick(hubs.filter((one) => one !== country)))
    const landed = at + hub.flightHours * hour
    const leaves = landed + between(1, 6) * hour
    if (random.next() >= share.off) {
      see(landed, 'enter', [hub.country], true)
      if (random.next() < share.leave) see(leaves, 'leave', [hub.country])
    }
    return leaves + Math.max(2, flightHours - hub.flightHours) * hour
  }

  function ferry(at: number): number {
    see(at + hour, 'enter', [], false, shipNetwork)
    now = at + 3 * hour
    see(now, 'enter', ['JP'], true)
    return alternate(['JP'], []) + hour
  }

  /** Ports of two countries, and the ship's own network between them. */
  function cruise(): Sighting[] {
    let port = 'JP'
    for (const next of ['JP', 'TW', 'JP']) {
      see(now, 'enter', [], false, shipNetwork)
      now += between(12, 30) * hour
      see(now, 'enter', [next], true)
      now += between(6, 12) * hour
      port = next
    }
    see(now, 'enter', [], false, shipNetwork)
    goHome([port], 20)
    return seen
  }

  function islands(): Sighting[] {
    const { countries, vplmn } = sharedNetwork
    now += 20 * hour
    see(now, 'enter', countries, true, vplmn)
    for (let i = 0; i < 3; i++) {
      // The network of one of the islands is heard as well; boats are never far.
      now += between(1, 40) * hour
      see(now, 'location', [island])
      now += between(5, 600) * minute
      see(now, 'enter', [], false, shipNetwork)
      now += between(5, 90) * minute
      see(now, 'location', countries, false, vplmn)
    }
    goHome(countries, 20)
    return seen
  }

  /** Where he was says that he left, or the home network that he is there. */
  function goHome(countries: readonly string[], hours: number): void {
    const reported = countries.length === 1 && random.next() < share.leave
    if (reported) see(now + hour, 'leave', countries)
    if (!reported || random.next() < 0.5) see(now + hours * hour, 'enter', ['KR'])
  }
}
