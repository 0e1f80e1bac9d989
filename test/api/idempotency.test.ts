import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())

const people = async () => {
  const { body } = await api.call('administrator', 'GET', '/v1/people?limit=500')
  return body.people as { name: string; keys: unknown[] }[]
}
const keysOf = async (name: string) => (await people()).find((one) => one.name === name)?.keys.length ?? 0
const addKey = (name: string, key: string, more: { role?: string; headers?: Record<string, string> } = {}) =>
  api.call('administrator', 'POST', '/v1/keys', {
    body: { name, role: more.role ?? 'viewer' },
    headers: { 'idempotency-key': key, ...more.headers },
  })

test('a request that is sent again gets the first answer and makes nothing', async () => {
  const key = randomUUID()
  const first = await addKey('again', key)
  const again = await addKey('again', key)
  expect(first.status).toBe(201)
  expect([again.status, again.text, again.headers['content-type']]).toEqual([
    first.status,
    first.text,
    first.headers['content-type'],
  ])
  expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true'])
  expect(await keysOf('again')).toBe(1)
})

test('of many at once one is done, and the others are told that it is under way or what it answered', async () => {
  const key = randomUUID()
  const answers = await Promise.all(Array.from({ length: 12 }, () => addKey('at-once', key)))
  const made = new Set(answers.filter(({ status }) => status === 201).map(({ text }) => text))
  expect(made.size).toBe(1)
  for (const answer of answers.filter(({ status }) => status !== 201)) {
    expect([answer.status, codeOf(answer)]).toEqual([409, 'request-under-way'])
  }
  expect(await keysOf('at-once')).toBe(1)
})

test('the key of another request is refused, whatever differs', async () => {
  const key = randomUUID()
  await addKey('first', key)
  const other = await addKey('second', key)
  expect([other.status, codeOf(other)]).toEqual([422, 'idempotency-key-reused'])
  const elsewhere = await api.call('administrator', 'POST', '/v1/people', {
    body: { name: 'first' },
    headers: { 'idempotency-key': key },
  })
  expect(codeOf(elsewhere)).toBe('idempotency-key-reused')
  expect(await keysOf('second')).toBe(0)
})

test("a key is one person's: another who uses the same gets nothing of his answer", async () => {
  const key = randomUUID()
  const drafted = await api.call('composer', 'POST', '/v1/alerts', {
    body: { severity: 'nonsense' },
    headers: { 'idempotency-key': key },
  })
  expect(drafted.status).toBeGreaterThanOrEqual(400)
  const made = await addKey('own', key)
  expect([made.status, made.headers['idempotency-replayed']]).toEqual([201, undefined])
})

test('a refused request frees its key, so that what was wrong can be put right', async () => {
  const key = randomUUID()
  const headers = { 'idempotency-key': key }
  const body = { id: `again-${key}`, name: 'A zone', shapes: [{ kind: 'circle', center: [0, 0], radiusKm: -1 }] }
  const refused = await api.call('composer', 'POST', '/v1/zones', { body, headers })
  expect(refused.status).toBe(422)
  const { rows } = await api.db.pool.query('SELECT FROM idempotency WHERE key = $1', [key])
  expect(rows).toHaveLength(0)
})

test('a request that was broken off is not done again: whoever asks is told to look', async () => {
  const key = randomUUID()
  await addKey('lost', key)
  await api.db.pool.query(
    `UPDATE idempotency SET status = NULL, headers = NULL, answer = NULL, at = now() - interval '2 minutes' WHERE key = $1`,
    [key],
  )
  const again = await addKey('lost', key)
  expect([again.status, codeOf(again)]).toEqual([409, 'request-lost'])
  expect(await keysOf('lost')).toBe(1)
})

test('a request that failed on our side may have been done: it is not done again either', async () => {
  const key = randomUUID()
  await api.db.pool.query('ALTER TABLE api_key ADD CONSTRAINT none_now CHECK (false) NOT VALID')
  const failed = await addKey('failed', key).finally(() =>
    api.db.pool.query('ALTER TABLE api_key DROP CONSTRAINT none_now'),
  )
  expect(failed.status).toBe(500)
  const again = await addKey('failed', key)
  expect([again.status, codeOf(again)]).toEqual([409, 'request-lost'])
  expect(await keysOf('failed')).toBe(0)
})

test('after a day a key is free', async () => {
  const key = randomUUID()
  await addKey('yesterday', key)
  await api.db.pool.query(`UPDATE idempotency SET at = now() - interval '25 hours' WHERE key = $1`, [key])
  expect((await addKey('today', key)).status).toBe(201)
  expect(await keysOf('today')).toBe(1)
})

test('secrets of answers are not readable in the database', async () => {
  const key = randomUUID()
  const { body } = await addKey('secret', key)
  const { rows } = await api.db.pool.query<{ answer: Buffer }>('SELECT answer FROM idempotency WHERE key = $1', [key])
  expect(rows[0]?.answer.length).toBeGreaterThan(body.key.length)
  expect(rows[0]?.answer.includes(body.key)).toBe(false)
})

test.each(['', 'a"b', 'ü', 'x'.repeat(129), 'two words'])('refuses the key "%s"', async (key) => {
  const answered = await addKey('never', key)
  expect([answered.status, codeOf(answered)]).toEqual([400, 'bad-idempotency-key'])
})

test('takes the key in quotes, as the draft has it', async () => {
  const key = randomUUID()
  const first = await addKey('quoted', `"${key}"`)
  expect((await addKey('quoted', key)).text).toBe(first.text)
})

test('without a secret key of the engine it is refused, not ignored', async () => {
  const bare = await startApi({ seal: undefined })
  try {
    const answered = await bare.call('administrator', 'POST', '/v1/keys', {
      body: { name: 'x', role: 'viewer' },
      headers: { 'idempotency-key': 'k' },
    })
    expect([answered.status, codeOf(answered)]).toEqual([503, 'secret-key-missing'])
  } finally {
    await bare.close()
  }
})
