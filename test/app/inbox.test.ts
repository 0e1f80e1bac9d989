import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Engine, startEngine } from '../../src/app/engine.ts'
import { createLogger } from '../../src/lib/log.ts'
import { type Smsc, startSmsc } from '../../src/simulator/smsc.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { testProfile } from '../dispatch/profile.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'

let dir: string
let database: TestDatabase
let smsc: Smsc
let engine: Engine

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bongsu-inbox-'))
  database = await cloneDatabase()
  smsc = await startSmsc({ systemId: 'bongsu', password: 'secret' })
  engine = await startEngine({
    databaseUrl: database.url,
    redisUrl: undefined,
    dataDir: dir,
    geofencesDir: new URL('../../geofences', import.meta.url).pathname,
    port: 0,
    profiles: [testProfile(smsc.port)],
    roles: ['api', 'dispatch'],
    log: createLogger('silent'),
  })
})

afterAll(async () => {
  await engine?.stop()
  await smsc?.close()
  await database?.drop()
  await rm(dir, { recursive: true, force: true })
})

it('a text that a phone sends to a running engine is acknowledged, and shown by its API', async () => {
  await expect.poll(() => smsc.stats().binds).toBe(1)
  await smsc.sendText({ source: '821012345678', destination: '82232100404', text: '도와주세요' })
  const key = await addKey(engine.db, 'viewer', 'viewer', 'test')
  const inbox = async () => {
    const response = await fetch(`${engine.url}/v1/inbox`, { headers: { authorization: `Bearer ${key}` } })
    return ((await response.json()) as { texts: object[] }).texts
  }
  await expect.poll(inbox).toMatchObject([{ from: '8210******78', text: '도와주세요', carrier: 'test-carrier' }])
})
