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

  test('beside another of the same feed is shown with its own networks', async () => {
    await keyOf('tel-h', ['45002', '45008'], '30m')
    await keyOf('tel-h', ['45004'])
    const feed = (await feedsOf()).find(({ source }) => source === 'tel-h')
    const at = expect.stringMatching(/^20/)
    const id = expect.any(Number)
    expect(feed).toMatchObject({ hplmns: ['45002', '45008', '45004'], silentAfterSeconds: 1800, silentAfterBy: 'key' })
    expect(feed?.keys).toEqual([
      { id, hplmns: ['45002', '45008'], silentAfterSeconds: 1800, createdAt: at },
      { id, hplmns: ['45004'], silentAfterSeconds: null, createdAt: at },
    ])
    expect((await api.call('viewer', 'GET', '/v1/feeds')).body.untaken).toBeNull()
    await keyOf('tel-h')
    expect((await feedsOf()).find(({ source }) => source === 'tel-h')?.hplmns).toBeNull()
  })

  test.each([
    ['hplmns', { hplmns: ['45008', '99908'] }, [400, 'unknown-network']],
    ['hplmns', { hplmns: ['90112'] }, [400, 'unknown-network']],
    ['name', { name: '../x' }, [400, 'bad-feed-name']],
    ['name', { name: 'a/b' }, [400, 'bad-feed-name']],
    ['name', { name: 'a\\b' }, [400, 'bad-feed-name']],
    ['name', { name: '한'.repeat(86) }, [400, 'bad-feed-name']],
    ['name', { name: 'TEL-A' }, [409, 'feed-name-taken']],
  ])('that could not work is refused: %s %j', async (where, change, refused) => {
    const body = { name: 'tel-i', role: 'carrier', ...change }
    const answered = await api.call('administrator', 'POST', '/v1/keys', { body })
    expect([answered.status, codeOf(answered)]).toEqual(refused)
    expect(answered.body.where).toBe(where)
    const { people } = (await api.call('administrator', 'GET', '/v1/people')).body
    expect(people.map(({ name }: { name: string }) => name)).not.toContain(body.name)
  })

  test('of a network that is in no list is made with a warning; a person of another role may be called anything', async () => {
    const make = async (body: object) => (await api.call('administrator', 'POST', '/v1/keys', { body })).body
    const made = await make({ name: 'tel-j', role: 'carrier', hplmns: ['45099', '450008', '45008'] })
    expect(made.key).toMatch(/^bongsu_/)
    expect(made.warnings).toMatchObject([{ code: 'unlisted-network', message: expect.stringContaining('45099') }])
    expect((await make({ name: 'Kim / Lee', role: 'viewer' })).warnings).toEqual([])
    // But not as another is who is known, in other capitals.
    expect((await make({ name: 'TEL-J', role: 'viewer' })).type).toMatch(/person-name-taken$/)
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

describe('an event of the future', () => {
  const minutes = (n: number) => new Date(Date.now() + n * 60_000).toISOString()
  const codes = ({ body }: { body: { rejects: object[] } }) => body.rejects
  const event = (id: string, change: object) => ({
    specversion: '1.0',
    id,
    source: 'https://operator.example/1',
    type: 'org.camaraproject.device-roaming-status-subscriptions.v0.roaming-off',
    data: { subscriptionId: 's-1', device: { phoneNumber: '+821012345678' } },
    ...change,
  })

  test('is refused by itself, and a clock that is minutes ahead is not', async () => {
    const body = [enter({ at: '2099-01-01T00:00:00Z' }), enter({ at: minutes(9) }), enter({ at: minutes(11) })]
    const array = await api.call('carrier', 'POST', url, { body })
    expect(array).toMatchObject({ status: 202, body: { accepted: 1, rejected: 2 } })
    expect(codes(array)).toMatchObject([
      { index: 0, code: 'bad-time', where: 'at', reason: expect.stringContaining('+09:00') },
      { index: 2, code: 'bad-time' },
    ])
    const lines = await api.call('carrier', 'POST', url, {
      type: 'application/x-ndjson',
      body: body.map((one) => `${JSON.stringify(one)}\n`).join(''),
    })
    expect(lines.body).toMatchObject({ accepted: 1, rejects: [{ line: 1 }, { line: 3, code: 'bad-time' }] })
    expect(await kept()).toHaveLength(2)
    const feed = async () => (await feedsOf()).find(({ source }) => source === 'carrier')
    await expect.poll(feed).toMatchObject({ acceptedToday: 2, rejectsToday: { 'bad-time': 4 } })
    expect(Date.parse((await feed())?.newestEventAt as string)).toBeLessThan(Date.now() + 10 * 60_000)
  })

  test('alone is a wrong request', async () => {
    const answered = await api.call('carrier', 'POST', url, { body: enter({ at: '2099-01-01T00:00:00Z' }) })
    expect([answered.status, codeOf(answered), answered.body.where]).toEqual([400, 'bad-time', 'at'])
    const one = JSON.stringify(event('f-1', { time: minutes(540) }))
    const camara = await api.call('carrier', 'POST', url, { type: 'application/cloudevents+json', body: one })
    expect([camara.status, codeOf(camara), camara.body.where]).toEqual([400, 'bad-time', 'time'])
    expect(await kept()).toEqual([])
  })

  test('costs no other of a batch of CloudEvents, and one that tells of a subscription alone is none', async () => {
    const ended = {
      type: 'org.camaraproject.device-roaming-status-subscriptions.v0.subscription-ended',
      data: { subscriptionId: 's-1', terminationReason: 'SUBSCRIPTION_DELETED' },
    }
    const send = (...events: object[]) =>
      api.call('carrier', 'POST', url, { type: 'application/cloudevents-batch+json', body: JSON.stringify(events) })
    expect((await send(event('f-2', { time: minutes(540) }), event('f-3', { time: minutes(5) }))).status).toBe(204)
    expect(await kept()).toHaveLength(1)
    expect((await send(event('f-4', { time: minutes(540), ...ended }))).status).toBe(204)
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

describe('a long stream', () => {
  /** Batches of others that nobody works off yet: so many, of so many octets each. */
  const crowd = (batches: number, octets: number) =>
    api.db.pool.query(
      `INSERT INTO roaming_batch (source, events) SELECT 'crowd', json_build_array(repeat('x', $2)) FROM generate_series(1, $1)`,
      [batches, octets],
    )
  /** Somebody works: one batch goes, another takes its place. */
  const turn = () =>
    api.db.pool.query(`
      WITH gone AS (DELETE FROM roaming_batch WHERE id = (SELECT min(id) FROM roaming_batch) RETURNING events)
      INSERT INTO roaming_batch (source, events) SELECT 'crowd', events FROM gone`)
  const keptOf = async (source: string) =>
    (await api.db.pool.query(`SELECT json_array_elements(events) FROM roaming_batch WHERE source = $1`, [source]))
      .rowCount
  const send = () => {
    const lines = Array.from({ length: 2_500 }, (_, i) => `${JSON.stringify(enter({ id: `${i}` }))}\n`)
    const bulk = { answered: false, accepted: 0 }
    const ended = api
      .call('carrier', 'POST', url, { type: 'application/x-ndjson', body: lines.join('') })
      .then((answer) => {
        Object.assign(bulk, { answered: true, accepted: answer.body.accepted })
      })
    return { bulk, ended }
  }

  test.each([
    ['by what twenty full batches hold', 20, 130_000],
    ['by a thousand batches however small', 1_000, 100],
  ])('waits while the inbox is crowded %s; what is live goes past it', async (_, batches, octets) => {
    await crowd(batches, octets)
    const { bulk, ended } = send()
    await expect.poll(() => keptOf('carrier')).toBe(1_000)
    for (let i = 0; i < 15; i++) {
      await turn()
      await delay(400)
    }
    expect([bulk.answered, await keptOf('carrier')]).toEqual([false, 1_000])
    expect((await api.call('carrier', 'POST', url, { body: [enter(), enter()] })).body.accepted).toBe(2)
    await api.db.pool.query(`UPDATE roaming_batch SET done_at = now()`)
    await ended
    expect(bulk.accepted).toBe(2_500)
  })

  test('does not wait behind hundreds of live requests of one notification each', async () => {
    await crowd(900, 100)
    const { bulk, ended } = send()
    // As above: while somebody works, a crowd would be waited for without end.
    for (let i = 0; i < 50 && !bulk.answered; i++) {
      await turn()
      await delay(200)
    }
    expect(bulk).toEqual({ answered: true, accepted: 2_500 })
    await ended
  })
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

  test.each([
    ['its key', '10s', undefined],
    ['the setting', undefined, 10_000],
  ])(
    'never began, where %s says how long to wait: it is missed from its first key on',
    async (by, silentAfter, silentAfterMs) => {
      const source = `never by ${by}`
      await keyOf(source, undefined, silentAfter)
      const { rows } = await api.db.pool.query<{ at: Date }>('SELECT max(created_at) at FROM api_key')
      const { at: madeAt } = rows[0] as { at: Date }
      await keyOf(source, undefined, silentAfter)
      let now = madeAt.getTime() + 10_000
      const said: object[] = []
      const warn = (fields: { source: string }, text: string) =>
        fields.source === source && said.push({ ...fields, text })
      const hearing = { ...log, warn, info: warn } as unknown as typeof log
      const watch = new FeedWatch({ db: api.db, silentAfterMs, log: hearing, now: () => new Date(now) })
      const stateOf = async () => (await watch.states()).find((feed) => feed.source === source)
      await watch.look()
      expect([await stateOf(), await alarmed(source), said]).toMatchObject([{ state: 'new', silentSince: null }, 0, []])
      now += 5_000
      await watch.look()
      expect(await stateOf()).toMatchObject({
        state: 'silent',
        silentSince: madeAt,
        lastAt: null,
        silentAfterSeconds: 10,
      })
      expect([await alarmed(source), watch.silent > 0]).toEqual([15, true])
      expect(said).toMatchObject([{ silentSince: madeAt, text: 'a feed has never begun' }])

      const activity = new FeedActivity(api.db, log, () => now)
      activity.kept(source, 1, now)
      await activity.flush()
      await watch.look()
      expect([await stateOf(), await alarmed(source)]).toMatchObject([{ state: 'flowing' }, 0])
    },
  )

  test('never began, and nobody said how long to wait for it: it is new, however old its key', async () => {
    await keyOf('tel-g')
    const now = () => new Date(Date.now() + 365 * 24 * hour)
    const watch = new FeedWatch({ db: api.db, silentAfterMs: undefined, log, now })
    await watch.look()
    expect((await watch.states()).find(({ source }) => source === 'tel-g')).toMatchObject({
      state: 'new',
      silentSince: null,
    })
    expect(await alarmed('tel-g')).toBe(0)
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
