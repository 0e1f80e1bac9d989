import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addKey } from '../../src/store/people/keys.ts'
import { openDesk } from './desk.ts'
import { Browser, goodPassword, newcomer, testSeal } from './people-support.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi({ seal: testSeal })
})

afterAll(() => api.close())

const add = (body: object) => api.call('administrator', 'POST', '/v1/people', { body })
const change = (id: number, body: object) => api.call('administrator', 'PATCH', `/v1/people/${id}`, { body })
const key = (body: object) => api.call('administrator', 'POST', '/v1/keys', { body })
const listed = async (name: string) =>
  (await api.call('administrator', 'GET', '/v1/people')).body.people.find((one: { name: string }) => one.name === name)

test('a name that reads like another one is refused: nobody becomes his own second person by a letter', async () => {
  expect((await key({ name: 'Cho Min', role: 'composer' })).status).toBe(201)
  for (const name of ['cho min', 'Cho  Min', 'CHO MIN', 'Ｃho Min']) {
    expect([name, codeOf(await key({ name, role: 'approver' }))]).toEqual([name, 'person-name-taken'])
    expect([name, codeOf(await add({ name, roles: ['approver'] }))]).toEqual([name, 'person-name-taken'])
  }
  expect((await key({ name: 'Cho Min', role: 'approver' })).status).toBe(201)
  const [one, other] = await Promise.all([add({ name: 'Bae' }), add({ name: 'bae' })])
  expect([one.status, other.status].sort()).toEqual([201, 409])
})

