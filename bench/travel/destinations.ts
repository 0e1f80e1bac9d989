import type { Prng } from '../../src/lib/prng.ts'

export interface Destination {
  readonly country: string
  /** Visits by Koreans, millions a year: round figures, of the size that the destinations report. */
  readonly visits: number
  readonly flightHours: number
  /** Median days there. */
  readonly days: number
  /** Where one goes on to from there. */
  readonly onward?: readonly string[]
  /** The country of a network that is seen from there as well. */
  readonly border?: string
}

const of = (
  country: string,
  visits: number,
  flightHours: number,
  days: number,
  more: { onward?: readonly string[]; border?: string } = {},
): Destination => ({ country, visits, flightHours, days, ...more })

export const destinations: readonly Destination[] = [
  of('JP', 8.8, 2, 3),
  of('VN', 4.6, 5, 4, { onward: ['KH', 'LA'] }),
  of('CN', 2.3, 2.2, 4, { border: 'HK' }),
  of('TH', 1.9, 5.7, 5, { onward: ['LA', 'MY'], border: 'LA' }),
  of('US', 1.7, 12, 9, { onward: ['CA', 'MX'], border: 'MX' }),
  of('PH', 1.6, 4.2, 5),
  of('TW', 1.0, 2.5, 3),
  of('HK', 0.9, 3.7, 3, { onward: ['MO'], border: 'CN' }),
  of('SG', 0.6, 6.3, 4, { onward: ['MY', 'ID'], border: 'MY' }),
  of('MO', 0.5, 3.8, 2, { border: 'CN' }),
  of('MY', 0.5, 6.5, 4, { onward: ['SG'], border: 'SG' }),
  of('ID', 0.4, 7, 6),
  of('IT', 0.4, 13, 4, { onward: ['FR', 'CH', 'AT', 'ES'] }),
  of('ES', 0.4, 14, 5, { onward: ['PT', 'FR'], border: 'PT' }),
  of('FR', 0.4, 13.5, 4, { onward: ['CH', 'IT', 'DE', 'GB'], border: 'CH' }),
  of('GU', 0.4, 4.5, 4),
  of('AU', 0.4, 10.5, 8, { onward: ['NZ'] }),
  of('DE', 0.3, 12.5, 4, { onward: ['CZ', 'AT', 'FR'], border: 'FR' }),
  of('GB', 0.2, 14, 5, { onward: ['FR'] }),
  of('CZ', 0.25, 12, 3, { onward: ['AT', 'HU', 'DE'] }),
  of('AT', 0.2, 12.5, 2, { onward: ['CZ', 'HU'] }),
  of('CH', 0.2, 13, 3, { onward: ['FR', 'IT'], border: 'FR' }),
  of('CA', 0.25, 11.5, 9, { border: 'US' }),
  of('TR', 0.2, 11.5, 6, { onward: ['GR'] }),
  of('AE', 0.2, 9.5, 4),
  of('KH', 0.2, 5.7, 4, { border: 'VN' }),
  of('LA', 0.2, 5.5, 4, { border: 'TH' }),
  of('MN', 0.2, 3.7, 4),
  of('MP', 0.2, 4.5, 4),
  of('IN', 0.15, 8, 7),
  of('PT', 0.15, 15, 4, { onward: ['ES'] }),
  of('HU', 0.12, 12.5, 2, { onward: ['AT', 'CZ'] }),
  of('MX', 0.08, 15, 7, { border: 'US' }),
  of('NZ', 0.08, 11.5, 7),
  of('GR', 0.06, 13, 4),
  of('EG', 0.05, 13, 6),
  of('UZ', 0.05, 7.5, 6),
  of('KE', 0.02, 15, 7, { onward: ['TZ'] }),
  of('TZ', 0.01, 16, 5),
  of('IS', 0.02, 16, 6),
]

const byCountry = new Map(destinations.map((destination) => [destination.country, destination]))
export const destinationOf = (country: string) => byCountry.get(country) as Destination

/** Airports where planes are changed on the way to whatever is far. */
export const hubs = ['AE', 'SG', 'HK', 'TR', 'DE', 'JP'] as const

const total = destinations.reduce((sum, { visits }) => sum + visits, 0)

export function pickDestination(random: Prng): Destination {
  let left = random.next() * total
  for (const destination of destinations) {
    left -= destination.visits
    if (left < 0) return destination
  }
  return destinations[0] as Destination
}
