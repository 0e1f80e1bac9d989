import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CarrierChange } from '../../src/carriers/changes.ts'
import { type Smsc, startSmsc } from '../../src/simulator/smsc.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import { bongsu, type CliProcess, endAll } from './cli-process.ts'

const adminKey = 'bootstrap-key-of-the-tests'

let dir: string
let smsc: Smsc
let relay: Relay
let database: TestDatabase
let engine: CliProcess
let url: string
let env: Record<string, string>

const profileFile = (id: string, ...lines: string[]) =>
  writeFile(
    join(dir, `${id}.yaml`),
    `id: ${id}
reaches: [{ population: residents }]
links: [{ host: 127.0.0.1, port: ${relay.port} }]
systemId: bongsu
password: \${TEST_SMPP_PASSWORD}
source: { addr: "82232100404" }
timers: { reconnect: [50ms, 500ms] }
${lines.join('\n')}
`,
  )

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bongsu-reload-'))
  smsc = await startSmsc({ password: 'secret' })
  relay = await startRelay(smsc.port)
  await profileFile('one', 'throughput: 100')
  await profileFile('two', 'throughput: 100')
  await writeFile(join(dir, 'password'), 'first\n')
  database = await cloneDatabase()
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  env = {
    DATABASE_URL: database.url,
    BONGSU_PORT: String(port),
    BONGSU_CARRIERS_DIR: dir,
    BONGSU_BOOTSTRAP_KEY: adminKey,
    TEST_SMPP_PASSWORD_FILE: join(dir, 'password'),
  }
  engine = bongsu(['serve'], env)
  await engine.says(/bongsu is up/)
})

afterAll(async () => {
  await endAll()
  await relay.close()
  await smsc.close()
  await database.drop()
  await rm(dir, { recursive: true, force: true })
})

async function call(method: string, path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${url}/v1${path}`, { method, headers: { authorization: `Bearer ${adminKey}` } })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

interface CarrierView {
  readonly id: string
  readonly throughput: number
  readonly binds: number
  readonly each: readonly { readonly boundAt: string }[]
}
const carriers = async () => (await call('GET', '/carriers')).body.carriers as CarrierView[]
const reload = async () => (await call('POST', '/carriers/reload')).body.carriers as CarrierChange[]

it('reads the profiles again by the API, for all that asks for them, and without touching a bind', async () => {
  await expect.poll(async () => (await carriers()).map(({ binds }) => binds)).toEqual([1, 1])
  const before = await carriers()
  expect(await reload()).toMatchObject([{ change: 'unchanged' }, { change: 'unchanged' }])
  await profileFile('one', 'throughput: 250', 'supports: { query: true }')
  expect(await reload()).toEqual([
    { id: 'one', change: 'changed', keys: ['supports', 'throughput'] },
    { id: 'two', change: 'unchanged', keys: [] },
  ])
  const after = await carriers()
  expect(after.map(({ throughput }) => throughput)).toEqual([250, 100])
  expect(after.map(({ each }) => each)).toEqual(before.map(({ each }) => each))
  expect(relay.passwords).toEqual(['first', 'first'])
})

it('takes a password that was rotated in its file on SIGHUP, and carriers that came and went', async () => {
  await writeFile(join(dir, 'password'), 'second\n')
  await rm(join(dir, 'two.yaml'))
  await profileFile('three', 'throughput: 30')
  engine.child.kill('SIGHUP')
  await expect
    .poll(async () => (await carriers()).map(({ id, binds }) => [id, binds]))
    .toEqual([
      ['one', 1],
      ['three', 1],
    ])
  await expect.poll(() => [...relay.passwords].sort()).toEqual(['first', 'first', 'second', 'second'])
  await expect.poll(() => relay.open).toBe(2)
})

it('changes nothing where a profile cannot be used, or would turn exercises into alerts, and says why', async () => {
  await profileFile('one', 'throughput: 0')
  await profileFile('three', 'throughput: 31')
  expect(await call('POST', '/carriers/reload')).toMatchObject({
    status: 400,
    body: { errors: [{ detail: 'one.yaml cannot be used' }, { where: 'one.yaml/throughput' }] },
  })
  engine.child.kill('SIGHUP')
  await engine.says(/cannot be read again; nothing has changed/)
  await profileFile('one', 'throughput: 250', 'live: false')
  expect(await call('POST', '/carriers/reload')).toMatchObject({
    status: 409,
    body: { errors: [{ code: 'carrier-live-changed', where: 'one.yaml/live' }] },
  })
  expect((await carriers()).map(({ throughput }) => throughput)).toEqual([250, 30])
})

it('is a command of an administrator, and in the audit log', async () => {
  await profileFile('one', 'throughput: 251')
  const told = bongsu(['carriers', 'reload'], { BONGSU_URL: url, BONGSU_API_KEY: adminKey })
  expect(await told.ended, told.err()).toBe(0)
  expect(told.out()).toBe('one: changed (supports, throughput)\nthree: changed (throughput)\n')
  const key = bongsu(['keys', 'add', '--role', 'approver', '--name', 'Lee'], { DATABASE_URL: database.url })
  expect(await key.ended, key.err()).toBe(0)
  const approver = key.out().trim().split('\n').at(-1) as string
  const refused = bongsu(['carriers', 'reload'], { BONGSU_URL: url, BONGSU_API_KEY: approver })
  expect(await refused.ended).toBe(1)
  const verify = bongsu(['audit', 'verify'], { DATABASE_URL: database.url })
  expect(await verify.ended, verify.err()).toBe(0)
  engine.child.kill('SIGTERM')
  expect(await engine.ended).toBe(0)
})
