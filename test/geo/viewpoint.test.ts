import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadCountries, readCountries } from '../../src/geo/countries.ts'
import { readViewpoint } from '../../src/geo/viewpoint.ts'
import { Problem } from '../../src/lib/problem.ts'

const file = new URL('../../geofences/viewpoints.yaml', import.meta.url).pathname
const golan: [number, number] = [35.78, 33.0]
const laayoune: [number, number] = [-13.2, 27.15]
const pristina: [number, number] = [21.166, 42.663]

test('a viewpoint moves disputed ground to the country that it names, and nothing else', () => {
  const un = readCountries(readViewpoint(file, 'un'))
  expect([un.countryAt(...golan), un.countryAt(...laayoune), un.countryAt(...pristina)]).toEqual(['SY', 'EH', 'RS'])
  const deFacto = loadCountries()
  expect([golan, laayoune, pristina].map((place) => deFacto.countryAt(...place))).toEqual(['IL', 'MA', 'XK'])
  for (const [lon, lat] of [
    [34.8, 32.1],
    [-7.6, 33.5],
    [36.3, 33.5],
    [20.46, 44.8],
  ] as const) {
    // biome-ignore format: places
    expect(un.countryAt(lon, lat)).toBe(deFacto.countryAt(lon, lat))
  }
})

test('ground that is drawn over a country belongs to both as zones, so that nobody there is missed', () => {
  const un = readCountries(readViewpoint(file, 'un'))
  expect(un.regionOf('SY').contains(...golan)).toBe(true)
  expect(un.regionOf('IL').contains(...golan)).toBe(true)
})

test('Dokdo is Korea with the sea around it', () => {
  const korea = readCountries(readViewpoint(file, 'KR'))
  expect(korea.countryAt(131.87, 37.24)).toBe('KR')
  expect(korea.countryAt(131.65, 37.07)).toBe('KR')
  expect(loadCountries().countryAt(131.65, 37.07)).toBeUndefined()
})

test('an unknown viewpoint is a Problem with the nearest name, and a country that is none is one as well', async () => {
  expect(() => readViewpoint(file, 'defacto')).toThrow(
    expect.objectContaining({ code: 'unknown-viewpoint', hint: 'Did you mean de-facto?' }),
  )
  const dir = await mkdtemp(join(tmpdir(), 'viewpoints-'))
  const own = join(dir, 'viewpoints.yaml')
  await writeFile(own, 'viewpoints: { mine: { features: { Kosovo: ZZ } } }')
  expect(() => readViewpoint(own, 'mine')).toThrow(Problem)
  await rm(dir, { recursive: true })
})
