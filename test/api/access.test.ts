import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { profileOf } from './open-api.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())

const none = '/v1/alerts/00000000-0000-4000-8000-000000000000'

describe('who may what', () => {
  test('a request without a key is told what it needs', async () => {
    const anonymous = await api.call(undefined, 'GET', '/v1/alerts')
    expect([anonymous.status, codeOf(anonymous)]).toEqual([401, 'missing-key'])
    expect(anonymous.headers['www-authenticate']).toBe('Bearer realm="bongsu"')
  })

  test('a role that may not is told which may', async () => {
    const answered = await api.call('viewer', 'POST', '/v1/alerts', { body: {} })
    expect(answered.body).toMatchObject({ title: 'Forbidden', status: 403, hint: expect.stringContaining('composer') })
  })

  test('a key that is not known is refused and not shown', async () => {
    const answered = await api.call(undefined, 'GET', '/v1/alerts', { key: 'bongsu_not-a-key-of-ours' })
    expect([answered.status, codeOf(answered)]).toEqual([401, 'unknown-key'])
    expect(answered.text).not.toContain('not-a-key')
  })

  test('a key in the query is not looked at', async () => {
    expect((await api.call(undefined, 'GET', `/v1/alerts?access_token=${api.keys.viewer}`)).status).toBe(401)
  })

  test('the body of somebody who may not send it is not read', async () => {
    const answered = await api.call('viewer', 'POST', '/v1/alerts', { body: '{{{', type: 'application/json' })
    expect(answered.status).toBe(403)
  })
})

describe('keys', () => {
  test('are made once, are listed without their secret, and are void when revoked', async () => {
    const made = await api.call('administrator', 'POST', '/v1/keys', { body: { name: 'Lee', role: 'viewer' } })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ name: 'Lee', role: 'viewer', key: expect.stringMatching(/^bongsu_/) })
    const listed = await api.call('administrator', 'GET', '/v1/people')
    expect(listed.text).not.toContain(made.body.key)
    const lee = listed.body.people.find(({ name }: { name: string }) => name === 'Lee')
    expect(lee.keys).toMatchObject([{ role: 'viewer', revokedAt: null }])

    expect((await api.call('administrator', 'DELETE', `/v1/keys/${lee.keys[0].id}`)).status).toBe(204)
    expect((await api.call(undefined, 'GET', '/v1/alerts', { key: made.body.key })).status).toBe(401)
    expect((await api.call('administrator', 'DELETE', `/v1/keys/${lee.keys[0].id}`)).status).toBe(404)
    const acts = (await api.call('auditor', 'GET', '/v1/audit?limit=1000')).body.entries
    expect(acts.map(({ act }: { act: string }) => act)).toContain('key.revoke')
  })

  test('people are made known once', async () => {
    const add = () => api.call('administrator', 'POST', '/v1/people', { body: { name: 'Choi' } })
    expect((await add()).status).toBe(201)
    expect(await add()).toMatchObject({ status: 409, body: { title: 'Person exists' } })
  })

  test('a role that there is not is refused with the ones that there are', async () => {
    const { status, body } = await api.call('administrator', 'POST', '/v1/keys', {
      body: { name: 'Lee', role: 'boss' },
    })
    expect(status).toBe(400)
    expect(body.errors).toMatchObject([{ where: '/role', hint: expect.stringContaining('composer') }])
  })
})

describe('wrong requests', () => {
  test.each([
    ['an address that there is not', 'GET', '/v1/alertz', {}, 404, 'not-found'],
    ['a method that there is not', 'DELETE', '/v1/alerts', {}, 405, 'method-not-allowed'],
    ['a method that there is not, below an id', 'DELETE', `${none}/cap`, {}, 405, 'method-not-allowed'],
    [
      'a body of a type that is not taken',
      'POST',
      '/v1/keys',
      { body: 'a', type: 'image/png' },
      415,
      'unsupported-media-type',
    ],
    ['a body that is not JSON', 'POST', '/v1/keys', { body: '{"a"', type: 'application/json' }, 400, 'bad-body'],
    ['a body that is too large', 'POST', '/v1/keys', { body: { name: 'x'.repeat(2_000_000) } }, 413, 'body-too-large'],
    [
      'a field that is not known',
      'POST',
      '/v1/keys',
      { body: { name: 'a', role: 'viewer', x: 1 } },
      400,
      'bad-request',
    ],
    ['a field that is missing', 'POST', '/v1/keys', { body: { name: 'a' } }, 400, 'bad-request'],
    ['a number as text', 'POST', '/v1/keys', { body: { name: 5, role: 'viewer' } }, 400, 'bad-request'],
    ['an id that is none', 'DELETE', '/v1/keys/abc', {}, 400, 'bad-request'],
    ['a query that is not known', 'GET', '/v1/audit?page=2', {}, 400, 'bad-request'],
  ] as const)('%s', async (_, method, url, options, status, code) => {
    const role = url.startsWith('/v1/audit') ? 'auditor' : 'administrator'
    const answered = await api.call(role, method, url, options)
    expect([answered.status, codeOf(answered)]).toEqual([status, code])
    expect(answered.headers['content-type']).toContain('application/problem+json')
    expect(answered.body).toMatchObject({ status, instance: `urn:uuid:${answered.headers['x-request-id']}` })
    expect(answered.text).not.toMatch(/node_modules|\.ts:\d+/)
    if (status === 405) expect(answered.headers.allow).toMatch(/GET/)
  })

  test('what is our own fault tells the request and nothing else', async () => {
    await api.db.pool.query('ALTER TABLE event_tally RENAME TO hidden')
    try {
      const { status, text, body } = await api.call('viewer', 'GET', '/v1/reports/entry-texts')
      expect(status).toBe(500)
      expect(body).toMatchObject({ title: 'Internal', instance: expect.stringContaining('urn:uuid:') })
      expect(text).not.toMatch(/event_tally|relation|at /)
    } finally {
      await api.db.pool.query('ALTER TABLE hidden RENAME TO event_tally')
    }
  })
})

