import { Command } from 'commander'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { registerPeopleCommands } from '../../src/app/people-commands.ts'
import { Problem } from '../../src/lib/problem.ts'
import { catchOutput } from '../api/command-line.ts'
import { Browser, testSeal } from '../api/people-support.ts'
import { startApi, type TestApi } from '../api/support.ts'

let api: TestApi
let out: string[] = []

beforeAll(async () => {
  api = await startApi({ seal: testSeal })
})

afterAll(() => api.close())

beforeEach(() => {
  out = []
  catchOutput('stdout', (text) => out.push(...text.split('\n').filter(Boolean)))
  vi.stubEnv('DATABASE_URL', api.db.url)
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** Runs a command as main.ts does; returns the Problem that it would print. */
async function bongsu(...args: string[]): Promise<Problem | undefined> {
  const program = new Command('bongsu').exitOverride()
  registerPeopleCommands(program)
  try {
    await program.parseAsync(args, { from: 'user' })
    return undefined
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

const statusWith = async (key: string | undefined) =>
  (await api.call(undefined, 'GET', '/v1/alerts', { key: key as string })).status

describe('users', () => {
  test('add prints a key last, and a first password where it is asked for', async () => {
    expect(await bongsu('users', 'add', '--name', 'Kim', '--role', 'composer')).toBeUndefined()
    expect(out).toHaveLength(1)
    expect(await statusWith(out[0])).toBe(200)
    out = []
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
    const [first, key] = out
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
    out = []
    await bongsu('users', 'list')
    expect(out.find((line) => line.startsWith('More;'))).toMatch(
      /^More; composer,viewer; key \d+ viewer; key \d+ composer$/,
    )
    expect((await bongsu('users', 'add', '--name', 'More', '--role', 'administrator'))?.code).toBe('role-conflict')
  })

  test('disable and enable a person, reset makes a password, and a name that is wrong is named', async () => {
    await bongsu('users', 'add', '--name', 'Park', '--role', 'viewer')
    const [key] = out
    await bongsu('users', 'disable', 'Park')
    expect(await statusWith(key)).toBe(401)
    await bongsu('users', 'enable', 'Park')
    expect(await statusWith(key)).toBe(200)
    out = []
    await bongsu('users', 'reset', 'Park')
    expect((await new Browser(api).signIn('Park', out[0] as string)).status).toBe(201)
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
    const [key] = out
    expect(await statusWith(key)).toBe(200)
    expect((await api.call(undefined, 'GET', '/v1/zones', { key: key as string })).status).toBe(403)
    const { rows } = await api.db.pool.query("SELECT id, expires_at FROM api_key WHERE label = 'wall'")
    expect(rows[0].expires_at.getTime()).toBeGreaterThan(Date.now() + 89 * 86_400_000)
    out = []
    await bongsu('users', 'list')
    expect(out.find((line) => line.startsWith('Dash;'))).toContain(`key ${rows[0].id} viewer wall until `)
    expect(await bongsu('keys', 'revoke', String(rows[0].id))).toBeUndefined()
    expect((await bongsu('keys', 'revoke', String(rows[0].id)))?.code).toBe('key-unknown')
    expect((await bongsu('keys', 'add', '--name', 'Dash', '--role', 'viewer', '--scopes', 'alert'))?.code).toBe(
      'unknown-scope',
    )
    expect((await bongsu('keys', 'revoke', 'abc'))?.code).toBe('bad-key-id')
  })
})
