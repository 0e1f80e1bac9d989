import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { registerClientCommands } from '../../src/app/cli/commands.ts'
import { Problem } from '../../src/lib/problem.ts'
import { startApi, type TestApi } from '../api/support.ts'
import { bongsu, endAll } from './cli-process.ts'

let api: TestApi
let url: string
let dir: string
let out = ''

beforeAll(async () => {
  api = await startApi()
  url = await api.app.listen({ host: '127.0.0.1', port: 0 })
  dir = await mkdtemp(join(tmpdir(), 'bongsu-zones-'))
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true, force: true })
}, 20_000)
beforeEach(() => {
  out = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** Runs a command as main.ts does; returns the Problem that it would print. */
async function zones(args: string[], key: string | undefined = api.keys.composer): Promise<Problem | undefined> {
  vi.stubEnv('BONGSU_URL', url)
  vi.stubEnv('BONGSU_API_KEY', key)
  const program = new Command('bongsu').exitOverride()
  registerClientCommands(program)
  try {
    await program.parseAsync(['zones', ...args], { from: 'user' })
    return undefined
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

async function file(name: string, text: string): Promise<string> {
  const path = join(dir, name)
  await writeFile(path, text)
  return path
}

const placemark = (name: string, points: string) =>
  `<Placemark><name>${name}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>${points}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>`
const kml = (...placemarks: string[]) =>
  `<kml xmlns="http://www.opengis.net/kml/2.2"><Document>${placemarks.join('')}</Document></kml>`
const noto = '136.7,37.2,0 137.3,37.2,0 137.3,37.5,0 136.7,37.5,0 136.7,37.2,0'
const bowTie = '136,36 137,37 137,36 136,37 136,36'

describe('bongsu zones list', () => {
  test('prints kind, id and version, and name, page after page', async () => {
    await zones(['list'])
    expect(out).toContain('library\tjp-noto-2024-intensity-6@1\t')
    out = ''
    await zones(['list', '--kind', 'region'])
    expect(out.trim().split('\n').length).toBeGreaterThan(4200)
    out = ''
    await zones(['list', '--kind', 'airport', '--search', 'incheon'])
    expect(out).toBe('airport\tairport:ICN@1\tSeoul Incheon (South Korea)\n')
  })
})

describe('bongsu zones show', () => {
  test('tells size, countries, version and source', async () => {
    await zones(['show', 'mission:brussels'])
    expect(out).toMatch(
      /^mission:brussels@1: Embassy in Belgium: jurisdiction \(mission\)\n {2}[\d,]+ km², 0 vertices, BE, LU\n/,
    )
    expect(out).toContain('CC0-1.0')
  })

  test('prints the outline for a map', async () => {
    await zones(['show', 'us-lahaina-2023-fire', '--geojson'])
    expect(JSON.parse(out)).toMatchObject({ type: 'Feature', geometry: { type: 'MultiPolygon' } })
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
    expect(out).toMatch(
      /^open\.wkt: WKT, 1 areas\n {2}geometry\[0\]: 1,7\d\d km², 5 vertices, JP\n {4}repaired: .*closed/,
    )
    expect(out).toMatch(/1 zone, all can be used\n$/)
  })

  test('refuses with the vertex that is wrong, and goes on to the next', async () => {
    const path = await file('mixed.kml', kml(placemark('Good', noto), placemark('Bad', bowTie)))
    const problem = await zones(['check', path])
    expect(problem?.code).toBe('zone-file-refused')
    expect(problem?.details.map(({ code, where }) => `${code} ${where}`)).toEqual([
      'ring-crossing placemark[1] "Bad" shapes[0].rings[0][0]',
    ])
    expect(out).toContain('placemark[0] "Good"')
  })

  test('asks about latitude and longitude that may be swapped', async () => {
    // Paris, latitude first: at sea off Somalia.
    const wkt = await file('swapped.wkt', 'POLYGON((48.8 2.2, 48.9 2.2, 48.9 2.4, 48.8 2.4, 48.8 2.2))')
    expect(await zones(['check', wkt])).toBeUndefined()
    expect(out).toMatch(/look: .*swapped/)
  })
})

describe('bongsu zones import', () => {
  test('makes one zone of all placemarks by the id given, and the next version of it again', async () => {
    const path = await file(
      'noto.kml',
      kml(placemark('West', noto), placemark('East', '137.3,37.2 137.5,37.2 137.5,37.5 137.3,37.2')),
    )
    expect(await zones(['import', path, '--id', 'noto-kml', '--name', 'Noto'])).toBeUndefined()
    expect(out).toMatch(/imported noto-kml@1: .* JP\n$/)
    expect((await api.call('viewer', 'GET', '/v1/zones/noto-kml')).body).toMatchObject({ name: 'Noto', version: 1 })
    await zones(['import', path, '--id', 'noto-kml'])
    expect(out).toMatch(/imported noto-kml@2/)
  })

  test('takes ids, names and sources from the properties of GeoJSON', async () => {
    const properties = { id: 'from-geojson', version: 4, name: 'Own', source: { author: 'a', basis: 'b', licence: 'CC0-1.0', date: '2024-01-01' } } // biome-ignore format: one line
    const geometry = { type: 'Polygon', coordinates: [[[136, 37], [137, 37], [137, 38], [136, 37]]] } // biome-ignore format: one ring
    const path = await file('own.geojson', JSON.stringify({ type: 'Feature', properties, geometry }))
    expect(await zones(['import', path])).toBeUndefined()
    const { body } = await api.call('viewer', 'GET', '/v1/zones/from-geojson')
    expect(body).toMatchObject({ version: 4, name: 'Own', source: { author: 'a' } })
    expect(await zones(['import', path])).toBeUndefined()
    expect((await api.call('viewer', 'GET', '/v1/zones/from-geojson')).body.versions).toEqual([4])
  })

  test('imports nothing of a file where one area is refused', async () => {
    const path = await file('half.kml', kml(placemark('Good', noto), placemark('Bad', bowTie)))
    expect((await zones(['import', path, '--id', 'half']))?.code).toBe('zone-file-refused')
    expect((await api.call('viewer', 'GET', '/v1/zones/half')).status).toBe(404)
  })

  test('wants an id, and a key that may', async () => {
    const path = await file('plain.wkt', 'POLYGON((136 37, 137 37, 137 38, 136 37))')
    expect((await zones(['import', path]))?.code).toBe('zone-without-id')
    expect((await zones(['import', path, '--id', 'by-viewer'], api.keys.viewer))?.code).toBe('forbidden')
  })
})

test('a viewpoint that nobody wrote down stops the start, before there is a database', async () => {
  const settings = { BONGSU_VIEWPOINT: 'KRR', BONGSU_CARRIERS_DIR: dir, BONGSU_DATA_DIR: join(dir, 'data') }
  const started = bongsu(['serve'], settings)
  expect(await started.ended).toBe(1)
  expect(started.err()).toContain('"KRR" is not a viewpoint (at BONGSU_VIEWPOINT). Did you mean KR?')
  await endAll()
}, 30_000)
