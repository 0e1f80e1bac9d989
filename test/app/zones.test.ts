import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { openTerminal, type ServedApi } from '../api/command-line.ts'
import { bongsu, endAll } from './cli-process.ts'

const cli = openTerminal()

const zones = (args: string[], key = cli.api.keys.composer) => cli.api.run(['zones', ...args], { BONGSU_API_KEY: key })
const file: ServedApi['file'] = (name, text) => cli.api.file(name, text)

const placemark = (name: string, points: string) =>
  `<Placemark><name>${name}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>${points}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>`
const kml = (...placemarks: string[]) =>
  `<kml xmlns="http://www.opengis.net/kml/2.2"><Document>${placemarks.join('')}</Document></kml>`
const noto = '136.7,37.2,0 137.3,37.2,0 137.3,37.5,0 136.7,37.5,0 136.7,37.2,0'
const bowTie = '136,36 137,37 137,36 136,37 136,36'

describe('bongsu zones list', () => {
  test('prints kind, id and version, and name, page after page', async () => {
    await zones(['list'])
    expect(cli.out).toContain('library\tjp-noto-2024-intensity-6@1\t')
    cli.out = ''
    await zones(['list', '--kind', 'region'])
    expect(cli.out.trim().split('\n').length).toBeGreaterThan(4200)
    cli.out = ''
    await zones(['list', '--kind', 'airport', '--search', 'incheon'])
    expect(cli.out).toBe('airport\tairport:ICN@1\tSeoul Incheon (South Korea)\n')
  })
})

describe('bongsu zones show', () => {
  test('tells size, countries, version and source', async () => {
    await zones(['show', 'mission:brussels'])
    expect(cli.out).toMatch(
      /^mission:brussels@1: Embassy in Belgium: jurisdiction \(mission\)\n {2}[\d,]+ km², 0 vertices, BE, LU\n/,
    )
    expect(cli.out).toContain('CC0-1.0')
  })

  test('prints the outline for a map', async () => {
    await zones(['show', 'us-lahaina-2023-fire', '--geojson'])
    expect(JSON.parse(cli.out)).toMatchObject({ type: 'Feature', geometry: { type: 'MultiPolygon' } })
  })

  test('gives the nearest name where there is none', async () => {
    expect(await zones(['show', 'us-lahaina-2023-fir'])).toMatchObject({
      code: 'unknown-zone',
      hint: 'Did you mean "us-lahaina-2023-fire"?',
    })
  })
})

describe('bongsu zones check', () => {
  test('says what a zone holds and what was repaired, and asks no server', async () => {
    const wkt = await file('open.wkt', 'POLYGON((136.7 37.2, 137.3 37.2, 137.3 37.5, 136.7 37.5))')
    expect(await zones(['check', wkt], '')).toBeUndefined()
    expect(cli.out).toMatch(
      /^open\.wkt: WKT, 1 areas\n {2}geometry\[0\]: 1,7\d\d km², 5 vertices, JP\n {4}repaired: .*closed/,
    )
    expect(cli.out).toMatch(/1 zone, all can be used\n$/)
  })

  test('refuses with the vertex that is wrong, and goes on to the next', async () => {
    const path = await file('mixed.kml', kml(placemark('Good', noto), placemark('Bad', bowTie)))
    const problem = await zones(['check', path])
    expect(problem?.code).toBe('zone-file-refused')
    expect(problem?.details.map(({ code, where }) => `${code} ${where}`)).toEqual([
      'ring-crossing placemark[1] "Bad" shapes[0].rings[0][0]',
    ])
    expect(cli.out).toContain('placemark[0] "Good"')
  })

  test('draws borders as the viewpoint that is given, else as BONGSU_VIEWPOINT', async () => {
    const golan = await file('golan.wkt', 'POLYGON((35.74 32.9, 35.8 32.9, 35.8 33.0, 35.74 33.0, 35.74 32.9))')
    await zones(['check', golan])
    expect(cli.out).toMatch(/golan\.wkt: WKT, 1 areas\n.* vertices, IL\n/)
    cli.out = ''
    await zones(['check', golan, '--viewpoint', 'un'])
    expect(cli.out).toMatch(/1 areas, borders as un draws them\n.* vertices, .*SY\n/)
    cli.out = ''
    vi.stubEnv('BONGSU_VIEWPOINT', 'un')
    await zones(['check', golan])
    expect(cli.out).toMatch(/borders as un draws them\n.* vertices, .*SY\n/)
    vi.stubEnv('BONGSU_VIEWPOINT', undefined)
    const problem = await zones(['check', golan, '--viewpoint', 'UN'])
    expect(problem?.line).toBe('"UN" is not a viewpoint (at --viewpoint). Did you mean un?')
  })

  test('says which ids zones would have, which cannot be one, and which are given twice', async () => {
    const named = (id: string) => placemark('West', noto).replace('<Placemark>', `<Placemark id="${id}">`)
    const path = await file(
      'ids.kml',
      kml(named('noto-west'), named('ID_0001'), named('noto-west'), placemark('East', noto)),
    )
    expect(await zones(['check', path])).toBeUndefined()
    expect(cli.out).toContain('placemark[0] "West", id noto-west: ')
    expect(cli.out.match(/look: .*/g)).toEqual([
      expect.stringMatching(
        /^look: placemark\[1\] "West": The zone has no id\. .* Its own, "ID_0001", cannot be one: 1 to 64/,
      ),
      expect.stringMatching(
        /^look: placemark\[2\] "West": The id "noto-west" is that of placemark\[0\] "West" as well/,
      ),
    ])
  })

  test('asks about latitude and longitude that may be swapped', async () => {
    // Paris, latitude first: at sea off Somalia.
    const wkt = await file('swapped.wkt', 'POLYGON((48.8 2.2, 48.9 2.2, 48.9 2.4, 48.8 2.4, 48.8 2.2))')
    expect(await zones(['check', wkt])).toBeUndefined()
    expect(cli.out).toMatch(/look: .*swapped/)
  })
})

