import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../src/lib/log.ts'
import { openDatabase } from '../../src/store/database.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { bongsu, endAll } from '../app/cli-process.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { OperatorServer } from './operator-server.ts'
import { profileYaml } from './rig.ts'

let dir: string
let database: TestDatabase
let operator: OperatorServer

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bongsu-camara-'))
  database = await cloneDatabase()
  operator = new OperatorServer(() => new Date())
})
afterAll(async () => {
  await endAll()
  await operator.close()
  await database.drop()
  await rm(dir, { recursive: true, force: true })
})

test('a running engine subscribes to the numbers of a file, takes the events, and ends what is taken back', async () => {
  await writeFile(join(dir, 'kt.yaml'), profileYaml(await operator.listen()))
  await writeFile(join(dir, 'numbers.csv'), 'msisdn,note\n+82 10 1234 5678,first\n821098765432,\n12,wrong\n')
  const db = openDatabase(database.url, createLogger('silent'))
  const keys = [await addKey(db, 'park', 'administrator', 'test'), await addKey(db, 'kt', 'carrier', 'test')]
  const port = await freePort()
  operator.deliverTo = `http://127.0.0.1:${port}`
  const settings = { BONGSU_CAMARA_DIR: dir, SINK_KEY: keys[1] as string }
  const run = async (...args: string[]) => {
    const env = { ...settings, BONGSU_URL: operator.deliverTo, BONGSU_API_KEY: keys[0] as string }
    const process = bongsu(['camara', ...args], env)
    const code = await process.ended
    return { code, out: process.out(), err: process.err() }
  }
  expect(await run('check')).toMatchObject({ code: 0, out: expect.stringContaining('1 operators, all can be used') })
  const engine = bongsu(['serve', '--roles', 'api,targeting'], {
    ...settings,
    DATABASE_URL: database.url,
    BONGSU_PORT: `${port}`,
    BONGSU_CARRIERS_DIR: await mkdtemp(join(dir, 'carriers-')),
  })
  await engine.says(/bongsu is up/)

  const added = await run('subscribe', join(dir, 'numbers.csv'))
  expect(added).toMatchObject({
    code: 2,
    out: 'added 2 known 0 rejected 1\n',
    err: expect.stringContaining('line 4: '),
  })
  await expect.poll(() => operator.active.length, { timeout: 20_000 }).toBe(2)
  await expect.poll(async () => (await run('status')).out, { timeout: 20_000 }).toContain('2 numbers; 2 active')

  const [held] = operator.active
  if (held === undefined) throw new Error('nothing was made')
  expect(await operator.tell(held, 'roaming-status', { roaming: true, countryCode: 440, countryName: ['JP'] })).toBe(
    204,
  )
  const whereabouts = () => db.pool.query('SELECT country, hplmn FROM roamer WHERE msisdn = $1', [held.phone.slice(1)])
  await expect
    .poll(async () => (await whereabouts()).rows, { timeout: 20_000 })
    .toEqual([{ country: 'JP', hplmn: '45008' }])

  expect(await run('unsubscribe', join(dir, 'numbers.csv'))).toMatchObject({ out: 'removed 2 unknown 0 rejected 1\n' })
  await expect.poll(() => operator.active.length, { timeout: 20_000 }).toBe(0)
  await db.close()
  engine.child.kill('SIGTERM')
  expect(await engine.ended).toBe(0)
  expect(engine.err()).not.toMatch(/821012345678|821098765432/)
}, 120_000)
