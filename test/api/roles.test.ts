import type { Readable } from 'node:stream'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROLES, type Role } from '../../src/alerts/lifecycle.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { type Browser, newcomer } from './people-support.ts'
import { type Row, roleTable } from './role-table.ts'
import { startApi, type TestApi } from './support.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())

/** Of nothing that there is, so that nothing is changed; each well formed. */
const params: Readonly<Record<string, string>> = {
  id: '00000000-0000-4000-8000-000000000000',
  otherId: '00000000-0000-4000-8000-000000000001',
  msisdn: '821099999999',
  broadcastId: '202601000001',
  seq: '1',
  year: '2020',
  name: 'nothing-2020',
  language: 'xx',
  term: 'nothing',
}

const urlOf = ({ path }: Row) => {
  const numbered = /^\/v1\/(people|keys|inbox)\//.test(path)
  return path.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === 'id' && numbered ? '999999999' : (params[name] as string),
  )
}
const nameOf = ({ method, path }: Row) => `${method} ${path}`

let asked = 0

/** Status and code; a stream is not read to its end, which may never come. */
async function ask(options: InjectOptions): Promise<{ status: number; code: string | undefined }> {
  // Each from elsewhere: so many wrong keys from one address would be slowed down.
  const remoteAddress = `2001:db8:${(++asked).toString(16)}::1`
  const response = (await api.app.inject({
    ...options,
    remoteAddress,
    payloadAsStream: true,
  })) as LightMyRequestResponse
  const stream = response.stream() as Readable
  if (!/problem/.test(String(response.headers['content-type']))) {
    stream.on('error', () => undefined).destroy()
    return { status: response.statusCode, code: undefined }
  }
  let text = ''
  for await (const part of stream) text += part
  if (text === '') return { status: response.statusCode, code: undefined }
  const { type } = JSON.parse(text) as { type: string }
  return { status: response.statusCode, code: type.split('/').at(-1) }
}

const byKey = (row: Row, key: string | undefined, method: string = row.method) =>
  ask({
    method: method as 'GET',
    url: urlOf(row),
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  })

test('the table has a row for every operation of the document, and no other', () => {
  const document = api.app.swagger() as { paths?: Record<string, object> }
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(roleTable.map(nameOf).sort()).toEqual(operations.sort())
})

test.each(ROLES)('a key of the role %s opens what the table says and nothing else', async (role: Role) => {
  const wrong: string[] = []
  for (const row of roleTable) {
    const { status, code } = await byKey(row, api.keys[role])
    const may = row.who === 'everybody' ? 'x' : row.who[role]
    const closed = code === 'forbidden' ? '.' : code === 'session-only' ? 's' : undefined
    const answered = closed ?? (status === 401 || status === 429 || status >= 500 ? `${status}` : 'x')
    // A key that may not is told so, or that no key may.
    if (answered !== may && !(may === '.' && closed === 's')) {
      wrong.push(`${nameOf(row)}: ${may} in the table, answered ${answered} (${status} ${code})`)
    }
    // A GET route answers HEAD too.
    if (row.method === 'GET') {
      const head = await byKey(row, api.keys[role], 'HEAD')
      if ((head.status === 403) !== (status === 403)) wrong.push(`HEAD ${row.path}: ${head.status}, GET ${status}`)
    }
  }
  expect(wrong).toEqual([])
})

const closed = async (key: string | undefined, code: string) => {
  const wrong: string[] = []
  for (const row of roleTable) {
    const answered = await byKey(row, key)
    const open = answered.status !== 401
    if (open !== (row.who === 'everybody') || (!open && answered.code !== code))
      wrong.push(`${nameOf(row)}: ${answered.status} ${answered.code}`)
  }
  expect(wrong).toEqual([])
}

test('without a key nothing opens but what is for everybody', () => closed(undefined, 'missing-key'))

test('nor with a key that was revoked', async () => {
  const key = await addKey(api.db, 'revoked', 'auditor', 'test')
  await api.db.pool.query(`UPDATE api_key SET revoked_at = now()
    WHERE person_id = (SELECT id FROM person WHERE name = 'revoked')`)
  await closed(key, 'unknown-key')
})

test('nor with a key that has expired', async () => {
  const key = await addKey(api.db, 'expired', 'auditor', 'test')
  await api.db.pool.query(`UPDATE api_key SET expires_at = now() - interval '1 second'
    WHERE person_id = (SELECT id FROM person WHERE name = 'expired')`)
  await closed(key, 'unknown-key')
})

/** Of the roles that one person may hold together. */
const persons: readonly (readonly Role[])[] = [['viewer', 'composer', 'approver', 'auditor'], ['administrator']]

test.each(persons.map((roles) => [roles.join(', '), roles] as const))(
  'a session of %s changes nothing without its token, and may with it what the table says',
  async (_, roles) => {
    const { browser } = await newcomer(api, `by session: ${roles[0]}`, { roles })
    const wrong: string[] = []
    // What ends the session comes last.
    const rows = [...roleTable].sort((a, b) => Number(endsIt(a)) - Number(endsIt(b)))
    for (const row of rows) {
      if (row.who === 'everybody') continue
      const { who } = row
      const may = roles.some((role) => who[role] !== '.')
      const bare = await bySession(browser, row, {})
      const safe = row.method === 'GET'
      if (!safe && bare.code !== 'csrf-token-missing')
        wrong.push(`${nameOf(row)} without a token: ${bare.status} ${bare.code}`)
      const { status, code } = await bySession(browser, row, { 'x-csrf-token': browser.csrf as string })
      if ((status === 401 || code === 'forbidden' || code === 'session-only') === may)
        wrong.push(`${nameOf(row)}: ${status} ${code}`)
    }
    expect(wrong).toEqual([])
  },
)

const endsIt = ({ method, path }: Row) => method === 'DELETE' && path === '/v1/sessions/current'

const bySession = (browser: Browser, row: Row, headers: Record<string, string>) =>
  ask({
    method: row.method,
    url: urlOf(row),
    headers: { cookie: `bongsu_session=${browser.cookie}`, origin: 'http://localhost', ...headers },
  })

test('mission staff reach what the table says; one whose missions are in no list sees no alert', async () => {
  const wrong: string[] = []
  for (const role of ['composer', 'approver', 'auditor', 'viewer'] as const) {
    const { browser } = await newcomer(api, `of a mission: ${role}`, { roles: [role], missions: ['tokyo'] })
    const rows = [...roleTable].sort((a, b) => Number(endsIt(a)) - Number(endsIt(b)))
    for (const row of rows) {
      if (row.who === 'everybody' || row.who[role] === '.') continue
      const { status, code } = await bySession(browser, row, { 'x-csrf-token': browser.csrf as string })
      if ((code !== 'not-for-missions') !== row.missions) wrong.push(`${role} ${nameOf(row)}: ${status} ${code}`)
    }
  }
  expect(wrong).toEqual([])
})
