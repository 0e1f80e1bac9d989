import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rulesFor } from '../../src/alerts/rules.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { prng } from '../../src/lib/prng.ts'
import { type DensityOptions, densityOf } from '../../src/targeting/density.ts'
import { alertOf, startEngine, type TestEngine } from './engine.ts'
import { addResidents, addRoamers } from './people.ts'

let engine: TestEngine
const random = prng(11)
const zone: Shape = { kind: 'circle', lon: 137, lat: 37, radiusKm: 80 }
const around = (lon: number, lat: number, spread: number) =>
  [lon + random.normal() * spread, lat + random.normal() * spread] as const

const residents = Array.from({ length: 4000 }, (_, i) => ({
  msisdn: String(81_900_000_000 + i),
  country: 'JP',
  place: around(137, 37, i % 2 === 0 ? 0.02 : 0.6),
}))
const roamers = Array.from({ length: 1000 }, (_, i) => ({
  msisdn: String(821_000_000_000 + i),
  countries: ['JP'],
  ...(i % 3 > 0 && { place: around(137.2, 37.1, 0.3) }),
}))
/** At the antimeridian, seven on each side. */
const fijians = Array.from({ length: 14 }, (_, i) => ({
  msisdn: String(679_000_0000 + i),
  country: 'FJ',
  place: [i % 2 === 0 ? 179.99 : -179.99, -17] as const,
}))

const inSuva = Array.from({ length: 12 }, (_, i) => ({
  msisdn: String(679_100_0000 + i),
  country: 'FJ',
  place: [178.44, -18.13] as const,
}))

beforeAll(async () => {
  engine = await startEngine()
  await addResidents(engine.db, [...residents, ...fijians, ...inSuva])
  await addRoamers(engine.db, roamers)
})

afterAll(() => engine?.close())

const density = (shapes: Shape[], options: DensityOptions = {}, rules = {}) => {
  const alert = alertOf(shapes)
  return densityOf(engine.db, engine.countries, alert, rulesFor(alert, rules), options)
}

/** The squares as a count of each place gives them, before anything is hidden. */
function naive(zoom: number, places: readonly (readonly [number, number])[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [lon, lat] of places) {
    const x = Math.floor(((lon + 180) / 360) * 2 ** zoom)
    const y = Math.floor(((lat + 90) / 180) * 2 ** zoom)
    counts.set(`${x},${y}`, (counts.get(`${x},${y}`) ?? 0) + 1)
  }
  return counts
}

const keyOf = (zoom: number, [west, south]: readonly [number, number, number]) =>
  `${Math.round(((west + 180) / 360) * 2 ** zoom)},${Math.round(((south + 90) / 180) * 2 ** zoom)}`

const places = [
  ...residents,
  ...roamers.flatMap((one) => ('place' in one && one.place ? [{ place: one.place }] : [])),
].map(({ place }) => place)

describe('the density of people', () => {
  const bbox = { west: 130, south: 30, east: 145, north: 45 }

  test.each([4, 8, 10])(
    'is their number in each square, rounded, and of squares with fewer than five nothing: zoom %i',
    async (zoom) => {
      const { cells, hidden, smallest } = await density([zone], { bbox, zoom })
      const exact = naive(zoom, places)
      const shown = new Map(cells.map((cell) => [keyOf(zoom, cell), cell[2]]))
      expect(smallest).toBe(5)
      for (const [square, n] of exact) {
        expect(shown.get(square), `${n} people`).toBe(n < 5 ? undefined : Math.round(n / 5) * 5)
      }
      expect(shown.size).toBe([...exact.values()].filter((n) => n >= 5).length)
      const few = [...exact.values()].filter((n) => n < 5).reduce((sum, n) => sum + n, 0)
      expect(hidden).toBe(Math.round(few / 5) * 5)
      if (zoom === 10) expect(few).toBeGreaterThan(100)
    },
  )

  test('gives no count that is not a multiple of five, at any zoom', async () => {
    for (let zoom = 0; zoom <= 15; zoom++) {
      const { cells, hidden } = await density([zone], {
        bbox: { west: 136.9, south: 36.9, east: 137.1, north: 37.1 },
        zoom,
      })
      expect([...cells.map(([, , n]) => n), hidden].filter((n) => n % 5 !== 0)).toEqual([])
      expect(cells.filter(([, , n]) => n < 5)).toEqual([])
    }
  })

  test('without a box is of the squares that the zone reaches into', async () => {
    const { zoom, cells, size } = await density([zone])
    expect(cells.length).toBeGreaterThan(20)
    const near = (west: number, south: number) =>
      Math.hypot((west + size.lon / 2 - 137) * Math.cos((37 * Math.PI) / 180), south + size.lat / 2 - 37) * 111.2
    expect(cells.filter(([west, south]) => near(west, south) > 80 + 111 * (size.lon + size.lat))).toEqual([])
    const everywhere = await density([zone], { bbox, zoom: Math.min(zoom, 10) })
    expect(everywhere.cells.length).toBeGreaterThan(0)
  })

  test('is of those alone whom the rules may choose', async () => {
    const sum = ({ cells }: Awaited<ReturnType<typeof density>>) => cells.reduce((all, [, , n]) => all + n, 0)
    const roaming = await density([zone], { bbox, zoom: 4 }, { populations: ['roamers'] })
    const placed = roamers.filter((one) => 'place' in one).length
    expect(Math.abs(sum(roaming) - placed)).toBeLessThan(25)
    expect(sum(await density([zone], { bbox, zoom: 4 }, { homeNetworks: ['45006'] }))).toBeLessThan(4005)
    expect(sum(await density([zone], { bbox, zoom: 4 }, { populations: ['residents'], languages: ['ko'] }))).toBe(0)
  })

  test('goes over the antimeridian', async () => {
    const { cells } = await density([zone], { bbox: { west: 179, south: -18, east: -179, north: -16 }, zoom: 9 })
    expect(cells.map(([, , n]) => n)).toEqual([5, 5])
    expect(cells.map(([west]) => Math.sign(west)).sort()).toEqual([-1, 1])
  })

  test('of a whole country is that of its ground', async () => {
    const { cells } = await density([{ kind: 'country', iso2: 'FJ' }])
    expect(cells.filter(([west]) => west > 178 && west < 179).map(([, , n]) => n)).toEqual([10])
  })

  test('needs a zone or a box, and a zoom that fits it', async () => {
    await expect(density([])).rejects.toMatchObject({ code: 'no-zone' })
    await expect(density([], { bbox, zoom: 15 })).rejects.toMatchObject({ code: 'too-many-squares' })
  })
})