describe('an administrator', () => {
  test.each(['composer', 'approver'])('is never a %s too, whatever is made first', async (role) => {
    const both = `both ${role}`
    expect((await key({ name: both, role: 'administrator' })).status).toBe(201)
    const refused = await key({ name: both, role })
    expect([refused.status, codeOf(refused)]).toEqual([409, 'role-conflict'])

    const other = `other ${role}`
    expect((await key({ name: other, role })).status).toBe(201)
    expect(codeOf(await key({ name: other, role: 'administrator' }))).toBe('role-conflict')
    const { id } = await listed(other)
    expect(codeOf(await change(id, { roles: ['administrator'] }))).toBe('role-conflict')
    expect(codeOf(await add({ name: `new ${role}`, roles: ['administrator', role] }))).toBe('role-conflict')
    expect(await listed(`new ${role}`)).toBeUndefined()
  })

  test('is made of a composer once his keys and roles are gone', async () => {
    const made = await add({ name: 'Turned', roles: ['composer'] })
    await key({ name: 'Turned', role: 'composer' })
    expect(codeOf(await change(made.body.id, { roles: ['administrator'] }))).toBe('role-conflict')
    const [{ id }] = (await listed('Turned')).keys
    await api.call('administrator', 'DELETE', `/v1/keys/${id}`)
    const turned = await change(made.body.id, { roles: ['administrator'] })
    expect([turned.status, turned.body.roles]).toEqual([200, ['administrator']])
  })

  test('of two made at once of one person, one is refused', async () => {
    const made = await Promise.allSettled([
      addKey(api.db, 'at once', 'administrator', 'test'),
      addKey(api.db, 'at once', 'approver', 'test'),
    ])
    expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('changes nobody’s rights but others’', async () => {
    const { id } = await listed('administrator')
    expect(codeOf(await change(id, { disabled: true }))).toBe('oneself')
    expect(codeOf(await change(id, { roles: ['auditor'] }))).toBe('oneself')
    expect(codeOf(await api.call('administrator', 'POST', `/v1/people/${id}/reset`))).toBe('oneself')
  })
})

describe('who is disabled', () => {
  test('is signed out at once, and his keys are void within three seconds, until he is enabled again', async () => {
    const { id, browser } = await newcomer(api, 'Gone', { roles: ['approver'] })
    const { body } = await key({ name: 'Gone', role: 'approver' })
    const byKey = async () => (await api.call(undefined, 'GET', '/v1/alerts', { key: body.key })).status
    expect(await byKey()).toBe(200)
    const disabled = await change(id, { disabled: true })
    expect(disabled.body.disabledAt).not.toBeNull()
    expect((await browser.ask('GET', '/v1/alerts')).status).toBe(401)
    await expect.poll(byKey, { timeout: 5_000, interval: 200 }).toBe(401)
    expect((await new Browser(api).signIn('Gone', goodPassword)).status).toBe(401)
    expect(codeOf(await key({ name: 'Gone', role: 'viewer' }))).toBe('person-disabled')
    expect(codeOf(await api.call('administrator', 'POST', `/v1/people/${id}/reset`))).toBe('person-disabled')

    await change(id, { disabled: false })
    expect(await byKey()).toBe(200)
    expect((await browser.ask('GET', '/v1/alerts')).status).toBe(401)
  })

  test('does nothing about an alert from that moment on, though his key is still believed', async () => {
    const made = await add({ name: 'Going' })
    const { body } = await key({ name: 'Going', role: 'composer' })
    const desk = openDesk(api)
    const id = await desk.draft()
    const submit = () => api.call(undefined, 'POST', `/v1/alerts/${id}/submit`, { key: body.key })
    expect((await api.call(undefined, 'GET', `/v1/alerts/${id}`, { key: body.key })).status).toBe(200)
    await api.db.pool.query('UPDATE person SET disabled_at = now() WHERE id = $1', [made.body.id])
    const refused = await submit()
    expect([401, 403]).toContain(refused.status)
    expect((await desk.view(id)).body.phase).toBe('draft')
  })

  test('or reset while he signs in is not let in, whichever comes first', async () => {
    const made = await add({ name: 'Racing', roles: ['viewer'], password: true })
    let { password } = made.body
    for (let round = 0; round < 4; round++) {
      const browser = new Browser(api)
      await Promise.all([browser.signIn('Racing', password), change(made.body.id, { disabled: true })])
      await change(made.body.id, { disabled: false })
      expect((await browser.ask('GET', '/v1/sessions/current')).status).toBe(401)
      await api.db.pool.query('TRUNCATE sign_in_attempt')
      const reset = api.call('administrator', 'POST', `/v1/people/${made.body.id}/reset`)
      await Promise.all([browser.signIn('Racing', password), reset])
      expect((await browser.ask('GET', '/v1/sessions/current')).status).toBe(401)
      password = (await reset).body.password
    }
  })

  test('and who is reset begins anew, without the second factor that he lost', async () => {
    const { id, browser } = await newcomer(api, 'Reset', { roles: ['viewer'] })
    const { body, status } = await api.call('administrator', 'POST', `/v1/people/${id}/reset`)
    expect(status).toBe(200)
    expect((await browser.ask('GET', '/v1/alerts')).status).toBe(401)
    expect((await browser.signIn('Reset', goodPassword)).status).toBe(401)
    const again = await browser.signIn('Reset', body.password)
    expect(again.body).toMatchObject({ mustChangePassword: true, secondFactor: false })
    expect(await listed('Reset')).toMatchObject({ secondFactor: false, recoveryCodes: 0 })
  })
})

describe('a key', () => {
  test('is void from its end on', async () => {
    expect(codeOf(await key({ name: 'Past', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' }))).toBe('expires-past')
    const { body } = await key({ name: 'Short', role: 'viewer', label: 'dashboard', expiresAt: '2099-01-01T00:00:00Z' })
    const ask = async () => (await api.call(undefined, 'GET', '/v1/alerts', { key: body.key })).status
    expect(await ask()).toBe(200)
    expect((await listed('Short')).keys).toMatchObject([
      { label: 'dashboard', expiresAt: expect.stringMatching(/^2099/) },
    ])
    await api.db.pool.query("UPDATE api_key SET expires_at = now() WHERE label = 'dashboard'")
    await expect.poll(ask, { timeout: 5_000, interval: 200 }).toBe(401)
  })

  test('with scopes opens these parts of the API alone', async () => {
    const { body } = await key({ name: 'Scoped', role: 'composer', scopes: ['alerts:read', 'zones'] })
    const ask = async (method: 'GET' | 'POST', url: string) => {
      const answered = await api.call(undefined, method, url, {
        key: body.key,
        ...(method === 'POST' ? { body: {} } : {}),
      })
      return answered.status === 403 ? codeOf(answered) : answered.status
    }
    expect(await ask('GET', '/v1/alerts')).toBe(200)
    expect(await ask('GET', '/v1/zones')).toBe(200)
    expect(await ask('POST', '/v1/alerts')).toBe('out-of-scope')
    expect(await ask('POST', '/v1/zones')).toBe(400)
    expect(await ask('GET', '/v1/carriers')).toBe('out-of-scope')
    expect(await ask('GET', '/v1/audit')).toBe('forbidden')
    const unknown = await key({ name: 'Scoped', role: 'composer', scopes: ['everything'] })
    expect(unknown.status).toBe(400)
  })

  test('that nobody has slows down who tries many, not who has one', async () => {
    const from = { 'x-forwarded-for': '192.0.2.77' }
    const guess = (i: number) => api.call(undefined, 'GET', '/v1/zones', { key: `bongsu_guess${i}`, headers: from })
    const statuses: number[] = []
    for (let i = 0; i < 130; i++) statuses.push((await guess(i)).status)
    expect(statuses.slice(0, 100)).toEqual(Array(100).fill(401))
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0)
    expect(Number((await guess(131)).headers['retry-after'])).toBeGreaterThan(0)
    expect((await api.call('viewer', 'GET', '/v1/zones')).status).toBe(200)
    expect((await api.call('viewer', 'GET', '/v1/zones', { headers: from })).status).toBe(200)
  })
})

test('acts about people are in the audit log', async () => {
  const { entries } = (await api.call('auditor', 'GET', '/v1/audit?limit=1000')).body
  const acts = new Set(entries.map(({ act }: { act: string }) => act))
  for (const act of [
    'person.add',
    'person.roles',
    'person.disable',
    'person.enable',
    'person.reset',
    'key.add',
    'session.open',
    'password.change',
    'second-factor.confirm',
  ]) {
    expect(acts).toContain(act)
  }
})
