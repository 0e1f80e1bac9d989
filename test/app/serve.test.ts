import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { writeCapXml } from '../../src/alerts/cap-write.ts'
import { rebase } from '../../src/alerts/rebase.ts'
import { type Smsc, startSmsc } from '../../src/simulator/smsc.ts'
import { demoCap } from '../alerts/sample.ts'
import { cloneDatabase, emptyDatabase, type TestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { bongsu, type CliProcess, endAll } from './cli-process.ts'

const adminKey = 'bootstrap-key-of-the-tests'

let dir: string
let smsc: Smsc

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bongsu-serve-'))
  smsc = await startSmsc({ password: 'secret', receipts: { delayMs: 50 }, latencyMs: { mean: 20 } })
  await writeFile(
    join(dir, 'test.yaml'),
    `id: test
reaches: [{ population: residents }, { population: roamers }]
links: [{ host: 127.0.0.1, port: ${smsc.port} }]
systemId: bongsu
password: \${TEST_SMPP_PASSWORD}
throughput: 400
window: 20
binds: 2
source: { addr: "82232100404" }
timers: { enquireLink: 30s, response: 2s, reconnect: [50ms, 500ms] }
`,
  )
})

afterAll(async () => {
  await endAll()
  await smsc.close()
  await rm(dir, { recursive: true, force: true })
})

/** An engine as a process, with the keys of two people. */
async function serve(database: TestDatabase, extra: Record<string, string> = {}) {
  const port = await freePort()
  const env = {
    DATABASE_URL: database.url,
    BONGSU_PORT: String(port),
    BONGSU_CARRIERS_DIR: dir,
    BONGSU_BOOTSTRAP_KEY: adminKey,
    TEST_SMPP_PASSWORD: 'secret',
    ...extra,
  }
  const engine = bongsu(['serve'], env)
  await engine.says(/bongsu is up/)
  return { engine, url: `http://127.0.0.1:${port}`, env }
}

async function call<T>(
  url: string,
  key: string,
  method: string,
  path: string,
  body?: string,
  type = 'application/json',
): Promise<T> {
  const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': type }) }
  const response = await fetch(`${url}/v1${path}`, { method, headers, ...(body === undefined ? {} : { body }) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text || '{}') as T
}

async function keyOf(url: string, name: string, role: string): Promise<string> {
  return (await call<{ key: string }>(url, adminKey, 'POST', '/keys', JSON.stringify({ name, role }))).key
}

/** Registers `n` residents in Wajima and launches the alert for them; returns the alert's id. */
async function launchFor(url: string, n: number): Promise<string> {
  const header = 'msisdn,mission,country,lat,lon,address,language,name_ref,registered_at'
  const rows = Array.from(
    { length: n },
    (_, i) => `81900${String(i).padStart(7, '0')},tokyo,JP,37.39,136.90,,ko,P${i},`,
  )
  await call(url, adminKey, 'POST', '/residents/import', [header, ...rows].join('\n'), 'text/csv')
  const [composer, approver] = [await keyOf(url, 'Kim', 'composer'), await keyOf(url, 'Lee', 'approver')]
  const { id } = await call<{ id: string }>(
    url,
    composer,
    'POST',
    '/alerts?unplaced=exclude',
    writeCapXml(rebase(demoCap('noto-alert'), Date.now())),
    'application/cap+xml',
  )
  await call(url, composer, 'POST', `/alerts/${id}/submit`)
  await call(url, approver, 'POST', `/alerts/${id}/approve`)
  await call(url, approver, 'POST', `/alerts/${id}/launch`)
  return id
}

async function states(database: TestDatabase): Promise<Record<string, number>> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    const { rows } = await client.query<{ state: string; n: number }>(
      'SELECT state, count(*)::int n FROM message GROUP BY 1',
    )
    return Object.fromEntries(rows.map((row) => [row.state, row.n]))
  } finally {
    await client.end()
  }
}

async function end(engine: CliProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
  engine.child.kill(signal)
  return engine.ended
}

