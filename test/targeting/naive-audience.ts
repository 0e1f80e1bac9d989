import { booleanPointInPolygon } from '@turf/turf'
import karney from 'geographiclib-geodesic'
import type { AlertRules } from '../../src/alerts/rules.ts'
import { cellOf } from '../../src/geo/cells.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { prng } from '../../src/lib/prng.ts'
import type { TestEngine } from './engine.ts'

/** A seeded world of people with all that rules ask about, and who is meant by an alert, by the words of its rules alone. */

const r = prng(77)

/** Somebody's row, and what the test makes of it. */
export interface Row {
  readonly msisdn: number
  readonly population: 'residents' | 'roamers'
  readonly countries: readonly string[]
  readonly language: string | null
  readonly mission: string | null
  readonly nameRef: string | null
  readonly hplmn: string | null
  readonly place: readonly [number, number] | null
  readonly radiusM: number | null
  /** Hours ago. */
  readonly placedAgo: number
  readonly lastAgo: number
}

const noto = [137, 37.2] as const
const paris = [2.35, 48.85] as const
const near = ([lon, lat]: readonly [number, number]) => [lon + r.normal() * 0.5, lat + r.normal() * 0.4] as const

const residents: Row[] = Array.from({ length: 2500 }, (_, i) => {
  const isJapan = r.int(2) === 0
  return {
    msisdn: 81_900_000_000 + i,
    population: 'residents',
    countries: [r.int(15) === 0 ? 'FJ' : isJapan ? 'JP' : 'FR'],
    language: r.pick(['ko', 'ko-KR', 'EN', 'ja', null]),
    mission: r.pick(['tokyo', 'osaka', 'paris']),
    nameRef: r.int(3) === 0 ? `P${r.int(250)}` : null,
    hplmn: null,
    place: r.int(5) > 0 ? near(isJapan ? noto : paris) : null,
    radiusM: null,
    placedAgo: 0,
    lastAgo: r.int(900) + i / 10_000,
  }
})

const roamers: Row[] = Array.from({ length: 2500 }, (_, i) => {
  const isJapan = r.int(2) === 0
  const kind = r.int(20)
  const place = r.int(3) > 0 ? near(isJapan ? noto : paris) : null
  return {
    msisdn: i % 8 === 0 ? (residents[i] as Row).msisdn : 821_000_000_000 + i,
    population: 'roamers',
    countries: kind === 0 ? ['FJ', 'JP'] : kind === 1 ? [] : [isJapan ? 'JP' : 'FR'],
    language: null,
    mission: null,
    nameRef: null,
    hplmn: r.pick(['45008', '45005', '45006']),
    place,
    radiusM: place && r.int(2) === 0 ? r.pick([50, 800, 5000, 20_000, 49_000]) : null,
    placedAgo: r.int(100) + 0.5,
    lastAgo: r.int(100) + 0.25 + i / 10_000,
  }
})

export const everybody = [...residents, ...roamers]

/** Registers everybody; one in 37 asked for no more texts. */
export async function addEverybody(engine: TestEngine): Promise<void> {
  const rows = everybody.map((row) => ({
    ...row,
    lon: row.place?.[0] ?? null,
    lat: row.place?.[1] ?? null,
    cell: row.place && cellOf(...row.place),
    country: row.countries.length === 1 ? row.countries[0] : null,
    candidates: row.countries.length > 1 ? row.countries : [],
  }))
  const from = `jsonb_to_recordset($1) AS n (msisdn bigint, population text, country text, candidates text[], language text, mission text,
    "nameRef" text, hplmn text, lon float8, lat float8, cell bigint, "radiusM" float8, "placedAgo" float8, "lastAgo" float8)`
  const ago = (column: string) => `now() - n."${column}" * interval '1 hour'`
  await engine.rows(
    `INSERT INTO resident (msisdn, mission, country, language, name_ref, lon, lat, cell, updated_at)
     SELECT msisdn, mission, country, language, "nameRef", lon, lat, cell, ${ago('lastAgo')} FROM ${from}`,
    JSON.stringify(rows.filter(({ population }) => population === 'residents')),
  )
  await engine.rows(
    `INSERT INTO roamer (msisdn, hplmn, country, candidates, lon, lat, cell, radius_m, placed_at, seen_at)
     SELECT msisdn, hplmn, country, candidates::char(2)[], lon, lat, cell, "radiusM",
            CASE WHEN cell IS NOT NULL THEN ${ago('placedAgo')} END, ${ago('lastAgo')} FROM ${from}`,
    JSON.stringify(rows.filter(({ population }) => population === 'roamers')),
  )
  await engine.rows(`INSERT INTO opt_out (msisdn) SELECT msisdn FROM resident WHERE msisdn % 37 = 0`)
}

const circles = { noto: { at: noto, km: 45 }, paris: { at: paris, km: 40 } }
export const circleOf = (name: keyof typeof circles): Shape => {
  const { at, km } = circles[name]
  return { kind: 'circle', lon: at[0], lat: at[1], radiusKm: km }
}
const fiji: Shape = { kind: 'country', iso2: 'FJ' }
const france: Shape = { kind: 'country', iso2: 'FR' }
/** West of everything that the circles hold, so that borders do not meet. */
const box: [number, number][] = [
  [136, 35],
  [136.3, 35],
  [136.3, 38],
  [136, 38],
  [136, 35],
]