describe('bongsu zones import', () => {
  test('makes one zone of all placemarks by the id given, and the next version of it again', async () => {
    const path = await file(
      'noto.kml',
      kml(placemark('West', noto), placemark('East', '137.3,37.2 137.5,37.2 137.5,37.5 137.3,37.2')),
    )
    expect(await zones(['import', path, '--id', 'noto-kml', '--name', 'Noto'])).toBeUndefined()
    expect(cli.out).toMatch(/imported noto-kml@1: .* JP\n$/)
    expect((await cli.api.call('viewer', 'GET', '/v1/zones/noto-kml')).body).toMatchObject({ name: 'Noto', version: 1 })
    await zones(['import', path, '--id', 'noto-kml'])
    expect(cli.out).toMatch(/imported noto-kml@2, newer than @1: /)
    await zones(['import', path, '--id', 'noto-kml'])
    expect(cli.out).toMatch(/unchanged noto-kml@2: .* JP\n$/)
    expect((await cli.api.call('viewer', 'GET', '/v1/zones/noto-kml')).body.versions).toEqual([2, 1])
  })

  test('takes the ids of placemarks, and imports nothing where two have the same', async () => {
    const named = (id: string, name: string) => placemark(name, noto).replace('<Placemark>', `<Placemark id="${id}">`)
    const path = await file('own-ids.kml', kml(named('own-west', 'West'), named('own-east', 'East')))
    expect(await zones(['import', path])).toBeUndefined()
    expect(cli.out).toMatch(/imported own-west@1: .*\nimported own-east@1: .*\n$/)
    const twice = await file('twice.kml', kml(named('own-south', 'A'), named('own-south', 'B')))
    expect((await zones(['import', twice]))?.details).toMatchObject([
      { code: 'zone-id-twice', where: 'placemark[1] "B"', message: expect.stringContaining('placemark[0] "A"') },
    ])
    expect((await cli.api.call('viewer', 'GET', '/v1/zones/own-south')).status).toBe(404)
    expect(await zones(['import', twice, '--id', 'own-both'])).toBeUndefined()
  })

  test('takes ids, names and sources from the properties of GeoJSON', async () => {
    const properties = { id: 'from-geojson', version: 4, name: 'Own', source: { author: 'a', basis: 'b', licence: 'CC0-1.0', date: '2024-01-01' } } // biome-ignore format: one line
    const geometry = { type: 'Polygon', coordinates: [[[136, 37], [137, 37], [137, 38], [136, 37]]] } // biome-ignore format: one ring
    const path = await file('own.geojson', JSON.stringify({ type: 'Feature', properties, geometry }))
    expect(await zones(['import', path])).toBeUndefined()
    const { body } = await cli.api.call('viewer', 'GET', '/v1/zones/from-geojson')
    expect(body).toMatchObject({ version: 4, name: 'Own', source: { author: 'a' } })
    expect(await zones(['import', path])).toBeUndefined()
    expect((await cli.api.call('viewer', 'GET', '/v1/zones/from-geojson')).body.versions).toEqual([4])
  })

  test('imports nothing of a file where one area is refused', async () => {
    const path = await file('half.kml', kml(placemark('Good', noto), placemark('Bad', bowTie)))
    expect((await zones(['import', path, '--id', 'half']))?.code).toBe('zone-file-refused')
    expect((await cli.api.call('viewer', 'GET', '/v1/zones/half')).status).toBe(404)
  })

  test('wants an id, and a key that may', async () => {
    const path = await file('plain.wkt', 'POLYGON((136 37, 137 37, 137 38, 136 37))')
    expect((await zones(['import', path]))?.details).toMatchObject([{ code: 'zone-without-id', where: 'geometry[0]' }])
    expect((await zones(['import', path, '--id', 'Ōsaka']))?.details).toMatchObject([
      { code: 'zone-id', hint: expect.stringContaining('1 to 64 of a-z, 0-9 and -') },
    ])
    expect((await zones(['import', path, '--id', 'by-viewer'], cli.api.keys.viewer))?.code).toBe('forbidden')
  })
})

test('a viewpoint that nobody wrote down stops the start, before there is a database', async () => {
  const settings = {
    BONGSU_VIEWPOINT: 'KRR',
    BONGSU_CARRIERS_DIR: cli.api.dir,
    BONGSU_DATA_DIR: join(cli.api.dir, 'data'),
  }
  const started = bongsu(['serve'], settings)
  expect(await started.ended).toBe(1)
  expect(started.err()).toContain('"KRR" is not a viewpoint (at BONGSU_VIEWPOINT). Did you mean KR?')
  await endAll()
}, 30_000)
