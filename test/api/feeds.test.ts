import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { FeedActivity } from '../../src/api/feed-activity.ts'
import { createLogger } from '../../src/lib/log.ts'
import { metrics } from '../../src/lib/metrics.ts'
import { FeedWatch } from '../../src/reporting/feed-watch.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi
const log = createLogger('silent')
const url = '/v1/roaming-notifications'
const hour = 3_600_000

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())
afterEach(() => api.db.pool.query('TRUNCATE roaming_batch, feed, feed_hour, feed_reject'))

const enter = (change: object = {}) => ({
  msisdn: '821012345678',
  country: 'JP',
  at: '2026-11-21T03:04:05Z',
  event: 'enter',
  ...change,
})
const keyOf = async (name: string, hplmns?: string[], silentAfter?: string): Promise<string> => {
  const body = { name, role: 'carrier', ...(hplmns && { hplmns }), ...(silentAfter && { silentAfter }) }
  return (await api.call('administrator', 'POST', '/v1/keys', { body })).body.key
}
const kept = async () => {
  const { rows } = await api.db.pool.query<{ events: { msisdn: string; hplmn?: string }[] }>(
    'SELECT events FROM roaming_batch ORDER BY id',
  )
  return rows.flatMap(({ events }) => events)
}
const feedsOf = async () =>
  (await api.call('viewer', 'GET', '/v1/feeds')).body.feeds as Record<string, unknown>[] & { source: string }[]

describe("a carrier's own key", () => {
  test('writes of its own subscribers only; others are refused by name and counted', async () => {
    const key = await keyOf('tel-a', ['45008', '45002'])
    const body = [enter({ hplmn: '45008' }), enter({ hplmn: '45005' }), enter()]
    const answered = await api.call(undefined, 'POST', url, { key, body })
    expect(answered).toMatchObject({ status: 202, body: { accepted: 1, rejected: 2 } })
    expect(answered.body.rejects).toMatchObject([
      { index: 1, code: 'foreign-hplmn', where: 'hplmn' },
      { index: 2, code: 'missing-hplmn' },
    ])
    expect((await kept()).map(({ hplmn }) => hplmn)).toEqual(['45008'])
    const lines = await api.call(undefined, 'POST', url, {
      key,
      type: 'application/x-ndjson',
      body: `${JSON.stringify(enter({ hplmn: '45002' }))}\n${JSON.stringify(enter({ hplmn: '45005' }))}\n`,
    })
    expect(lines.body).toMatchObject({ accepted: 1, rejects: [{ line: 2, code: 'foreign-hplmn' }] })
    await expect
      .poll(async () => (await feedsOf()).find(({ source }) => source === 'tel-a'))
      .toMatchObject({
        state: 'flowing',
        hplmns: ['45008', '45002'],
        acceptedToday: 2,
        rejectedToday: 3,
        rejectsToday: { 'foreign-hplmn': 2, 'missing-hplmn': 1 },
        newestEventAt: '2026-11-21T03:04:05.000Z',
      })
  })

  test('alone with one that is not its own is forbidden', async () => {
    const key = await keyOf('tel-b', ['45008'])
    const answered = await api.call(undefined, 'POST', url, { key, body: enter({ hplmn: '45005' }) })
    expect([answered.status, codeOf(answered)]).toEqual([403, 'foreign-hplmn'])
    expect(await kept()).toEqual([])
  })

  test('of one network gives it to notifications that name none, CloudEvents too', async () => {
    const key = await keyOf('tel-c', ['45006'])
    await api.call(undefined, 'POST', url, { key, body: enter() })
    const event = {
      specversion: '1.0',
      id: 'e-1',
      source: 'https://operator.example/1',
      type: 'org.camaraproject.device-roaming-status-subscriptions.v0.roaming-off',
      time: '2026-11-21T03:04:05Z',
      data: { subscriptionId: 's-1', device: { phoneNumber: '+821012345678' } },
    }
    const type = 'application/cloudevents+json'
    expect((await api.call(undefined, 'POST', url, { key, type, body: JSON.stringify(event) })).status).toBe(204)
    expect((await kept()).map(({ hplmn }) => hplmn)).toEqual(['45006', '45006'])
  })

  test('of another role has no networks, and a network code has five or six digits', async () => {
    const make = (body: object) => api.call('administrator', 'POST', '/v1/keys', { body })
    expect(codeOf(await make({ name: 'x', role: 'viewer', hplmns: ['45008'] }))).toBe('not-a-feed')
    expect((await make({ name: 'x', role: 'carrier', hplmns: ['KT'] })).status).toBe(400)
    expect((await make({ name: 'x', role: 'carrier', hplmns: [] })).status).toBe(400)
    expect(codeOf(await make({ name: 'x', role: 'carrier', silentAfter: 'soon' }))).toBe('bad-duration')
    const { people } = (await api.call('administrator', 'GET', '/v1/people')).body
    expect(people.find(({ name }: { name: string }) => name === 'x')).toBeUndefined()
    expect(people.find(({ name }: { name: string }) => name === 'tel-c').keys).toMatchObject([{ hplmns: ['45006'] }])
  })
})

