import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { registerPeopleCommands } from '../../src/app/people-commands.ts'
import { catchOutput, runCommand } from '../api/command-line.ts'
import { Browser, testSeal } from '../api/people-support.ts'
import { startApi, type TestApi } from '../api/support.ts'

let api: TestApi
const output = catchOutput()

beforeAll(async () => {
  api = await startApi({ seal: testSeal })
})

afterAll(() => api.close())

beforeEach(() => vi.stubEnv('DATABASE_URL', api.db.url))

const bongsu = (...args: string[]) => runCommand(registerPeopleCommands, args)

const lines = () => output.out.split('\n').filter(Boolean)

const statusWith = async (key: string | undefined) =>
  (await api.call(undefined, 'GET', '/v1/alerts', { key: key as string })).status

describe('users', () => {
  test('add prints a key last, and a first password where it is asked for', async () => {
    expect(await bongsu('users', 'add', '--name', 'Kim', '--role', 'composer')).toBeUndefined()
    expect(lines()).toHaveLength(1)
    expect(await statusWith(lines()[0])).toBe(200)
    output.out = ''
    await bongsu(
      'users',
      'add',
      '--name',
      'Lee',
      '--role',
      'approver',
      '--role',
      'auditor',
      '--missions',
      'tokyo',
      '--password',
    )
    const [first, key] = lines()
    expect(await statusWith(key)).toBe(200)
    const signedIn = await new Browser(api).signIn('Lee', first?.replace('first password: ', '') as string)
    expect(signedIn.body).toMatchObject({
      roles: ['approver', 'auditor'],
      missions: ['tokyo'],
      mustChangePassword: true,
    })
  })

  test('add of somebody who is known adds to his roles', async () => {
    await bongsu('users', 'add', '--name', 'More', '--role', 'viewer')
    await bongsu('users', 'add', '--name', 'More', '--role', 'composer')
    output.out = ''
    await bongsu('users', 'list')
    expect(lines().find((line) => line.startsWith('More;'))).toMatch(
      /^More; composer,viewer; key \d+ viewer; key \d+ composer$/,
    )
    expect((await bongsu('users', 'add', '--name', 'More', '--role', 'administrator'))?.code).toBe('role-conflict')
  })

  test('disable and enable a person, reset makes a password, and a name that is wrong is named', async () => {
    await bongsu('users', 'add', '--name', 'Park', '--role', 'viewer')
    const [key] = lines()
    await bongsu('users', 'disable', 'Park')
    expect(await statusWith(key)).toBe(401)
    await bongsu('users', 'enable', 'Park')
    expect(await statusWith(key)).toBe(200)
    output.out = ''
    await bongsu('users', 'reset', 'Park')
    expect((await new Browser(api).signIn('Park', lines()[0] as string)).status).toBe(201)
    expect((await bongsu('users', 'disable', 'Parc'))?.hint).toBe('Did you mean "Park"?')
    expect((await bongsu('users', 'add', '--name', 'X', '--role', 'aprover'))?.hint).toBe('Did you mean "approver"?')
  })
})

describe('keys', () => {
  test('add takes a label, an end and scopes; revoke makes one void', async () => {
    await bongsu(
      'keys',
      'add',
      '--name',
      'Dash',
      '--role',
      'viewer',
      '--label',
      'wall',
      '--expires',
      '90d',
      '--scopes',
      'alerts:read',
    )
    const [key] = lines()
    expect(await statusWith(key)).toBe(200)
    expect((await api.call(undefined, 'GET', '/v1/zones', { key: key as string })).status).toBe(403)
    const { rows } = await api.db.pool.query("SELECT id, expires_at FROM api_key WHERE label = 'wall'")
    expect(rows[0].expires_at.getTime()).toBeGreaterThan(Date.now() + 89 * 86_400_000)
    output.out = ''
    await bongsu('users', 'list')
    expect(lines().find((line) => line.startsWith('Dash;'))).toContain(`key ${rows[0].id} viewer wall until `)
    expect(await bongsu('keys', 'revoke', String(rows[0].id))).toBeUndefined()
    expect((await bongsu('keys', 'revoke', String(rows[0].id)))?.code).toBe('key-unknown')
    expect((await bongsu('keys', 'add', '--name', 'Dash', '--role', 'viewer', '--scopes', 'alert'))?.code).toBe(
      'unknown-scope',
    )
    expect((await bongsu('keys', 'revoke', 'abc'))?.code).toBe('bad-key-id')
  })
})
