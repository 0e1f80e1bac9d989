import type { Position } from 'geojson'
import { describe, expect, test } from 'vitest'
import { Circle } from '../../src/geo/circle.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { prepare } from '../../src/geo/prepared.ts'
import type { Region } from '../../src/geo/region.ts'
import { ZoneIndex } from '../../src/geo/zone-index.ts'
import { type Prng, prng } from '../../src/lib/prng.ts'
import { star } from './support.ts'

const square = (west: number, south: number, east: number, north: number): Position[][] => [
  [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ],
]

/** Stars, circles, several outlines that overlap, over the antimeridian and around the poles. */
function randomRegion(random: Prng): Region {
  const [lon, lat] = [random.next() * 360 - 180, random.next() * 150 - 75]
  const radius = 0.01 + random.next() ** 3 * 12
  switch (random.int(4)) {
    case 0:
      return new Circle({ lon, lat, radiusKm: radius * 100 })
    case 1:
      return new Circle({ lon, lat: random.pick([-89, 89]), radiusKm: radius * 100 })
    case 2:
      return prepare({ type: 'Polygon', coordinates: [star(random, lon, lat, radius, 4 + random.int(200))] })
    default: {
      const outlines = [0, 1, 2].map((i) => [star(random, lon, lat + i * radius * 0.5, radius, 5 + random.int(50))])
      return prepare({ type: 'MultiPolygon', coordinates: outlines })
    }
  }
}

/** Many near the zones, some everywhere, and the odd places of the globe. */
function somePlace(random: Prng, regions: readonly Region[]): [number, number] {
  if (random.int(50) === 0) return [random.pick([-180, 180, 0]), random.pick([-90, 90, 0, random.next() * 180 - 90])]
  const box = random.int(4) === 0 ? undefined : random.pick(regions).bboxes[0]
  if (!box) return [random.next() * 360 - 180, random.next() * 180 - 90]
  const lon = box.west + (box.east - box.west) * (random.next() * 1.2 - 0.1)
  const lat = box.south + (box.north - box.south) * (random.next() * 1.2 - 0.1)
  return [Math.max(-180, Math.min(180, lon)), Math.max(-90, Math.min(90, lat))]
}

const sorted = (zones: readonly number[]) => zones.toSorted((a, b) => a - b)

describe('the index', () => {
  test('finds exactly the zones that contain a place, while zones come and go and quads are split', () => {
    const random = prng(11)
    const index = new ZoneIndex<number>()
    const regions = new Map<number, Region>()
    const change = (zone: number) => {
      if (regions.has(zone) && random.int(3) === 0) {
        regions.delete(zone)
        expect(index.remove(zone)).toBe(true)
      } else {
        const region = randomRegion(random)
        regions.set(zone, region)
        index.add(zone, region)
      }
    }
    for (let zone = 0; zone < 120; zone++) change(zone)
    let found = 0
    for (let i = 0; i < 30_000; i++) {
      if (i % 300 === 299) change(random.int(120))
      const [lon, lat] = somePlace(random, [...regions.values()])
      const expected = [...regions].flatMap(([zone, region]) => (region.contains(lon, lat) ? zone : []))
      expect(sorted(index.at(lon, lat)), `${lon} ${lat}`).toEqual(sorted(expected))
      found += expected.length
    }
    expect(found).toBeGreaterThan(10_000)
  })

  test('finds around a place all zones that reach so near, and nothing that is far', () => {
    const random = prng(12)
    const index = new ZoneIndex<number>()
    const regions = Array.from({ length: 150 }, () => randomRegion(random))
    regions.forEach((region, zone) => {
      index.add(zone, region)
    })
    let near = 0
    let extra = 0
    for (let i = 0; i < 3000; i++) {
      const [lon, lat] = somePlace(random, regions)
      const metres = random.pick([1, 500, 20_000, 50_000])
      const found = new Set(index.around(lon, lat, metres))
      regions.forEach((region, zone) => {
        if (region.contains(lon, lat) || region.borderDistanceM(lon, lat, metres) !== undefined) {
          expect(found.has(zone), `${zone} within ${metres} m of ${lon} ${lat}`).toBe(true)
          near++
        } else if (found.has(zone)) extra++
      })
    }
    expect(near).toBeGreaterThan(2000)
    expect(extra).toBeLessThan(near / 2)
  })

  test('finds what lies on an edge and in a corner, and nothing beside it', () => {
    const index = new ZoneIndex<string>()
    index.add('square', prepare({ type: 'Polygon', coordinates: square(10, 10, 20, 20) }))
    for (let i = 0; i < 40; i++) {
      expect(index.at(10, 10)).toEqual(['square'])
      expect(index.at(20, 15)).toEqual(['square'])
      expect(index.at(20.000_000_001, 15)).toEqual([])
      expect(index.at(15, 9.999_999_999)).toEqual([])
    }
  })

  test('names a zone once where its parts overlap', () => {
    const index = new ZoneIndex<string>()
    const coordinates = [square(0, 0, 10, 10), square(5, 5, 15, 15)]
    index.add('two', prepare({ type: 'MultiPolygon', coordinates }))
    expect(index.at(7, 7)).toEqual(['two'])
  })

  test('knows a zone that is added again by its new outline only', () => {
    const index = new ZoneIndex<string>()
    index.add('a', prepare({ type: 'Polygon', coordinates: square(0, 0, 10, 10) }))
    index.add('a', prepare({ type: 'Polygon', coordinates: square(20, 0, 30, 10) }))
    expect([index.at(5, 5), index.at(25, 5)]).toEqual([[], ['a']])
    expect([index.remove('a'), index.remove('a')]).toEqual([true, false])
    expect(index.at(25, 5)).toEqual([])
  })

  test('does not grow with the zones that were there once', () => {
    const random = prng(3)
    const index = new ZoneIndex<number>()
    const comeAndGo = (times: number) => {
      for (let i = 0; i < times; i++) {
        const region = randomRegion(random)
        index.add(i, region)
        for (let j = 0; j < 50; j++) index.at(...somePlace(random, [region]))
        index.remove(i)
      }
    }
    comeAndGo(50)
    const { bytes } = index
    comeAndGo(1000)
    expect(index.bytes).toBeLessThanOrEqual(bytes * 2)
  })

  test('holds countries of many islands', () => {
    const countries = loadCountries()
    const index = new ZoneIndex<string>()
    for (const iso2 of ['KR', 'JP', 'FJ', 'NO']) index.add(iso2, countries.regionOf(iso2))
    expect(index.at(126.53, 33.38)).toEqual(['KR']) // Jeju
    expect(index.at(178.44, -18.14)).toEqual(['FJ']) // Suva
    expect(index.at(-179.97, -16.8)).toEqual(['FJ']) // Taveuni, beyond the antimeridian
    expect(index.at(135, 38)).toEqual([])
  })
})
