import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openZones } from '../../src/app/open-zones.ts'
import { auditAfter } from '../../src/store/reports/audit-entries.ts'
import { registerLibrary } from '../../src/store/zones/register-library.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const square = (west: number, south: number, size = 1) => ({
  kind: 'polygon',
  rings: [
    [
      [west, south],
      [west + size, south],
      [west + size, south + size],
      [west, south + size],
      [west, south],
    ],
  ],
})
const add = (body: object, role: 'composer' | 'viewer' | 'administrator' = 'composer') =>
  api.call(role, 'POST', '/v1/zones', { body })
const get = (path: string) => api.call('viewer', 'GET', `/v1/zones${path}`)

const alertIn = (zone: string, identifier: string) => ({
  identifier,
  status: 'Actual',
  infos: [
    {
      language: 'ko',
      event: '지진',
      urgency: 'Immediate',
      severity: 'Extreme',
      certainty: 'Observed',
      expires: new Date(Date.now() + 3_600_000).toISOString(),
      parameter: [{ valueName: 'SMS', value: '대피하십시오' }],
      areas: [{ zone }],
    },
  ],
})

describe('zones by reference', () => {
  test.each([
    ['JP', 'country', 'Japan', ['JP']],
    ['JP-17', 'region', 'Ishikawa, Japan', ['JP']],
    ['airport:KIX', 'airport', 'Osaka Kansai (Japan)', ['JP']],
    ['city:JP:Osaka', 'city', 'Osaka, Japan', ['JP']],
    ['city:US:New_York_City', 'city', 'New York City, United States', ['US']],
    ['mission:los-angeles', 'mission', 'Consulate General in Los Angeles: jurisdiction', ['US']],
  ])('%s is a %s', async (id, kind, name, countries) => {
    const { status, body } = await get(`/${encodeURIComponent(id)}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ kind, id, name, versions: [1] })
    expect(body.countries).toEqual(expect.arrayContaining(countries))
    expect(body.areaKm2).toBeGreaterThan(10)
    expect(body.source.licence).toEqual(expect.any(String))
  })

  test('are listed by kind, searched and paged', async () => {
    const first = (await get('?kind=region&limit=3&search=japan')).body
    expect(first.zones.map(({ id }: { id: string }) => id)).toEqual(['JP-01', 'JP-02', 'JP-03'])
    const second = (await get(`?kind=region&limit=50&search=japan&after=${first.next}`)).body
    expect(second.zones).toHaveLength(44)
    expect(second.next).toBeNull()
    expect((await get('?kind=mission&limit=1000')).body.zones.length).toBeGreaterThan(140)
    expect((await get('?kind=city&search=wajima')).body.zones[0].id).toBe('city:JP:Wajima')
    expect((await get('?kind=city')).body.zones).toEqual([])
    expect(await get('?kind=planet')).toMatchObject({ status: 400 })
  })

  test('give an alert its shapes, and the version that they are of', async () => {
    const { status, body } = await api.call('composer', 'POST', '/v1/alerts', { body: alertIn('JP-17', 'by-region') })
    expect(status).toBe(201)
    const [area] = body.document.infos[0].areas
    expect(area.geocode).toEqual([{ valueName: 'bongsu:zone-version', value: 'JP-17@1' }])
    expect(area.areaDesc).toBe('Ishikawa, Japan')
    expect(area.shapes).toMatchObject([{ kind: 'union', country: 'JP' }])
  })

  test('hold the jurisdiction of every mission that the database knows', async () => {
    const { rows } = await api.db.pool.query<{ id: string }>('SELECT id FROM mission')
    const known = new Set(api.deps.zones.references.missions.jurisdictions.map(({ id }) => id))
    expect(rows.length).toBeGreaterThan(20)
    expect(rows.filter(({ id }) => !known.has(id))).toEqual([])
  })

  test('that do not exist are refused with the nearest name', async () => {
    expect(await get('/mission:tokio')).toMatchObject({ status: 404, body: { hint: 'Did you mean "mission:tokyo"?' } })
    expect(await get('/JP-99')).toMatchObject({ status: 404 })
    expect(await get('/city:JP:Atlantis')).toMatchObject({ status: 404 })
    expect(await get('/JP-17?version=2')).toMatchObject({ status: 404 })
    const refused = await api.call('composer', 'POST', '/v1/alerts', { body: alertIn('JP-99', 'nowhere') })
    expect(codeOf(refused)).toBe('unknown-zone')
  })

  test.each([
    ['mission:tokio', 'Did you mean "mission:tokyo"?'],
    ['airport:ICM', 'Did you mean "airport:ICN" or "airport:ITM"?'],
    ['jp-17', 'Did you mean "JP-17"?'],
    ['noto-2024', 'Did you mean "jp-noto-2024-intensity-6" or "jp-noto-2024-tsunami"?'],
    ['us-lahaina-2023-fir', 'Did you mean "us-lahaina-2023-fire"?'],
    ['nothing-like-it', 'GET /v1/zones and `bongsu zones list` list the ids, by kind.'],
  ])('that an alert names and that do not exist are refused with the nearest ids: %s', async (id, hint) => {
    const { status, body } = await api.call('composer', 'POST', '/v1/alerts', { body: alertIn(id, `like-${id}`) })
    expect([status, body.errors[0].code, body.errors[0].hint]).toEqual([422, 'unknown-zone', hint])
  })
})

describe('a zone that is added', () => {
  test('is versioned, and an earlier version stays as it was', async () => {
    const first = await add({ id: 'versioned', name: 'First', shapes: [square(10, 10)] })
    expect(first.status).toBe(201)
    expect(first.body).toMatchObject({ kind: 'library', version: 1, madeBy: 'person:composer', vertices: 5, notes: [] })
    const second = await add({ id: 'versioned', name: 'Second', shapes: [square(11, 11)] }, 'administrator')
    expect(second.body).toMatchObject({ version: 2, versions: [2, 1] })
    expect((await get('/versioned')).body.name).toBe('Second')
    expect((await get('/versioned?version=1')).body).toMatchObject({ name: 'First', shapes: [square(10, 10)] })
    const entries = (await auditAfter(api.db.pool, 0, 1000)).filter(({ act }) => act === 'zone.add')
    expect(entries).toMatchObject([
      { actor: 'person:composer', subject: 'zone:versioned@1' },
      { actor: 'person:administrator', subject: 'zone:versioned@2' },
    ])
  })

  test('cannot change under an alert that names it', async () => {
    await add({ id: 'in-use', name: 'In use', shapes: [square(135, 35)] })
    const { body } = await api.call('composer', 'POST', '/v1/alerts', { body: alertIn('in-use', 'uses-a-zone') })
    await add({ id: 'in-use', name: 'In use', shapes: [square(138, 36)] })
    const [area] = (await api.call('viewer', 'GET', `/v1/alerts/${body.id}`)).body.document.infos[0].areas
    expect(area.shapes).toEqual([square(135, 35)])
    expect(area.geocode[0].value).toBe('in-use@1')
    const other = await add({ id: 'in-use', version: 1, name: 'In use', shapes: [square(0, 0)] })
    expect([other.status, codeOf(other)]).toEqual([409, 'zone-version-old'])
    const same = await add({ id: 'in-use', version: 2, name: 'In use', shapes: [square(0, 0)] })
    expect([same.status, codeOf(same)]).toEqual([409, 'zone-version-taken'])
    for (const change of ['UPDATE zone_version SET version = 9', 'DELETE FROM zone_version', 'TRUNCATE zone_version']) {
      await expect(api.db.pool.query(change)).rejects.toThrow(/append-only/)
    }
  })

  test('makes no version where it is the newest one to the letter', async () => {
    const source = { author: 'a', basis: 'b', licence: 'CC0-1.0', date: '2024-01-01' }
    const zone = { id: 'again', name: 'Again', shapes: [square(30, 30)], source }
    expect(await add(zone)).toMatchObject({ status: 201, body: { version: 1, unchanged: false } })
    expect(await add(zone)).toMatchObject({ status: 200, body: { version: 1, versions: [1], unchanged: true } })
    const changes = [{ source: { ...source, basis: 'c' } }, { name: 'Other' }, { shapes: [square(31, 30)] }, {}]
    for (const [i, change] of changes.entries()) {
      expect(await add({ ...zone, ...change })).toMatchObject({ status: 201, body: { version: i + 2 } })
    }
    expect(await add({ ...zone, version: 5 })).toMatchObject({ status: 200, body: { version: 5, unchanged: true } })
    expect(await add({ ...zone, version: 9 })).toMatchObject({ status: 201, body: { version: 9, unchanged: false } })
    const { rows } = await api.db.pool.query(`SELECT count(*)::int n FROM audit WHERE subject LIKE 'zone:again@%'`)
    expect(rows).toEqual([{ n: 6 }])
  })

  test('gets the next version, whoever else adds at that moment', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) => add({ id: 'crowded', name: 'Crowded', shapes: [square(i, 0)] })),
    )
    expect(answers.map(({ body }) => body.version).sort()).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('is repaired where nobody can be meant by it but those inside, and else refused with the vertex', async () => {
    const open = { kind: 'polygon', rings: [square(20, 20).rings[0]?.slice(0, 4)] }
    const repaired = await add({ id: 'left-open', name: 'Left open', shapes: [open] })
    expect(repaired.body.notes).toEqual([expect.stringMatching(/^\/shapes\/0.*closed/)])
    const bowTie = { kind: 'polygon', rings: [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]] } // biome-ignore format: one ring
    const refused = await add({ id: 'crossed', name: 'Crossed', shapes: [square(0, 0), bowTie] })
    expect([refused.status, codeOf(refused)]).toEqual([422, 'zone-invalid'])
    expect(refused.body.errors[0]).toMatchObject({ code: 'ring-crossing', where: '/shapes/1/rings/0/0' })
    const point = await add({ id: 'point', name: 'Point', shapes: [{ type: 'Point', coordinates: [137, 37] }] })
    expect(point.body.errors[0]).toMatchObject({
      detail: 'A Point has no ground',
      hint: expect.stringMatching(/^Give a polygon, or a circle with its radius/),
    })
    expect(codeOf(await add({ id: 'nested', name: 'Nested', shapes: [{ zone: 'in-use' }] }))).toBe('zone-invalid')
  })

  test('cannot take the name of a zone by reference, nor be added by a viewer', async () => {
    for (const id of ['JP', 'mission:tokyo', 'JP-17', 'Capitals']) {
      const { status, body } = await add({ id, name: 'Taken', shapes: [square(0, 0)] })
      expect([status, body.errors[0].hint]).toEqual([400, expect.stringContaining('1 to 64 of a-z, 0-9 and -')])
    }
    expect((await add({ id: 'by-viewer', name: 'x', shapes: [square(0, 0)] }, 'viewer')).status).toBe(403)
  })
})

test('the outline can be drawn: circles as polygons around them, countries from the map', async () => {
  const airport = await get('/airport:ICN/geojson')
  expect(airport.headers['content-type']).toContain('application/geo+json')
  expect(JSON.parse(airport.text)).toMatchObject({
    type: 'Feature',
    properties: { id: 'airport:ICN', exact: true },
    geometry: { type: 'MultiPolygon' },
  })
  expect(JSON.parse((await get('/LU/geojson')).text).geometry.coordinates[0][0].length).toBeGreaterThan(50)
})

describe('the directory of geofences', () => {
  const zones = (version: number, west: number) => [
    { id: 'from-a-file', version, name: 'From a file', shapes: [square(west, 5) as never] },
    { id: `beside-${west}`, version: 1, name: 'Beside', shapes: [square(west, 0) as never] },
  ]

  test('is registered at each start, and a zone changed without a new version is left out, not the others', async () => {
    expect(await registerLibrary(api.db, zones(1, 40))).toEqual([])
    expect(await registerLibrary(api.db, zones(1, 40))).toEqual([])
    const [problem, ...more] = await registerLibrary(api.db, zones(1, 41))
    expect(more).toEqual([])
    expect(problem).toMatchObject({ code: 'zone-version-taken', where: 'from-a-file@1' })
    expect((await get('/from-a-file')).body).toMatchObject({ shapes: [square(40, 5)], madeBy: 'file' })
    expect((await get('/beside-41')).status).toBe(200)
    expect(await registerLibrary(api.db, zones(2, 41))).toEqual([])
    expect((await get('/from-a-file')).body).toMatchObject({ version: 2, versions: [2, 1] })
  })

  test('may lack the data that come with the project', async () => {
    const book = await openZones(api.db, new URL('../geo', import.meta.url).pathname, api.deps.countries, api.deps.log)
    expect((await book.zone('JP-17')).name).toBe('Ishikawa, Japan')
  })
})
