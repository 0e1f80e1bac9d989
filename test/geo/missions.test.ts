import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compileShapes } from '../../src/geo/compile.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { countryCodes } from '../../src/geo/iso3166.ts'
import { readMissions } from '../../src/geo/missions.ts'
import { ReferenceZones } from '../../src/geo/reference-zones.ts'
import { readTravelLevels } from '../../src/geo/travel-levels.ts'
import { Problem } from '../../src/lib/problem.ts'
import { cities } from './support.ts'

const countries = loadCountries()
const directory = new URL('../../geofences', import.meta.url).pathname
const zones = new ReferenceZones(directory, countries)
const { jurisdictions } = zones.missions

const zoneOf = (id: string) => compileShapes(zones.find(`mission:${id}`)?.shapes ?? [], countries)

describe("missions' jurisdictions", () => {
  test('no ground is looked after by two missions', () => {
    const seen = new Map<string, string>()
    const twice: string[] = []
    for (const { id, covers } of jurisdictions) {
      for (const one of covers) {
        if (seen.has(one)) twice.push(`${one}: ${seen.get(one)}, ${id}`)
        seen.set(one, id)
      }
    }
    expect(twice).toEqual([])
  })

  test('every country has one, but for those listed here', () => {
    const covered = new Set(jurisdictions.flatMap(({ covers }) => covers.map((one) => one.slice(0, 2))))
    const none = countryCodes().filter((iso2) => !covered.has(iso2))
    // Korea itself, the north, and territories of which nothing was set down.
    expect(none.join(' ')).toBe('AI AQ BM BV CC CX FK GS HM IO KP KR KY MS NF PN SH TC TF UM VG')
  })

  test.each([
    ['tokyo', [139.69, 35.69], 'yokohama'],
    ['osaka', [135.5, 34.69], 'kobe'],
    ['niigata', [136.9, 37.39], 'nagoya'],
    ['los-angeles', [-118.24, 34.05], 'san-francisco'],
    ['san-francisco', [-122.42, 37.77], 'los-angeles'],
    ['los-angeles', [-115.14, 36.17], 'san-francisco'],
    ['auckland', [174.76, -36.85], 'wellington'],
    ['wellington', [174.78, -41.29], 'auckland'],
    ['wellington', [172.64, -43.53], 'auckland'],
    ['hanoi', [105.85, 21.03], 'ho-chi-minh'],
    ['da-nang', [108.2, 16.05], 'hanoi'],
    ['ho-chi-minh', [106.7, 10.78], 'hanoi'],
    ['shanghai', [121.47, 31.23], 'beijing'],
    ['chengdu', [104.07, 30.67], 'wuhan'],
    ['toronto', [-79.38, 43.65], 'montreal'],
    ['vancouver', [-123.12, 49.28], 'toronto'],
    ['pretoria', [28.05, -26.2], 'maputo'],
    ['brussels', [6.13, 49.61], 'paris'],
    ['milan', [9.19, 45.46], 'rome'],
    ['rome', [12.5, 41.9], 'milan'],
    ['bali', [115.19, -8.65], 'jakarta'],
    ['cebu', [123.89, 10.31], 'manila'],
    ['istanbul', [28.98, 41.01], 'ankara'],
    ['almaty', [76.95, 43.25], 'astana'],
  ] as const)('%s looks after %j, and %s does not', (id, [lon, lat], other) => {
    expect(zoneOf(id).contains(lon, lat)).toBe(true)
    expect(zoneOf(other).contains(lon, lat)).toBe(false)
  })

  test('of the large cities of countries with several missions, none belongs to nobody', () => {
    const split = 'JP CN US CA VN IN RU BR TR ID PH IT ES DE AU NZ KZ'.split(' ')
    const all = split.flatMap((iso2) =>
      jurisdictions
        .filter(({ covers }) => covers.some((one) => one.startsWith(`${iso2}-`)))
        .map(({ id }) => zoneOf(id)),
    )
    const large = cities.filter(({ country, population }) => split.includes(country) && population > 100_000)
    const lost = large.filter(({ loc: { coordinates } }) => !all.some((zone) => zone.contains(...coordinates)))
    expect(lost.map(({ name }) => name)).toEqual([])
  }, 60_000)

  test('are usable as a zone, and say that nobody has confirmed them', () => {
    expect(zones.find('mission:auckland')).toMatchObject({
      version: 1,
      name: 'Auckland Branch Office: jurisdiction',
      source: { basis: expect.stringContaining('not yet confirmed') },
    })
    expect(zones.find('mission:nowhere')).toBeUndefined()
  })
})

describe('a file of missions', () => {
  let dir = ''
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'missions-'))
  })
  afterAll(() => rm(dir, { recursive: true }))
  const written = async (text: string) => {
    await writeFile(join(dir, 'missions.yaml'), `version: 1\nauthor: a\nlicence: CC0-1.0\nmissions:\n${text}`)
    return join(dir, 'missions.yaml')
  }

  test('gives the rest of a country to the one that asks for it: of a split region, its other parts', async () => {
    const file = await written(
      '  north: { en: N, ko: N, covers: [IT-25, IT-RM] }\n  rest: { en: R, ko: R, restOf: IT }\n',
    )
    const rest = readMissions(file, zones.regions).jurisdictions[1]?.covers ?? []
    expect(rest).toContain('IT-21')
    expect(rest).toContain('IT-LT')
    expect(rest).not.toContain('IT-62')
    expect(rest).not.toContain('IT-RM')
    expect(rest).not.toContain('IT-MI')
  })

  test('that names what does not exist is refused with each', async () => {
    await written('  a: { en: A, ko: A, covers: [JP-99, QQ] }\n')
    const refused = (() => {
      try {
        return new ReferenceZones(dir, countries)
      } catch (error) {
        return error
      }
    })()
    expect(refused).toBeInstanceOf(Problem)
    expect((refused as Problem).details.map(({ message }) => message)).toEqual([
      'JP-99 is not a country or region',
      'QQ is not a country or region',
    ])
    expect(() => readMissions(join(dir, 'missions.yaml'), zones.regions)).not.toThrow()
    const bare = await written('  b: { en: B, ko: B }\n')
    expect(() => readMissions(bare, zones.regions)).toThrow(expect.objectContaining({ code: 'missions-file' }))
  })
})

test('every travel level that comes with the project is of an area that exists, and none claims to be verified', () => {
  const levels = readTravelLevels(join(directory, 'travel-levels.yaml'))
  expect(levels.filter(({ area }) => zones.find(area) === undefined)).toEqual([])
  expect(levels.filter(({ verified }) => verified)).toEqual([])
  expect(new Set(levels.map(({ country, area }) => `${country} ${area}`)).size).toBe(levels.length)
})
