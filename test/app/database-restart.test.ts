import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { createLogger } from '../../src/lib/log.ts'
import { type EmbeddedDatabase, startEmbedded } from '../../src/store/embedded/start-embedded.ts'
import { freePort } from '../support/free-port.ts'
import { bongsu, endAll } from './cli-process.ts'

let dir: string
let database: EmbeddedDatabase

beforeEach(async () => {
  dir = await mkdtemp(join(inject('runDir'), 'restart-'))
  // Starts its PostgreSQL again on the same port whenever that ends.
  database = await startEmbedded({ dataDir: dir, log: createLogger('silent') })
})

afterEach(async () => {
  await endAll()
  await database.stop()
  await rm(dir, { recursive: true, force: true })
})

async function serve() {
  const env = {
    DATABASE_URL: database.url,
    BONGSU_PORT: String(await freePort()),
    BONGSU_CARRIERS_DIR: dir,
    BONGSU_BOOTSTRAP_KEY: 'bootstrap-key-of-the-tests',
  }
  return bongsu(['serve'], env)
}

it('an engine that is started while PostgreSQL is being restarted waits for it', async () => {
  const guest = new pg.Client({ connectionString: database.url })
  guest.on('error', () => undefined)
  await guest.connect()
  const pid = Number.parseInt(await readFile(join(dir, 'postgres/data/postmaster.pid'), 'utf8'), 10)
  // A smart shutdown waits for its guests, and tells everybody else that it is shutting down.
  process.kill(pid, 'SIGTERM')
  const engine = await serve()
  await engine.says(/the database system is shutting down.*waiting for it/)
  await guest.end()
  await engine.says(/bongsu is up/)
  engine.child.kill('SIGTERM')
  expect(await engine.ended).toBe(0)
})

it('an engine whose database does not let it in says so at once', async () => {
  const url = new URL(database.url)
  url.password = 'guess'
  const engine = bongsu(['serve'], { DATABASE_URL: url.href, BONGSU_CARRIERS_DIR: dir })
  expect(await engine.ended).toBe(1)
  expect(engine.err()).toContain('Check the user and the password')
  expect(engine.out() + engine.err()).not.toContain('waiting for it')
})