test('the correlator comes back with errors too', async () => {
  const headers = { 'x-correlator': 'b4333c46-49c0-4f62-80d7-f0ef930f1c46' }
  const answers = [
    await api.call('carrier', 'POST', url, { headers, body: enter() }),
    await api.call('carrier', 'POST', url, { headers, body: enter({ at: 'today' }) }),
    await api.call('carrier', 'POST', url, { headers, body: '{', type: 'application/cloudevents+json' }),
    await api.call('carrier', 'POST', url, { headers, body: '<x/>', type: 'application/xml' }),
    await api.call('viewer', 'POST', url, { headers, body: enter() }),
    await api.call(undefined, 'POST', url, { headers, body: enter() }),
    await api.call('carrier', 'POST', `${url}/x`, { headers }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([202, 400, 400, 415, 403, 401, 404])
  for (const one of answers) expect(one.headers['x-correlator']).toBe(headers['x-correlator'])
  const hostile = { 'x-correlator': 'a b=1' }
  expect((await api.call('carrier', 'POST', url, { headers: hostile, body: enter() })).headers).not.toHaveProperty(
    'x-correlator',
  )
})

test('a stream is read no faster than it can be kept', async () => {
  const sockets: Socket[] = []
  api.app.server.on('connection', (socket: Socket) => sockets.push(socket))
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = api.app.server.address() as AddressInfo
  const blocker = new Client({ connectionString: api.db.url })
  await blocker.connect()
  try {
    await blocker.query('BEGIN; LOCK TABLE roaming_batch IN ACCESS EXCLUSIVE MODE')
    const sending = request({
      port,
      method: 'POST',
      path: url,
      headers: { authorization: `Bearer ${api.keys.carrier}`, 'content-type': 'application/x-ndjson' },
    })
    const answer = once(sending, 'response')
    const lines = 120_000
    const sent = (async () => {
      for (let from = 0; from < lines; from += 4_000) {
        const chunk = Array.from({ length: 4_000 }, (_, i) => JSON.stringify(enter({ id: `${from + i}`.padStart(20) })))
        if (!sending.write(`${chunk.join('\n')}\n`)) await once(sending, 'drain')
      }
      sending.end()
    })()
    await expect
      .poll(async () => (await api.db.pool.query(`SELECT FROM pg_locks WHERE NOT granted`)).rowCount)
      .toBeGreaterThan(0)
    const read = () => (sockets[0] as Socket).bytesRead
    let before = -1
    while (before !== read()) {
      before = read()
      await delay(500)
    }
    // A thousand notifications of about 120 octets, and what the connection holds.
    expect(before).toBeLessThan(1_000_000)
    await blocker.query('COMMIT')
    await sent
    const [response] = (await answer) as [IncomingMessage]
    const body = JSON.parse((await response.toArray()).join(''))
    expect(body).toMatchObject({ accepted: lines, rejected: 0 })
    expect(read()).toBeGreaterThan(10_000_000)
  } finally {
    await blocker.end()
  }
})

test('a long stream waits while the inbox is crowded; what is live goes past it', async () => {
  // Full batches that nobody works off yet.
  await api.db.pool.query(`INSERT INTO roaming_batch (source, events) SELECT 'bulk', '[]' FROM generate_series(1, 20)`)
  const lines = Array.from({ length: 2_500 }, (_, i) => `${JSON.stringify(enter({ id: `${i}` }))}\n`)
  let answered = false
  const bulk = api
    .call('carrier', 'POST', url, { type: 'application/x-ndjson', body: lines.join('') })
    .finally(() => (answered = true))
  await expect.poll(async () => (await kept()).length).toBe(1_000)
  // Somebody works: one batch goes, another takes its place.
  for (let i = 0; i < 15; i++) {
    await api.db.pool.query(`
      WITH gone AS (DELETE FROM roaming_batch WHERE id = (SELECT min(id) FROM roaming_batch))
      INSERT INTO roaming_batch (source, events) VALUES ('bulk', '[]')`)
    await delay(400)
  }
  expect([answered, (await kept()).length]).toEqual([false, 1_000])
  expect((await api.call('carrier', 'POST', url, { body: [enter(), enter()] })).body.accepted).toBe(2)
  await api.db.pool.query(`UPDATE roaming_batch SET done_at = now()`)
  expect((await bulk).body).toMatchObject({ accepted: 2_500 })
})

describe('a feed that falls silent', () => {
  const alarmed = async (source: string) =>
    (await metrics.feedSilent.get()).values.find(({ labels }) => labels.source === source)?.value

  test('is told of by metric, /readyz, log and /v1/feeds, until it is heard again; the engine stays ready', async () => {
    await keyOf('tel-d', undefined, '30m')
    const start = Date.parse('2026-11-21T00:00:00Z')
    let now = start
    const said: string[] = []
    const hearing = {
      ...log,
      warn: (_: object, text: string) => said.push(text),
      info: (_: object, text: string) => said.push(text),
    }
    const watch = new FeedWatch({
      db: api.db,
      silentAfterMs: undefined,
      log: hearing as unknown as typeof log,
      now: () => new Date(now),
    })
    const stateOf = async () => (await watch.states()).find(({ source }) => source === 'tel-d')
    await watch.look()
    expect([await stateOf(), await alarmed('tel-d'), said]).toMatchObject([{ state: 'new' }, 0, []])

    const activity = new FeedActivity(api.db, log, () => now)
    activity.kept('tel-d', 120, now)
    await activity.flush()
    now += 30 * 60_000
    await watch.look()
    expect(await stateOf()).toMatchObject({
      state: 'flowing',
      silentAfterBy: 'key',
      silentSince: null,
      acceptedToday: 120,
    })

    now += 60_000
    await watch.look()
    await watch.look()
    expect(await stateOf()).toMatchObject({ state: 'silent', silentSince: new Date(start), silentAfterSeconds: 1800 })
    expect([await alarmed('tel-d'), watch.silent, said]).toEqual([31 * 60, 1, ['a feed has fallen silent']])

    // What cannot be used is no sign of life.
    activity.refused('tel-d', 'bad-msisdn')
    await activity.flush()
    expect(await stateOf()).toMatchObject({ state: 'silent' })
    activity.kept('tel-d', 1, now)
    await activity.flush()
    await watch.look()
    expect([await alarmed('tel-d'), watch.silent, said[1]]).toEqual([0, 0, 'a feed is heard again'])
  })

  test('is known by its own nights once three days have passed, and is not waited for when its key is void', async () => {
    await keyOf('tel-e')
    const start = Date.parse('2026-11-10T00:00:00Z')
    let now = start
    const activity = new FeedActivity(api.db, log, () => now)
    for (let day = 0; day < 4; day++) {
      for (const at of [6, 7, 12, 17, 22]) {
        now = start + (day * 24 + at) * hour
        activity.kept('tel-e', 10, now)
        await activity.flush()
      }
    }
    const watch = new FeedWatch({ db: api.db, silentAfterMs: undefined, log, now: () => new Date(now) })
    const stateOf = async () => (await watch.states()).find(({ source }) => source === 'tel-e')
    now = start + 4 * 24 * hour
    // Nights of eight hours.
    expect(await stateOf()).toMatchObject({ state: 'flowing', silentAfterBy: 'learned', silentAfterSeconds: 24 * 3600 })
    now = start + (3 * 24 + 22 + 24) * hour + 1
    expect(await stateOf()).toMatchObject({ state: 'silent' })
    await api.db.pool.query(
      `UPDATE api_key SET revoked_at = now() WHERE person_id = (SELECT id FROM person WHERE name = 'tel-e')`,
    )
    expect(await stateOf()).toMatchObject({ state: 'closed', silentSince: null })
    await watch.look()
    expect([watch.silent, await alarmed('tel-e')]).toEqual([0, undefined])
  })

  test('what was heard while the database was away is written down when it is back', async () => {
    const now = Date.parse('2026-11-21T00:00:00Z')
    const activity = new FeedActivity(api.db, log, () => now)
    await api.db.pool.query('ALTER TABLE feed_hour RENAME TO hidden')
    activity.kept('tel-f', 3, now - 1)
    activity.refused('tel-f', 'bad-msisdn')
    await activity.flush()
    await api.db.pool.query('ALTER TABLE hidden RENAME TO feed_hour')
    activity.kept('tel-f', 2, now - 2)
    await activity.close()
    const { rows } = await api.db.pool.query(
      `SELECT f.newest, h.accepted, r.n FROM feed f JOIN feed_hour h USING (source) JOIN feed_reject r USING (source) WHERE source = 'tel-f'`,
    )
    expect(rows).toEqual([{ newest: new Date(now - 1), accepted: 5, n: 1 }])
  })
})