export interface Zone {
  readonly shapes: Shape[]
  readonly whole: readonly string[]
  readonly touched: readonly string[]
  /** Circles, of which the place has to be inside; `cut`: outside, and in France. */
  readonly circles: readonly (keyof typeof circles)[]
  readonly cut?: keyof typeof circles
  readonly box?: boolean
}

export const zones: Record<string, Zone> = {
  'two circles': {
    shapes: [circleOf('noto'), circleOf('paris')],
    whole: [],
    touched: ['FR', 'JP'],
    circles: ['noto', 'paris'],
  },
  'a country and a circle': { shapes: [fiji, circleOf('noto')], whole: ['FJ'], touched: ['JP'], circles: ['noto'] },
  'France but for a circle, and Noto': {
    shapes: [{ kind: 'difference', of: france, minus: [circleOf('paris')] }, circleOf('noto')],
    whole: [],
    touched: ['FR', 'JP'],
    circles: ['noto'],
    cut: 'paris',
  },
  'a polygon, whoever is uncertain apart': {
    shapes: [{ kind: 'polygon', rings: [box] }],
    whole: [],
    touched: ['JP'],
    circles: [],
    box: true,
  },
}

type Verdict = 'country' | 'inside' | 'ring' | 'unplaced' | 'no' | 'apart' | 'uncertain'

/** Metres from the circle, negative inside. */
function beyond(name: keyof typeof circles, [lon, lat]: readonly [number, number]): number {
  const { at, km } = circles[name]
  return (karney.Geodesic.WGS84.Inverse(at[1], at[0], lat, lon).s12 as number) - km * 1000
}

/** What a row comes to, by the words of the rules alone. */
export function verdictOf(row: Row, zone: Zone, rules: AlertRules): Verdict {
  const { population, countries, place, radiusM } = row
  if (rules.populations && !rules.populations.includes(population)) return 'no'
  const language = row.language === null ? 'und' : (row.language.toLowerCase().split('-')[0] as string)
  if (rules.languages && !rules.languages.includes(language)) return 'no'
  if (population === 'residents' && rules.missions && !rules.missions.includes(row.mission as string)) return 'no'
  if (population === 'roamers') {
    if (rules.homeNetworks && !rules.homeNetworks.includes(row.hplmn as string)) return 'no'
    if (rules.seenMaxAgeHours !== undefined && row.lastAgo > rules.seenMaxAgeHours) return 'no'
  }
  if (countries.some((country) => zone.whole.includes(country))) return 'country'
  const isOld =
    population === 'roamers' && rules.placeMaxAgeHours !== undefined && row.placedAgo > rules.placeMaxAgeHours
  if (place === null || isOld) {
    if (!countries.some((country) => zone.touched.includes(country))) return 'no'
    return rules.unplaced === 'include' ? 'unplaced' : 'apart'
  }
  const uncertainty = radiusM ?? 0
  const distances = zone.circles.map((name) => beyond(name, place))
  let isIn = distances.some((d) => d <= 0)
  let isNear = uncertainty > 0 && distances.some((d) => Math.abs(d) <= uncertainty)
  if (zone.cut && countries.length === 1 && countries[0] === 'FR') {
    const d = beyond(zone.cut, place)
    isIn ||= d >= 0
    isNear ||= uncertainty > 0 && Math.abs(d) <= uncertainty
  }
  if (zone.box) isIn ||= booleanPointInPolygon([...place], { type: 'Polygon', coordinates: [box] })
  if (!isNear) return isIn ? 'inside' : 'no'
  if (rules.uncertain === 'include' || (isIn && rules.uncertain !== 'exclude')) return 'ring'
  return 'uncertain'
}

export const isTold = (verdict: Verdict) => ['country', 'inside', 'ring', 'unplaced'].includes(verdict)

export function grouped<K, V>(list: readonly V[], key: (one: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>()
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one])
  return groups
}

export const numbers = grouped(everybody, ({ msisdn }) => msisdn)
export const named = new Map(
  residents.flatMap(({ msisdn, mission, nameRef }) => (nameRef === null ? [] : [[msisdn, `${mission}/${nameRef}`]])),
)

/** Numbers that are told, and how many are left out and why. */
export function naive(zone: Zone, rules: AlertRules) {
  const told = new Set<number>()
  let [apart, uncertainApart, otherNumbers] = [0, 0, 0]
  const persons = grouped([...numbers], ([msisdn]) =>
    rules.numbers === 'last-seen' ? (named.get(msisdn) ?? msisdn) : msisdn,
  )
  for (const person of persons.values()) {
    const concerned = person
      .filter(([, rows]) => rows.some((row) => isTold(verdictOf(row, zone, rules))))
      .sort(([, a], [, b]) => Math.min(...a.map((x) => x.lastAgo)) - Math.min(...b.map((x) => x.lastAgo)))
    const verdicts = person.flatMap(([, rows]) => rows.map((row) => verdictOf(row, zone, rules)))
    if (concerned[0]) {
      told.add(concerned[0][0])
      otherNumbers += concerned.length - 1
    } else if (verdicts.includes('apart')) apart++
    else if (verdicts.includes('uncertain')) uncertainApart++
  }
  return { told, apart, uncertainApart, otherNumbers }
}
