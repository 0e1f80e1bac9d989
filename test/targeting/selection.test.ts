import { readFile } from 'node:fs/promises'
import { booleanPointInPolygon } from '@turf/turf'
import karney from 'geographiclib-geodesic'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Shape } from '../../src/geo/zone.ts'
import { type Prng, prng } from '../../src/lib/prng.ts'
import { type AlertRow, findAlert } from '../../src/store/alerts/alert-row.ts'
import { audienceOf } from '../../src/store/reports/audience.ts'
import { previewAlert } from '../../src/targeting/preview.ts'
import { runSelection } from '../../src/targeting/select.ts'
import { expectToAddUp } from './adds-up.ts'
import { dying, Killed } from './dying.ts'
import { alertOf, profiles, startEngine, type TestEngine } from './engine.ts'
import { addResidents, addRoamers, type ResidentRow, type RoamerRow } from './people.ts'

let engine: TestEngine
const random = prng(20240101)

/** Where people of the tests live: Noto, Paris, Fiji on both sides of the antimeridian, and anywhere. */
const centres = [
  { country: 'JP', lon: 137, lat: 37.2, spread: 0.8 },
  { country: 'FR', lon: 2.35, lat: 48.85, spread: 0.5 },
  { country: 'FJ', lon: 179.8, lat: -17, spread: 1.2 },
] as const

function placeNear(r: Prng, { lon, lat, spread }: (typeof centres)[number]): [number, number] {
  const x = lon + r.normal() * spread
  return [x > 180 ? x - 360 : x, lat + r.normal() * spread]
}

/** One in five is unplaced; the country that is reported is now and then not the one of the place. */
const residents: ResidentRow[] = Array.from({ length: 3000 }, (_, i) => {
  const centre = random.pick(centres)
  const country = random.int(20) === 0 ? 'DE' : centre.country
  return { msisdn: String(81_900_000_000 + i), country, ...(random.int(5) > 0 && { place: placeNear(random, centre) }) }
})

/** Three in five are unplaced, some may be in one of several countries, some are at sea; 200 are residents as well. */
const roamers: RoamerRow[] = Array.from({ length: 3000 }, (_, i) => {
  const centre = random.pick(centres)
  const kind = random.int(20)
  const countries = kind === 0 ? ['FJ', 'TV'] : kind === 1 ? [] : kind === 2 ? ['GP', 'MF'] : [centre.country]
  const placed = random.int(5) < 2 || kind === 1
  const msisdn = i < 200 ? (residents[i * 7] as ResidentRow).msisdn : String(821_000_000_000 + i)
  return { msisdn, countries, ...(placed && { place: placeNear(random, centre) }) }
})

/**
 * More than a slice in one cell: 17,000 at one place and 7,000 at the next, whose numbers have 10 or 11 digits, so that the order
 * of the numbers is not that of their digits.
 */
const crowd: ResidentRow[] = Array.from({ length: 24_000 }, (_, i) => ({
  msisdn: String((i % 3 === 0 ? 9_180_000_000 : 81_800_000_000) + i),
  country: 'JP',
  place: i < 17_000 ? [136.4, 36.4] : [136.5, 36.5],
}))

beforeAll(async () => {
  engine = await startEngine()
  await addResidents(engine.db, [...residents, ...crowd])
  await addRoamers(engine.db, roamers)
})

afterAll(() => engine?.close())

const box = (west: number, south: number, east: number, north: number) => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
]
const ring = (r: Prng, lon: number, lat: number, size: number) => {
  const points = Array.from({ length: 9 }, (_, i) => {
    const angle = (i / 9) * 2 * Math.PI
    const radius = size * (0.4 + 0.6 * r.next())
    return [lon + radius * Math.cos(angle), lat + radius * Math.sin(angle)]
  })
  return [...points, points[0] as number[]]
}

const noto: Shape = { kind: 'circle', lon: 137, lat: 37.2, radiusKm: 60 }
const parisWithoutItsMiddle: Shape = {
  kind: 'polygon',
  rings: [box(1.8, 48.4, 2.9, 49.3), box(2.2, 48.7, 2.5, 49).reverse()],
}
const fiji: Shape = { kind: 'multipolygon', polygons: [[box(179, -18, 180, -16)], [box(-180, -17.5, -179.2, -16.2)]] }
const crowded: Shape = { kind: 'polygon', rings: [box(136.2, 36.2, 136.8, 36.8)] }
const r = prng(7)
const stars = (lon: number, lat: number): Shape => ({ kind: 'polygon', rings: [ring(r, lon, lat, 0.9)] })