describe('headers', () => {
  test('nothing is kept, sniffed or framed, and the correlator comes back', async () => {
    const { headers } = await api.call('viewer', 'GET', '/v1/alerts', { headers: { 'x-correlator': 'abc-123' } })
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-correlator': 'abc-123',
    })
  })

  test('a correlator that is none is dropped', async () => {
    const { headers } = await api.call('viewer', 'GET', '/v1/alerts', { headers: { 'x-correlator': 'a b' } })
    expect(headers['x-correlator']).toBeUndefined()
  })
})

describe('health', () => {
  test('alive, ready and measured without a key', async () => {
    expect((await api.call(undefined, 'GET', '/healthz')).body).toEqual({ status: 'ok' })
    expect((await api.call(undefined, 'GET', '/readyz')).body).toEqual({ status: 'ok', silentFeeds: 0 })
    const { text, headers } = await api.call(undefined, 'GET', '/metrics')
    expect(text).toContain('bongsu_segments_sent_total')
    expect(headers['content-type']).toContain('text/plain')
  })

  test('not ready while draining', async () => {
    api.state.ready = false
    try {
      expect((await api.call(undefined, 'GET', '/readyz')).status).toBe(503)
      expect((await api.call(undefined, 'GET', '/healthz')).status).toBe(200)
    } finally {
      api.state.ready = true
    }
  })
})

test('carriers are listed without their secrets, paused and resumed', async () => {
  const list = await api.call('viewer', 'GET', '/v1/carriers')
  expect(list.text).not.toContain('secret-of-the-smsc')
  expect(list.body.carriers).toMatchObject([
    { id: 'north', binds: 1, bindsWanted: 1, held: true, pausedAt: null },
    { id: 'south', binds: null, held: null },
  ])
  const paused = await api.call('approver', 'POST', '/v1/carriers/south/pause')
  expect(paused.body).toMatchObject({ id: 'south', pausedAt: expect.any(String) })
  expect((await api.call('approver', 'POST', '/v1/carriers/south/resume')).body.pausedAt).toBeNull()
  expect(await api.call('approver', 'POST', '/v1/carriers/east/pause')).toMatchObject({ status: 404 })
})

test('a carrier with a transmitter and a receiver wants both, whether this process dispatches or not', async () => {
  const pair = profileOf('pair', 'bind: transmitter+receiver\nbinds: 2')
  const of = { profiles: [pair], reload: async () => [] }
  const other = await startApi({ carriers: of, carrierStatus: () => [] })
  try {
    const { carriers } = (await other.call('viewer', 'GET', '/v1/carriers')).body
    expect(carriers).toMatchObject([{ id: 'pair', binds: null, bindsWanted: 4 }])
  } finally {
    await other.close()
  }
})

test('zones are listed, and shown with their outline', async () => {
  const { zones } = (await api.call('viewer', 'GET', '/v1/zones')).body
  const [first] = zones
  expect(first).toMatchObject({
    id: expect.any(String),
    version: expect.any(Number),
    source: { licence: expect.any(String) },
  })
  expect((await api.call('viewer', 'GET', `/v1/zones/${first.id}`)).body.shapes.length).toBeGreaterThan(0)
  expect(await api.call('viewer', 'GET', `/v1/zones/${first.id}x`)).toMatchObject({
    status: 404,
    body: { hint: `Did you mean "${first.id}"?` },
  })
})

test('the audit log is read page by page, and its hashes chain', async () => {
  const first = (await api.call('auditor', 'GET', '/v1/audit?limit=2')).body
  expect(first.entries).toHaveLength(2)
  const second = (await api.call('auditor', 'GET', `/v1/audit?limit=2&after=${first.next}`)).body
  expect(second.entries[0].previous).toBe(first.entries[1].hash)
  const last = (await api.call('auditor', 'GET', '/v1/audit?after=100000')).body
  expect(last).toEqual({ entries: [], next: null })
})
