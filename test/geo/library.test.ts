import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compileShapes } from '../../src/geo/compile.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { loadLibrary } from '../../src/geo/library.ts'
import { cities } from './support.ts'

const shipped = await loadLibrary(new URL('../../geofences', import.meta.url).pathname)

/** Towns that the gazetteer lacks, after the municipalities' own figures. */
const towns: Record<string, [number, number]> = { Anamizu: [136.912, 37.231], Shika: [136.778, 37.006] }

function inside(id: string, country: string, name: string): boolean {
  const zone = shipped.zones.find((one) => one.id === id)
  const town = towns[name]
  if (zone && town) return compileShapes(zone.shapes, loadCountries()).contains(...town)
  const [city] = cities
    .filter((one) => one.country === country && (one.name === name || one.altName.split(',').includes(name)))
    .sort((a, b) => b.population - a.population)
  if (!zone || !city) throw new Error(`no ${id} or ${name}`)
  const [lon, lat] = city.loc.coordinates
  return compileShapes(zone.shapes, loadCountries()).contains(lon, lat)
}

describe('the zones that come with the project', () => {
  test('load without a problem or a repair', () => {
    expect(shipped.problems).toEqual([])
    expect(shipped.notes).toEqual([])
    expect(shipped.zones.map((zone) => zone.id)).toEqual([
      'tw-hualien-2024-earthquake',
      'us-lahaina-2023-fire',
      'jp-noto-2024-intensity-6',
      'jp-noto-2024-tsunami',
      'tr-sy-2023-earthquake',
      'es-valencia-2024-floods',
    ])
    for (const { source } of shipped.zones) expect(source?.licence).toBe('CC0-1.0')
  })

  test.each([
    [
      'jp-noto-2024-intensity-6',
      'JP',
      ['Wajima', 'Nanao', 'Suzu', 'Anamizu', 'Shika'],
      ['Tokyo', 'Osaka', 'Kanazawa', 'Himi', 'Toyama'],
    ],
    [
      'jp-noto-2024-tsunami',
      'JP',
      ['Wajima', 'Nanao', 'Kanazawa', 'Toyama', 'Niigata', 'Jōetsu', 'Itoigawa', 'Tsuruga', 'Kashiwazaki'],
      ['Tokyo', 'Osaka', 'Nagano', 'Takayama', 'Kyoto', 'Nagaoka'],
    ],
    [
      'tr-sy-2023-earthquake',
      'TR',
      ['Gaziantep', 'Kahramanmaraş', 'Antakya', 'Malatya', 'Adana', 'Diyarbakır', 'Şanlıurfa', 'Osmaniye'],
      ['Ankara', 'Mersin', 'Kayseri', 'Mardin', 'Istanbul'],
    ],
    ['tr-sy-2023-earthquake', 'SY', ['Aleppo', 'Idlib', 'Latakia'], ['Damascus', 'Homs']],
    ['us-lahaina-2023-fire', 'US', ['Lahaina'], ['Kahului', 'Kīhei', 'Kaanapali Landing', 'Honolulu']],
    ['tw-hualien-2024-earthquake', 'TW', ['Hualien City'], ['Taipei', 'Taitung', 'Puli']],
    [
      'es-valencia-2024-floods',
      'ES',
      ['Paiporta', 'Catarroja', 'Utiel', 'Chiva', 'Algemesí', 'Torrent'],
      ['Valencia', 'Madrid', 'Gandia', 'Sagunto'],
    ],
  ])('%s holds the towns of %s that were hit and not the others', (id, country, hit, spared) => {
    expect(hit.filter((name) => !inside(id, country, name))).toEqual([])
    expect(spared.filter((name) => inside(id, country, name))).toEqual([])
  })

  test('reach into the countries that they are named for, and no other', () => {
    const touched = Object.fromEntries(
      shipped.zones.map((zone) => [zone.id, compileShapes(zone.shapes, loadCountries()).countriesTouched().join()]),
    )
    expect(touched).toEqual({
      'tw-hualien-2024-earthquake': 'TW',
      'us-lahaina-2023-fire': 'US',
      'jp-noto-2024-intensity-6': 'JP',
      'jp-noto-2024-tsunami': 'JP',
      'tr-sy-2023-earthquake': 'SY,TR',
      'es-valencia-2024-floods': 'ES',
    })
  })
})

describe('a directory of zones', () => {
  let directory = ''
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'geofences-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  const feature = (id: unknown, ring: number[][], more: object = {}) => ({
    type: 'Feature',
    properties: { id, version: 1, name: 'A zone', ...more },
    geometry: { type: 'Polygon', coordinates: [ring] },
  })
  const good = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 0],
  ]
  const bowTie = [
    [0, 0],
    [2, 2],
    [2, 0],
    [0, 2],
    [0, 0],
  ]

  test('loads the good ones and names file and feature of the bad ones', async () => {
    const collection = (...features: object[]) => JSON.stringify({ type: 'FeatureCollection', features })
    await writeFile(join(directory, 'a.geojson'), collection(feature('one', good), feature('two', bowTie)))
    await writeFile(join(directory, 'b.geojson'), '{ not json')
    await writeFile(join(directory, 'c.geojson'), JSON.stringify(feature('one', good)))
    await writeFile(
      join(directory, 'd.geojson'),
      collection(feature('Bad Id', good), feature('three', good.slice(0, 3))),
    )
    await writeFile(join(directory, 'e.geojson'), collection(feature('four', good, { source: { author: 'x' } })))
    await writeFile(join(directory, 'notes.txt'), 'not ours')
    const { zones, problems, notes } = await loadLibrary(directory)
    expect(zones.map((zone) => zone.id)).toEqual(['one', 'three'])
    expect(problems.map((problem) => `${problem.code} ${problem.where}`)).toEqual([
      'ring-crossing a.geojson features[1] (two) shapes[0].rings[0][0]',
      'geofence-file b.geojson',
      'geofence-duplicate c.geojson features[0]',
      'geofence-format d.geojson features[0] properties.id',
      'geofence-format e.geojson features[0] properties.source',
    ])
    expect(notes).toHaveLength(1)
    expect(notes[0]).toMatch(/^d\.geojson features\[1\].*closed/)
  })

  test('that is not there is a Problem', async () => {
    await expect(loadLibrary(join(directory, 'nowhere'))).rejects.toMatchObject({ code: 'geofences-unreadable' })
  })
})
