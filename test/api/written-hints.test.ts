import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type TestApi } from './support.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())

type Schema = Record<string, unknown>

/** Every schema of a document that asks for a pattern, with where it stands. */
function patterns(value: unknown, path = ''): [path: string, schema: Schema][] {
  if (typeof value !== 'object' || value === null) return []
  const own = typeof (value as Schema).pattern === 'string' ? [[path, value] as [string, Schema]] : []
  return [...own, ...Object.entries(value).flatMap(([name, member]) => patterns(member, `${path}/${name}`))]
}

test('whatever may be written wrongly in a request says in words how it is written', () => {
  const { paths } = api.app.swagger() as unknown as { paths: Record<string, Record<string, Schema>> }
  const operations = Object.values(paths).flatMap((one) => Object.values(one))
  const asked = operations.flatMap(({ operationId, parameters, requestBody }) =>
    patterns({ parameters, requestBody }, String(operationId)),
  )
  expect(asked.length).toBeGreaterThan(50)
  const silent = asked.filter(([, schema]) => typeof schema['x-form'] !== 'string')
  expect(silent.map(([path]) => path)).toEqual([])
})

test.each([
  ['GET', '/v1/alerts?limit=0', undefined, 'query/limit', undefined],
  ['GET', '/v1/alerts?colour=red', undefined, 'query/colour', undefined],
  ['DELETE', '/v1/keys/x', undefined, 'path/id', undefined],
  ['GET', '/v1/webhooks/x', undefined, 'path/id', 'It is to be: a UUID like 6f1c2a4e-93d0-4b57-8e21-0c5d7a9b3f14.'],
  [
    'POST',
    '/v1/keys',
    { name: ' Kim', role: 'viewer' },
    '/name',
    'It is to be: a name of one line, without spaces at its ends.',
  ],
  [
    'POST',
    '/v1/privacy/erase',
    { msisdn: '821012345678', reason: ' ' },
    '/reason',
    'It is to be: words, not white space alone.',
  ],
] as const)('%s %s says where it is wrong, and how it is written', async (method, url, body, where, hint) => {
  const answered = await api.call('administrator', method, url, body === undefined ? {} : { body })
  expect(answered.status).toBe(400)
  expect(answered.body.errors).toHaveLength(1)
  expect(answered.body.errors[0]).toMatchObject({ where, ...(hint === undefined ? {} : { hint }) })
})

test('a key is made with the id that makes it void', async () => {
  const made = await api.call('administrator', 'POST', '/v1/keys', { body: { name: 'Kim', role: 'viewer' } })
  const { key, id } = made.body
  expect((await api.call(undefined, 'GET', '/v1/alerts', { key })).status).toBe(200)
  const { people } = (await api.call('administrator', 'GET', '/v1/people')).body
  const kim = people.find(({ name }: { name: string }) => name === 'Kim')
  expect(kim.keys.map((one: { id: number }) => one.id)).toEqual([id])
  expect((await api.call('administrator', 'DELETE', `/v1/keys/${id}`)).status).toBe(204)
})
