import { afterAll, beforeAll, expect, it } from 'vitest'
import { rulesFor } from '../../src/alerts/rules.ts'
import { cellOf } from '../../src/geo/cells.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { prng } from '../../src/lib/prng.ts'
import { planZone } from '../../src/targeting/audience-plan.ts'
import { concernOf } from '../../src/targeting/concern.ts'
import { alertOf, startEngine, type TestEngine } from './engine.ts'

let engine: TestEngine
const random = prng(6)

/** Around Noto, most of them near the meridian that parts the halves, known to a radius of up to 20 km. */
const people = Array.from({ length: 1500 }, (_, i) => ({
  msisdn: 821_000_000_000 + i,
  lon: 137 + random.normal() * (i % 3 === 0 ? 0.6 : 0.05),
  lat: 37 + random.normal() * 0.3,
  radiusM: random.pick([null, 200, 2000, 20_000]),
}))

beforeAll(async () => {
  engine = await startEngine()
  await engine.rows(
    `INSERT INTO roamer (msisdn, hplmn, country, lon, lat, cell, radius_m, placed_at, seen_at)
     SELECT msisdn, '45008', 'JP', lon, lat, cell, "radiusM", now(), now()
       FROM jsonb_to_recordset($1) AS n (msisdn bigint, lon float8, lat float8, cell bigint, "radiusM" float8)`,
    JSON.stringify(people.map((one) => ({ ...one, cell: cellOf(one.lon, one.lat) }))),
  )
})

afterAll(() => engine?.close())

const box = (west: number, east: number): Shape => ({
  kind: 'polygon',
  rings: [[[west, 36.5], [east, 36.5], [east, 37.5], [west, 37.5], [west, 36.5]]], // biome-ignore format: one ring
})
const inJapan = (shape: Shape): Shape => ({ kind: 'union', of: [shape], country: 'JP' })

it.each<[string, Shape[]]>([
  ['two polygons', [box(136.5, 137), box(137, 137.5)]],
  ['polygons that overlap', [box(136.5, 137.01), box(136.99, 137.5)]],
  [
    'a multipolygon',
    [
      {
        kind: 'multipolygon',
        polygons: [box(136.5, 137), box(137, 137.5)].flatMap((one) => (one.kind === 'polygon' ? [one.rings] : [])),
      },
    ],
  ],
  ['two parts of a country', [inJapan(box(136.5, 137)), inJapan(box(137, 137.5))]],
  ['a polygon and a part of a country', [box(136.5, 137), inJapan(box(137, 137.5))]],
])('who is near the border within %s is surely inside, in the batch and in the stream', async (_, shapes) => {
  const rules = { uncertain: 'exclude', unplaced: 'exclude' } as const
  const told = async (...zone: Shape[]) => {
    const { broadcastId } = await engine.send(alertOf(zone), rules)
    return [...(await engine.told(broadcastId)).keys()]
  }
  const inOne = await told(box(136.5, 137.5))
  const inTwo = await told(...shapes)
  expect(inTwo).toEqual(inOne)
  const alert = alertOf(shapes)
  const plan = planZone(engine.countries, alert, rulesFor(alert, rules), new Date())
  const now = new Date()
  const stream = people.filter(({ lon, lat, radiusM }) => {
    const place = { lon, lat, radiusM, at: now }
    const rest = { countries: ['JP'], language: null, hplmn: '45008', mission: null, seenAt: now }
    return concernOf(plan, { population: 'roamers', place, ...rest }).told
  })
  expect(stream.map(({ msisdn }) => `${msisdn}`)).toEqual(inTwo)
  // Who would be left out if the meridian were a border.
  const near = stream.filter(({ lon, radiusM }) => radiusM !== null && Math.abs(lon - 137) * 88_000 < radiusM)
  expect(near.length).toBeGreaterThan(100)
})
