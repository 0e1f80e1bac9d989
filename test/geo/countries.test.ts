import { all as networks } from 'mcc-mnc-list'
import { describe, expect, test } from 'vitest'
import { loadCountries } from '../../src/geo/countries.ts'
import { countryCodes, nameOf } from '../../src/geo/iso3166.ts'
import { prepare } from '../../src/geo/prepared.ts'
import { cities } from './support.ts'

const countries = loadCountries()

describe('countryAt', () => {
  test.each([
    ['KR', 'Seoul', 126.978, 37.566],
    ['KR', 'Busan, on a quay', 129.075, 35.09],
    ['XK', 'Pristina', 21.166, 42.663],
    ['CY', 'northern Nicosia', 33.36, 35.2],
    ['SO', 'Hargeisa', 44.06, 9.56],
    ['VA', 'the Vatican', 12.4534, 41.9033],
    ['MC', 'Monaco', 7.42, 43.735],
    ['GF', 'Cayenne', -52.33, 4.93],
    ['GP', 'Pointe-à-Pitre', -61.53, 16.24],
    ['MQ', 'Fort-de-France', -61.07, 14.61],
    ['RE', 'Saint-Denis', 55.45, -20.88],
    ['YT', 'Mamoudzou', 45.22, -12.78],
    ['BQ', 'Kralendijk', -68.27, 12.15],
    ['SJ', 'Longyearbyen', 15.63, 78.22],
    ['CC', 'Home Island', 96.89, -12.12],
    ['CX', 'Christmas Island', 105.63, -10.45],
    ['TK', 'Atafu', -172.5, -8.56],
    ['UA', 'Simferopol', 34.1, 44.95],
    ['FJ', 'Taveuni, east of the antimeridian', -179.98, -16.75],
    ['RU', 'Chukotka', -175, 66.5],
    ['AQ', 'the south pole', 0, -90],
    ['HK', 'Hong Kong', 114.17, 22.3],
  ])('finds %s at %s', (iso2, _place, lon, lat) => {
    expect(countries.countryAt(lon, lat)).toBe(iso2)
  })

  test('takes 10 km of sea along, to the nearest coast, and no more', () => {
    expect(countries.countryAt(130.87, 37.5)).toBe('KR')
    expect(countries.countryAt(129.17, 35.1)).toBe('KR')
    expect(countries.countryAt(129.4, 34.72)).toBe('JP')
    expect(countries.countryAt(130.3, 36.5)).toBeUndefined()
    expect(countries.countryAt(-150, 10)).toBeUndefined()
  })

  test('agrees with the gazetteer on 99 of 100 places in the world', () => {
    const sample = cities.filter((_, i) => i % 20 === 0)
    const agreed = sample.filter((city) => {
      const [lon, lat] = city.loc.coordinates
      return countries.countryAt(lon, lat) === city.country
    })
    expect(agreed.length / sample.length).toBeGreaterThan(0.99)
  })
})

test('every ISO country has ground on the map, inside -180..180', () => {
  for (const iso2 of countryCodes()) {
    expect(countries.has(iso2), iso2).toBe(true)
    for (const [ring] of countries.geometryOf(iso2).coordinates) {
      for (const [lon] of ring as [number, number][]) expect(Math.abs(lon)).toBeLessThanOrEqual(180)
    }
  }
})

test('every country of a network list is on the map, written singly, with others or with its part', () => {
  const codes = networks().flatMap(({ countryCode }) => (countryCode ?? '').split('/').filter(Boolean))
  expect(codes).toEqual(expect.arrayContaining(['GE-AB', 'BL', 'GF', 'GP', 'YT', 'RE', 'CC']))
  expect([...new Set(codes.map((code) => code.slice(0, 2)))].filter((iso2) => !countries.has(iso2))).toEqual([])
})

test('between two coasts the nearer one counts', () => {
  // On the water between Singapore and Batam, Singapore and Johor, Copenhagen and Malmö.
  expect([1.232, 1.206, 1.18, 1.154].map((lat) => countries.countryAt(103.9, lat))).toEqual(['SG', 'SG', 'ID', 'ID'])
  expect([1.425, 1.43, 1.435, 1.44].map((lat) => countries.countryAt(103.9, lat))).toEqual(['SG', 'SG', 'MY', 'MY'])
  expect([12.72, 12.75, 12.78, 12.81].map((lon) => countries.countryAt(lon, 55.75))).toEqual(['DK', 'DK', 'SE', 'SE'])
})

test('the geometry handed out is the one that decides', () => {
  const russia = prepare(countries.geometryOf('RU'))
  expect(russia.contains(-175, 66.5)).toBe(true)
  expect(russia.contains(34.1, 44.95)).toBe(false)
  expect(() => countries.geometryOf('ZZ')).toThrow(/not a country/)
})

test('areas are right to a few percent', () => {
  expect(countries.regionOf('KR').areaKm2 / 99_600).toBeCloseTo(1, 1)
  expect(countries.regionOf('RU').areaKm2 / 17_050_000).toBeCloseTo(1, 1)
  expect(countries.regionOf('AQ').areaKm2 / 12_300_000).toBeCloseTo(1, 1)
})

test('names are those people use', () => {
  expect(nameOf('TR', 'ko')).toBe('튀르키예')
  expect(nameOf('XK', 'ko')).toBe('코소보')
  expect(nameOf('KR', 'ko')).toBe('대한민국')
  expect(nameOf('MM', 'en')).toBe('Myanmar')
  expect(nameOf('ZZ', 'en')).toBe('ZZ')
  for (const iso2 of countryCodes()) {
    expect(nameOf(iso2, 'en')).not.toBe(iso2)
    expect(nameOf(iso2, 'ko')).not.toBe(iso2)
  }
})
