import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTravelLevels } from '../../src/geo/travel-levels.ts'
import { seedLevels } from '../../src/store/zones/travel-levels.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const levels = async (query: string) => (await api.call('viewer', 'GET', `/v1/travel-levels${query}`)).body
const at = async (lon: number, lat: number, more = '') => levels(`/at?lon=${lon}&lat=${lat}${more}`)
const set = (body: object, role: 'composer' | 'viewer' = 'composer') =>
  api.call(role, 'POST', '/v1/travel-levels', { body: { since: '2026-01-01', source: 'test', ...body } })

test('a country has several rows, none of them verified before somebody did', async () => {
  const { levels: rows } = await levels('?country=PH')
  expect(rows.length).toBeGreaterThan(5)
  expect(rows[0]).toMatchObject({ country: 'PH', area: 'PH', level: 1, verified: false, madeBy: 'file' })
  expect(rows.every(({ verified }: { verified: boolean }) => !verified)).toBe(true)
})

test('a place has the gravest level of the areas that hold it', async () => {
  expect(await at(121.0, 14.6)).toMatchObject({ country: 'PH', level: { area: 'PH', level: 1 } })
  expect(await at(121.0, 6.05)).toMatchObject({ country: 'PH', level: { area: 'PH-SLU', level: 4 } })
  expect(await at(34.8, 32.1)).toMatchObject({ country: 'IL', level: { area: 'IL', level: null, special: true } })
  expect(await at(-150, 10)).toEqual({ country: null, level: null })
  expect(await at(2.35, 48.85)).toEqual({ country: 'FR', level: null })
  // What the carrier reports is believed before the map.
  expect(await at(2.35, 48.85, '&country=JP')).toMatchObject({ country: 'JP', level: { area: 'JP' } })
})

test('a change overwrites nothing: what stood remains, with who set it', async () => {
  expect((await set({ country: 'TW', area: 'TW', level: 1 })).status).toBe(201)
  await set({ country: 'TW', area: 'TW', level: 3, verified: true })
  expect((await levels('?country=TW')).levels).toMatchObject([{ level: 3, verified: true, madeBy: 'person:composer' }])
  await set({ country: 'TW', area: 'TW', level: null })
  expect((await levels('?country=TW')).levels).toEqual([])
  const history = (await levels('?country=TW&history=true')).levels
  expect(history.map(({ level }: { level: number | null }) => level)).toEqual([null, 3, 1])
  for (const change of ['UPDATE travel_level SET level = 1', 'DELETE FROM travel_level', 'TRUNCATE travel_level']) {
    await expect(api.db.pool.query(change)).rejects.toThrow(/append-only/)
  }
  const { rows } = await api.db.pool.query(`SELECT subject FROM audit WHERE act = 'travel-level.set'`)
  expect(rows).toEqual(Array(3).fill({ subject: 'area:TW' }))
})

test('the special advisory outweighs level 2 and yields to 3', async () => {
  await set({ country: 'KZ', area: 'KZ', level: 2 })
  await set({ country: 'KZ', area: 'KZ-75', level: null, special: true })
  expect(await at(76.95, 43.25)).toMatchObject({ level: { area: 'KZ-75', special: true } })
  await set({ country: 'KZ', area: 'KZ', level: 3 })
  expect(await at(76.95, 43.25)).toMatchObject({ level: { area: 'KZ', level: 3 } })
})

test('an area may be drawn: a zone of the library', async () => {
  const ring = [[136.5, 37], [137.5, 37], [137.5, 37.6], [136.5, 37.6], [136.5, 37]] // biome-ignore format: one ring
  await api.call('composer', 'POST', '/v1/zones', {
    body: { id: 'noto-drawn', name: 'Noto', shapes: [{ kind: 'polygon', rings: [ring] }] },
  })
  await set({ country: 'JP', area: 'noto-drawn', level: 4 })
  expect(await at(136.9, 37.39)).toMatchObject({ level: { area: 'noto-drawn', level: 4 } })
  expect(await at(139.69, 35.69)).toMatchObject({ level: { area: 'JP', level: 1 } })
})

test('an area whose ground lies in other countries is warned of', async () => {
  const warnings = async (country: string, area: string) => (await set({ country, area, level: 2 })).body.warnings
  expect(await warnings('JP', 'noto-drawn')).toEqual([])
  expect(await warnings('BE', 'mission:brussels')).toEqual([])
  expect(await warnings('LU', 'mission:brussels')).toEqual([])
  for (const area of ['noto-drawn', 'airport:NRT', 'mission:tokyo']) {
    expect(await warnings('KR', area)).toMatchObject([
      { code: 'area-elsewhere', where: '/area', message: expect.stringContaining(`${area} is in JP, not in KR`) },
    ])
  }
})

test('a file that has an area of another country is refused with the row and the reason', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'bongsu-levels-'))
  const file = join(dir, 'travel-levels.yaml')
  const row = (country: string, area: string) =>
    `  - { country: ${country}, area: ${area}, level: 2, since: 2024-01-01 }\n`
  await writeFile(file, `source: test\nlevels:\n${row('JP', 'JP-17')}${row('JP', 'KR-11')}${row('JP', 'noto-drawn')}`)
  expect(() => readTravelLevels(file)).toThrow(
    expect.objectContaining({
      details: [expect.objectContaining({ code: 'area-elsewhere', where: 'levels[1]' })],
    }),
  )
  await rm(dir, { recursive: true })
})

test('what the file says is kept only where nothing was said yet', async () => {
  const row = {
    country: 'TW',
    area: 'TW',
    level: 2 as const,
    special: false,
    since: '2020-01-01',
    source: 'file',
    verified: false,
  }
  await seedLevels(api.db, [row, { ...row, country: 'SG', area: 'SG' }])
  expect((await levels('?country=TW')).levels).toEqual([])
  expect((await levels('?country=SG')).levels).toMatchObject([{ level: 2, madeBy: 'file' }])
})

test('areas that do not exist, or lie in another country, and people who may not, are refused', async () => {
  expect(await set({ country: 'JP', area: 'JP-99', level: 2 })).toMatchObject({ status: 404 })
  for (const area of ['KR', 'KR-11', 'city:KR:Seoul']) {
    const { status, body } = await set({ country: 'JP', area, level: 2 })
    expect([status, body.detail]).toEqual([422, `${area} is in KR, not in JP: nobody in JP would have the level`])
  }
  expect(codeOf(await set({ country: 'QQ', area: 'noto-drawn', level: 2 }))).toBe('unknown-country')
  expect((await set({ country: 'JP', area: 'JP', level: 5 })).status).toBe(400)
  expect((await set({ country: 'JP', area: 'JP', level: 1 }, 'viewer')).status).toBe(403)
  expect((await api.call('viewer', 'GET', '/v1/travel-levels?history=true')).status).toBe(400)
})

test.each(['garbage', '22.11.2026', '2026-02-31', 'yesterday', 'infinity', '2126-01-01', ''])(
  'a day that is none, or is still to come, is refused: "%s"',
  async (since) => {
    const answer = await set({ country: 'PE', area: 'PE', level: 3, since })
    expect(answer.status).toBe(422)
    expect(codeOf(answer)).toBe('bad-day')
    expect(answer.body.where).toBe('/since')
    expect((await levels('?country=PE&history=true')).levels.every((row: { level: number }) => row.level !== 3)).toBe(
      true,
    )
  },
)