function inside(shape: Shape, [lon, lat]: readonly [number, number]): boolean {
  switch (shape.kind) {
    case 'circle':
      return (karney.Geodesic.WGS84.Inverse(shape.lat, shape.lon, lat, lon).s12 as number) <= shape.radiusKm * 1000
    case 'polygon':
      return booleanPointInPolygon([lon, lat], { type: 'Polygon', coordinates: shape.rings })
    case 'multipolygon':
      return booleanPointInPolygon([lon, lat], { type: 'MultiPolygon', coordinates: shape.polygons })
    default:
      return false
  }
}

/** Who has to be told and why, person by person; `unplacedOf`: the countries that the drawn part of the zone touches. */
function naive(shapes: Shape[], unplacedOf: string[]): Map<string, string> {
  const found = new Map<string, string>()
  const whole = shapes.flatMap((shape) => (shape.kind === 'country' ? [shape.iso2] : []))
  const people = [
    ...[...residents, ...crowd].map((p) => ({ ...p, countries: [p.country], kind: 'resident' })),
    ...roamers.map((p) => ({ ...p, kind: 'roamer' })),
  ]
  const tests: ((p: (typeof people)[number]) => boolean)[] = [
    ...whole.map((country) => (p: (typeof people)[number]) => p.countries.includes(country)),
    ({ place }) => place !== undefined && shapes.some((shape) => inside(shape, place)),
    ...unplacedOf.map(
      (country) => (p: (typeof people)[number]) => p.place === undefined && p.countries.includes(country),
    ),
  ]
  for (const matches of tests) {
    for (const person of people) {
      if (found.has(person.msisdn) || !matches(person)) continue
      found.set(person.msisdn, person.place ? person.kind : `${person.kind}-unplaced`)
    }
  }
  return new Map([...found].sort(([a], [b]) => Number(a) - Number(b)))
}

/** How many are counted, but not told. */
const apart = async (broadcastId: number) =>
  (await audienceOf(engine.db.pool, broadcastId)).reduce((sum, { reason, n }) => sum + (reason === 'apart' ? n : 0), 0)

const zones: Record<string, { shapes: Shape[]; touched: string[] }> = {
  'a circle': { shapes: [noto], touched: ['JP'] },
  'a polygon with a hole': { shapes: [parisWithoutItsMiddle], touched: ['FR'] },
  'a multipolygon over the antimeridian': { shapes: [fiji], touched: ['FJ'] },
  'more than a slice at one place': { shapes: [crowded], touched: ['JP'] },
  'a random star': { shapes: [stars(2.35, 48.85)], touched: ['FR'] },
  'a union of stars that overlap': { shapes: [stars(137, 37.2), stars(137.4, 37), noto], touched: ['JP'] },
  'a whole country': { shapes: [{ kind: 'country', iso2: 'FJ' }], touched: [] },
  'a country of more than a slice': { shapes: [{ kind: 'country', iso2: 'JP' }], touched: [] },
  'a country that is one of several candidates': { shapes: [{ kind: 'country', iso2: 'GP' }], touched: [] },
  'a country and a circle elsewhere': { shapes: [{ kind: 'country', iso2: 'FR' }, noto], touched: ['JP'] },
}

describe.each(Object.entries(zones))('selection by %s', (_, { shapes, touched }) => {
  test.each(['include', 'exclude'] as const)(
    'finds exactly whom a look at each person finds, unplaced: %s',
    async (unplaced) => {
      const expected = naive(shapes, unplaced === 'include' ? touched : [])
      const { broadcastId } = await engine.send(alertOf(shapes), { unplaced })
      expect(await engine.told(broadcastId)).toEqual(expected)
      expect(expected.size).toBeGreaterThan(50)
      const [broadcast] = await engine.rows('SELECT state, expected FROM broadcast WHERE id = $1', broadcastId)
      expect(broadcast).toEqual({ state: 'sending', expected: expected.size })
      await expectToAddUp(engine, broadcastId, expected.size)
      expect(await apart(broadcastId)).toBe(naive(shapes, touched).size - expected.size)
    },
  )
})