describe('bongsu serve', () => {
  it('sends to nobody twice and loses nobody when it is told to stop in the middle', async () => {
    const database = await cloneDatabase()
    const before = smsc.stats().accepted
    const first = await serve(database)
    await launchFor(first.url, 900)
    await expect.poll(async () => (await states(database)).delivered ?? 0).toBeGreaterThan(100)
    expect(await end(first.engine)).toBe(0)
    // Drained: nothing is left between the wire and the books.
    expect((await states(database)).pending).toBeGreaterThan(0)
    const second = await serve(database)
    await expect.poll(() => states(database), { timeout: 30_000 }).toEqual({ delivered: 900 })
    expect(await end(second.engine)).toBe(0)
    // The alert's text has two segments.
    expect(smsc.stats().accepted - before).toBe(1800)
    await database.drop()
  })

  it('loses nobody to a kill -9, and repeats no more than was in flight', async () => {
    const database = await cloneDatabase()
    const before = smsc.stats().accepted
    const first = await serve(database)
    await launchFor(first.url, 900)
    await expect.poll(async () => (await states(database)).delivered ?? 0).toBeGreaterThan(100)
    expect(await end(first.engine, 'SIGKILL')).toBe('SIGKILL')
    const second = await serve(database)
    await expect.poll(() => states(database), { timeout: 30_000 }).toEqual({ delivered: 900 })
    await end(second.engine)
    const accepted = smsc.stats().accepted - before
    expect(accepted).toBeGreaterThanOrEqual(1800)
    // Two binds with a window of 20 each, and under 100 ms' worth of answers that were not committed.
    expect(accepted).toBeLessThanOrEqual(1800 + 40 + 40)
    await database.drop()
  })

  it.runIf(inject('redisUrl') !== undefined)(
    'loses nothing when Redis forgets everything in mid-broadcast',
    async () => {
      const database = await cloneDatabase()
      const redisUrl = new URL(inject('redisUrl') as string)
      redisUrl.pathname = '/7'
      const { engine, url } = await serve(database, { REDIS_URL: redisUrl.href })
      const id = await launchFor(url, 900)
      await expect.poll(async () => (await states(database)).delivered ?? 0).toBeGreaterThan(100)
      const { Redis } = await import('ioredis')
      const redis = new Redis(redisUrl.href)
      await redis.flushdb()
      redis.disconnect()
      await expect.poll(() => states(database), { timeout: 30_000 }).toEqual({ delivered: 900 })
      const viewer = await keyOf(url, 'Park', 'viewer')
      const progress = await call<{ matched: number; initialDone: boolean }>(
        url,
        viewer,
        'GET',
        `/alerts/${id}/progress`,
      )
      expect(progress).toMatchObject({ matched: 900, initialDone: true })
      await end(engine)
      await database.drop()
    },
  )

  it('says nothing alarming when it is told to stop, with a database of its own', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'bongsu-serve-data-'))
    const engine = bongsu(['serve'], {
      BONGSU_DATA_DIR: dataDir,
      BONGSU_PORT: String(await freePort()),
      BONGSU_CARRIERS_DIR: dir,
      BONGSU_BOOTSTRAP_KEY: adminKey,
      TEST_SMPP_PASSWORD: 'secret',
    })
    await engine.says(/bongsu is up/)
    await engine.says(/"msg":"bound"/)
    expect(await end(engine)).toBe(0)
    const lines = engine.err().split('\n').filter(Boolean)
    const alarming = lines.filter(
      (line) => !line.startsWith('{') || (JSON.parse(line) as { level: number }).level >= 40,
    )
    expect(alarming).toEqual([])
    await rm(dataDir, { recursive: true, force: true })
  })

  it('names the port that is in use', async () => {
    const database = await cloneDatabase()
    const blocker = createServer()
    const port = await freePort()
    await new Promise<void>((resolve) => blocker.listen(port, '127.0.0.1', resolve))
    const engine = bongsu(['serve'], {
      DATABASE_URL: database.url,
      BONGSU_PORT: String(port),
      BONGSU_CARRIERS_DIR: dir,
      TEST_SMPP_PASSWORD: 'secret',
    })
    expect(await engine.ended).toBe(1)
    expect(engine.err()).toMatch(new RegExp(`port ${port} of 127.0.0.1 is in use \\(at BONGSU_PORT\\)`))
    blocker.close()
    await database.drop()
  })

  it('refuses a database that is not ours and touches nothing in it', async () => {
    const database = await emptyDatabase()
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query('CREATE TABLE invoices (id int)')
    const engine = bongsu(['serve'], {
      DATABASE_URL: database.url,
      BONGSU_PORT: '0',
      BONGSU_CARRIERS_DIR: dir,
      TEST_SMPP_PASSWORD: 'secret',
    })
    expect(await engine.ended).toBe(1)
    expect(engine.err()).toContain('invoices')
    const { rows } = await client.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)
    expect(rows).toEqual([{ tablename: 'invoices' }])
    await client.end()
    await database.drop()
  })

  it.each([
    [
      'an unknown setting, with the nearest known one',
      { BONGSU_PROT: '1' },
      /BONGSU_PROT is not known\. Did you mean BONGSU_PORT\?/,
    ],
    [
      'a missing secret of a carrier',
      { TEST_SMPP_PASSWORD: '' },
      /TEST_SMPP_PASSWORD is not set \(at test\.yaml\/password\)/,
    ],
    [
      'a bootstrap key that could be guessed',
      { BONGSU_BOOTSTRAP_KEY: 'short' },
      /fewer than 16 characters \(at BONGSU_BOOTSTRAP_KEY\)/,
    ],
    ['a database that is no URL', { DATABASE_URL: 'nonsense' }, /begins with postgresql:\/\/ .* \(at DATABASE_URL\)/],
    ['a log level that is none', { BONGSU_LOG_LEVEL: 'loud' }, /"loud" is not a log level \(at BONGSU_LOG_LEVEL\)/],
  ])('says at once what is wrong: %s', async (_, wrong, message) => {
    const engine = bongsu(['serve'], {
      DATABASE_URL: 'postgresql://127.0.0.1:1/none',
      BONGSU_CARRIERS_DIR: dir,
      TEST_SMPP_PASSWORD: 'secret',
      ...wrong,
    })
    expect(await engine.ended).toBe(1)
    expect(engine.err()).toMatch(message)
  })
})
