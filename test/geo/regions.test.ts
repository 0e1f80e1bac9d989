import { describe, expect, test } from 'vitest'
import { checkShapes } from '../../src/geo/check-shapes.ts'
import { compileShapes } from '../../src/geo/compile.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { prepare } from '../../src/geo/prepared.ts'
import { readRegions } from '../../src/geo/regions.ts'
import { cities } from './support.ts'

const regions = readRegions(new URL('../../geofences/regions.topojson.gz', import.meta.url).pathname)

describe('the regions of the world', () => {
  test('are all outlines that an alert may take as they are', () => {
    for (const { code } of regions.list()) {
      const { notes } = checkShapes(regions.regionByCode(code) ?? [])
      expect(notes, code).toEqual([])
    }
    expect(regions.list().length).toBeGreaterThan(4200)
  }, 60_000)

  test.each([
    ['JP', 'JP-13', 139.69, 35.69],
    ['JP', 'JP-47', 127.68, 26.21],
    ['US', 'US-DC', -77.03, 38.9],
    ['US', 'US-CA', -118.24, 34.05],
    ['CA', 'CA-QC', -73.57, 45.5],
    ['CN', 'CN-NM', 111.67, 40.82],
    ['VN', 'VN-39', 107.24, 10.95],
    ['UA', 'UA-30', 30.52, 50.45],
    ['UA', 'UA-32', 30.1, 49.8],
    ['RU', 'RU-CHU', -175, 66.5],
    ['ID', 'ID-JK', 106.83, -6.18],
    ['ET', 'ET-AA', 38.75, 9.02],
    ['AR', 'AR-B', -60, -36],
    ['AR', 'AR-C', -58.44, -34.6],
    ['NZ', 'NZ-AUK', 174.76, -36.85],
    ['ZA', 'ZA-GP', 28.05, -26.2],
    ['TR', 'TR-34', 28.98, 41.01],
    ['GB', 'GB-SCT', -4.25, 55.86],
    ['IT', 'IT-25', 9.19, 45.46],
    ['FJ', 'FJ-N', 179.34, -16.43],
  ])('in %s, %s holds its city', (iso2, code, lon, lat) => {
    expect(regions.codesAt(lon, lat, iso2)).toContain(code)
  })

  test('leave out few places of the countries that have them', () => {
    const sample = cities.filter(({ country }, i) => i % 40 === 0 && regions.list(country).length > 0)
    const lost = sample.filter(({ country, loc: { coordinates } }) => {
      return regions.codesAt(...coordinates, country).length === 0
    })
    expect(lost.length / sample.length).toBeLessThan(0.012)
  })

  test('take in what lies beside the coast, of the country asked for', () => {
    expect(regions.codesAt(129.17, 35.1, 'KR')).toEqual(['KR-26'])
    expect(regions.codesAt(139.9, 35.5, 'JP').length).toBe(1)
    expect(regions.codesAt(8.93, 44.37, 'IT').sort()).toEqual(['IT-42', 'IT-GE'])
    expect(regions.codesAt(-150, 10, 'US')).toEqual([])
    expect(regions.codesAt(139.69, 35.69, 'KR')).toEqual([])
  })

  test('share their borders: a place belongs to one of two neighbours at least', () => {
    const kansai = ['JP-25', 'JP-26', 'JP-27', 'JP-28', 'JP-29', 'JP-30'].map((code) => {
      const [shape] = regions.regionByCode(code) ?? []
      if (shape?.kind !== 'multipolygon') throw new Error(`${code} has no outline`)
      return prepare({ type: 'MultiPolygon', coordinates: shape.polygons })
    })
    let holes = 0
    for (let lon = 135.45; lon < 135.85; lon += 0.005) {
      for (let lat = 34.75; lat < 35.1; lat += 0.005) if (!kansai.some((one) => one.contains(lon, lat))) holes++
    }
    expect(holes).toBe(0)
  })

  test.each([
    ['CN-FJ', 'Xiamen, on an island', 118.082, 24.48, true],
    ['CA-QC', 'the old town of Quebec', -71.208, 46.812, true],
    ['JP-35', 'Shimonoseki', 130.95, 33.95, true],
    ['JP-35', 'Kitakyushu, 1 km across the strait', 130.961, 33.945, false],
    ['US-CA', 'San Diego', -117.16, 32.72, true],
    ['US-CA', 'Tijuana, 3 km beyond the border', -117.03, 32.51, false],
    ['DE-BW', 'Basel', 7.589, 47.558, false],
    ['JP-17', 'Himi in the next prefecture', 136.986, 36.857, false],
  ])('as a zone %s has the sea beside it, but no ground of others: %s', (code, _place, lon, lat, holds) => {
    const countries = loadCountries()
    const zone = compileShapes(regions.zoneOf([code], countries) ?? [], countries)
    expect(zone.contains(lon, lat)).toBe(holds)
  })

  test('as a zone several take no sea from each other', () => {
    const countries = loadCountries()
    const strait = compileShapes(regions.zoneOf(['JP-35', 'JP-40'], countries) ?? [], countries)
    for (const lon of [130.94, 130.95, 130.96, 130.97]) expect(strait.contains(lon, 33.945)).toBe(true)
    expect(regions.zoneOf(['JP-35', 'JP-99'], countries)).toBeUndefined()
    expect(regions.zoneOf([], countries)).toBeUndefined()
  })

  test('know their name, country and what they are a part of', () => {
    expect(regions.headOf('IT-MI')).toMatchObject({ name: 'Milan', iso2: 'IT', parent: 'IT-25' })
    expect(regions.headOf('US-CA-S')).toMatchObject({ parent: 'US-CA' })
    expect(regions.headOf('JP-99')).toBeUndefined()
    expect(regions.regionByCode('JP-99')).toBeUndefined()
  })
})

test('a file that is missing is a Problem', () => {
  expect(() => readRegions('/nowhere/regions.topojson.gz')).toThrow(
    expect.objectContaining({ code: 'regions-unreadable' }),
  )
})