describe('the preview', () => {
  test('counts whom the selection then finds, by reason and carrier', async () => {
    const alert = alertOf([noto, parisWithoutItsMiddle])
    const { broadcastId, alertId } = await engine.send(alert)
    const [row] = await engine.rows<{ rules: never }>('SELECT rules FROM alert WHERE id = $1', alertId)
    const preview = await previewAlert({ ...engine, profiles }, alert, (row as { rules: never }).rules)
    const told = await engine.told(broadcastId)
    expect(preview.matched).toBe(told.size)
    expect(preview.byReason).toEqual(
      Object.fromEntries(
        [...new Set(told.values())].map((why) => [why, [...told.values()].filter((x) => x === why).length]),
      ),
    )
    const carriers = await engine.rows<{ no: number; n: number }>(
      'SELECT carrier_no no, count(*) n FROM message WHERE broadcast_id = $1 GROUP BY 1',
      broadcastId,
    )
    expect(Object.fromEntries(Object.entries(preview.byCarrier).map(([id, { messages }]) => [id, messages]))).toEqual(
      Object.fromEntries(carriers.map(({ no, n }) => [engine.routes.profileOf(no)?.id ?? 'none', n])),
    )
  })
})

describe('the unplaced whom the rule leaves out', () => {
  test('are counted apart by country, each once, and those who are told anyway are not', async () => {
    // 57 of GP or MF: in the zone of both, but counted once.
    const shapes: Shape[] = [{ kind: 'polygon', rings: [box(-63.5, 15.5, -60.5, 18.5)] }, noto]
    const left = naive(shapes, ['GP', 'MF', 'JP']).size - naive(shapes, []).size
    const { broadcastId, alertId } = await engine.launch(alertOf(shapes), { unplaced: 'exclude' })
    await Promise.all([1, 2, 3].map(() => runSelection(engine.select, broadcastId)))
    expect(left).toBeGreaterThan(500)
    expect(await apart(broadcastId)).toBe(left)
    const { document, rules } = (await findAlert(engine.db.pool, alertId)) as AlertRow
    const preview = await previewAlert({ ...engine, profiles }, document, rules)
    expect(preview).toMatchObject({ apart: left, unplaced: 'exclude', matched: naive(shapes, []).size })
    expect(preview.unplacedOf).toEqual(expect.arrayContaining(['GP', 'MF', 'JP']))
  })
})

describe('a selection that is killed', () => {
  const shapes = [crowded, fiji, { kind: 'country', iso2: 'FR' } as const]

  test.each(['before-commit', 'after-commit'] as const)(
    'at every page, %s, and run again leaves no gap and no repeat',
    async (moment) => {
      const { broadcastId } = await engine.launch(alertOf(shapes))
      const everyPage = () =>
        runSelection({ ...engine.select, db: dying(engine.db, moment, /SET selection_cursor/) }, broadcastId)
      // Killed before the commit it would never come on: each second run may make one page.
      const onePage = () =>
        runSelection({ ...engine.select, db: dying(engine.db, 'after-commit', /SET selection_cursor/) }, broadcastId)
      let kills = 0
      for (let done = false; !done; ) {
        for (const run of moment === 'before-commit' ? [everyPage, onePage] : [everyPage]) {
          done = await run().then(
            () => true,
            (error) => {
              expect(error).toBeInstanceOf(Killed)
              kills++
              return false
            },
          )
        }
      }
      expect(kills).toBeGreaterThan(5)
      const expected = naive(shapes, ['FJ', 'JP'])
      expect(await engine.told(broadcastId)).toEqual(expected)
      await expectToAddUp(engine, broadcastId, expected.size)
    },
  )

  test('before an upgrade, with a cursor of sources that are no more, begins anew', async () => {
    const { broadcastId } = await engine.launch(alertOf(shapes))
    await runSelection(
      { ...engine.select, db: dying(engine.db, 'after-commit', /SET selection_cursor/) },
      broadcastId,
    ).catch(() => undefined)
    await engine.rows(
      `UPDATE broadcast SET selection_cursor = '{"source":0,"after":"819000000999"}' WHERE id = $1`,
      broadcastId,
    )
    const migration = await readFile(new URL('../../migrations/0009_audience.sql', import.meta.url), 'utf8')
    await engine.rows(/UPDATE broadcast SET selection_cursor.*;/.exec(migration)?.[0] as string)
    await runSelection(engine.select, broadcastId)
    expect(await engine.told(broadcastId)).toEqual(naive(shapes, ['FJ', 'JP']))
  })

  test('or run by two workers at once makes every message once', async () => {
    const { broadcastId } = await engine.launch(alertOf(shapes))
    await Promise.all([1, 2, 3].map(() => runSelection(engine.select, broadcastId)))
    const expected = naive(shapes, ['FJ', 'JP'])
    expect(await engine.told(broadcastId)).toEqual(expected)
    await expectToAddUp(engine, broadcastId, expected.size)
  })
})
