import { expect, test } from 'vitest'
import { readAirports } from '../../src/geo/airports.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { isCountry } from '../../src/geo/iso3166.ts'

const countries = loadCountries()
const airports = readAirports(new URL('../../geofences/airports.csv', import.meta.url).pathname)

test('each airport lies in its country, with the tolerance at coasts', () => {
  const elsewhere = [...airports.values()].filter(({ lon, lat, iso2 }) => countries.countryAt(lon, lat) !== iso2)
  expect(elsewhere).toEqual([])
  expect(airports.size).toBeGreaterThan(320)
})

test('the airports that a coarser map drowns are there, territories apart', () => {
  const of = (iata: string) => {
    const { lon = 0, lat = 0 } = airports.get(iata) ?? {}
    return countries.countryAt(lon, lat)
  }
  const expected = { ICN: 'KR', HND: 'JP', KIX: 'JP', NGO: 'JP', HKG: 'HK', MFM: 'MO', MLE: 'MV', SIN: 'SG', RUN: 'RE', GUM: 'GU', PRN: 'XK', SJU: 'PR', DZA: 'YT', PTP: 'GP', FDF: 'MQ', CAY: 'GF', SPN: 'MP', LPA: 'ES', LYR: 'SJ', FAE: 'FO', CUR: 'CW', AUA: 'AW', MAJ: 'MH', TRW: 'KI', BAH: 'BH', NAN: 'FJ', ROR: 'PW' } // biome-ignore format: one line
  expect(Object.fromEntries(Object.keys(expected).map((iata) => [iata, of(iata)]))).toEqual(expected)
})

test('codes are unique and countries known', () => {
  const icaos = [...airports.values()].map(({ icao }) => icao)
  expect(new Set(icaos).size).toBe(icaos.length)
  for (const { iso2 } of airports.values()) expect(isCountry(iso2)).toBe(true)
})
