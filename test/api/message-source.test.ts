import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseProfile } from '../../src/carriers/load.ts'
import { loadRegions } from '../../src/geo/regions.ts'
import { createLogger } from '../../src/lib/log.ts'
import { keepBatch } from '../../src/store/roaming/batches.ts'
import { RoamingWorker } from '../../src/targeting/roaming.ts'
import { routeNumbers } from '../../src/targeting/route-numbers.ts'
import { ensurePartitions } from '../../src/targeting/upkeep.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi
let worker: RoamingWorker
let entries = 0
const msisdn = () => String(821_000_000_000 + entries)

beforeAll(async () => {
  api = await startApi()
  await ensurePartitions(api.db)
  const home = parseProfile(
    '{ id: home, reaches: [{ population: roamers }], links: [{ host: 127.0.0.1, port: 9 }], systemId: x, password: x, throughput: 10, source: { addr: "822" } }',
    'home.yaml',
    {},
  )
  const { db, queues, countries } = api.deps
  worker = new RoamingWorker({
    db,
    queues,
    countries,
    routes: await routeNumbers(db.pool, [home]),
    regions: loadRegions(new URL('../../geofences/regions.topojson.gz', import.meta.url).pathname),
    log: createLogger('silent'),
  })
})

afterAll(() => api?.close())

/** Somebody enters Japan; paths of his messages. */
async function enter(): Promise<string[]> {
  entries++
  const event = { msisdn: msisdn(), hplmn: '45008', event: 'enter' as const, countries: ['JP'], at: new Date() }
  await worker.work(await keepBatch(api.db.pool, 'feed', [event]))
  const { rows } = await api.db.pool.query<{ path: string }>(
    `SELECT '/v1/messages/' || broadcast_id || '/' || seq AS path FROM message WHERE msisdn = $1 ORDER BY seq`,
    [msisdn()],
  )
  return rows.map(({ path }) => path)
}

test('a message tells which policy, template, campaign and level made its text, also when others stand', async () => {
  const { db } = api
  await db.pool.query(`
    INSERT INTO entry_template (area, kind, level, language, body, verified, made_by)
    VALUES ('JP', 'mission', NULL, 'ko', 'mission', true, 'person:lee'), ('JP', 'level', 3, 'ko', 'level 3', true, 'person:lee')`)
  await db.pool.query(`
    INSERT INTO travel_level (country, area, level, special, since, source, verified, made_by)
    VALUES ('JP', 'JP', 3, false, '2026-01-01', 'test', true, 'person:lee')`)
  await db.pool.query(`
    INSERT INTO campaign (name, areas, texts, starts_at, ends_at, made_by)
    VALUES ('flu', '{JP}', '{"ko": "flu"}', now() - interval '1 day', now() + interval '1 day', 'person:choi')`)
  const policy = (patch: object) =>
    db.pool.query(`INSERT INTO entry_policy (area, patch, made_by) VALUES ('JP', $1, 'person:kim')`, [
      JSON.stringify(patch),
    ])
  await policy({ coolDownHours: 5 })
  const [first, second, third] = (await enter()) as [string, string, string]
  await policy({ coolDownHours: 6 })
  await db.pool.query(
    `INSERT INTO entry_template (area, kind, language, body, verified, made_by) VALUES ('JP', 'mission', 'ko', 'other', true, 'person:lee')`,
  )
  const of = async (path: string) => (await api.call('viewer', 'GET', path)).body
  const mission = await of(first)
  expect(mission).toMatchObject({ alertId: null, reason: 'entry', state: 'pending', language: 'ko', text: 'mission' })
  expect(mission.msisdn).toMatch(/^8210\*+01$/)
  expect(mission.source).toMatchObject({
    journey: { country: 'JP' },
    policies: [{ area: 'JP', patch: { coolDownHours: 5 }, madeBy: 'person:kim' }],
    template: { area: 'JP', kind: 'mission', level: null, language: 'ko', body: 'mission', madeBy: 'person:lee' },
    campaign: null,
    levels: [],
  })
  expect((await of(second)).source).toMatchObject({
    template: { level: 3, body: 'level 3' },
    levels: [{ country: 'JP', area: 'JP', level: 3, special: false, madeBy: 'person:lee' }],
  })
  expect((await of(third)).source).toMatchObject({ template: null, campaign: { name: 'flu', areas: ['JP'] } })

  // The same words, made by the next policy, are another text.
  const [next, level] = (await enter()) as [string, string]
  expect(await of(next)).toMatchObject({ text: 'other' })
  expect((await of(level)).source.policies).toMatchObject([{ patch: { coolDownHours: 6 } }])
  expect((await of(second)).source.policies).toMatchObject([{ patch: { coolDownHours: 5 } }])
  const found = await api.call('auditor', 'GET', `/v1/messages?msisdn=${msisdn()}`)
  expect(found.body.messages.map(({ text }: { text: string }) => text).sort()).toEqual(['flu', 'level 3', 'other'])
})

test('a message that is not there is not found', async () => {
  const answered = await api.call('viewer', 'GET', '/v1/messages/202601000001/1')
  expect([answered.status, codeOf(answered)]).toEqual([404, 'message-unknown'])
})
