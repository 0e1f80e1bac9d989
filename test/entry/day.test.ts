import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { benchAlert, launch } from '../../bench/alerts.ts'
import { differences, outcomeCounts } from '../../bench/travel/differences.ts'
import { Due } from '../../bench/travel/due.ts'
import { homes } from '../../bench/travel/feeds.ts'
import { dayOf, lastDay } from '../../bench/travel/last-day.ts'
import { feedKeys, post, sendAll } from '../../bench/travel/replay.ts'
import { World } from '../../bench/travel/world.ts'
import { parseProfile } from '../../src/carriers/load.ts'
import { readRegions } from '../../src/geo/regions.ts'
import { createLogger } from '../../src/lib/log.ts'
import { prng } from '../../src/lib/prng.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { openBatches } from '../../src/store/roaming/batches.ts'
import { EntryWaits } from '../../src/targeting/entry-waits.ts'
import { RoamingWorker } from '../../src/targeting/roaming.ts'
import { routeNumbers } from '../../src/targeting/route-numbers.ts'
import { ensurePartitions } from '../../src/targeting/upkeep.ts'
import { startApi } from '../api/support.ts'
import { bongsu, type CliProcess, endAll } from '../app/cli-process.ts'
import { cloneDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { SilentQueues } from '../targeting/engine.ts'

/** 150,000 by `npm run bench -- day`. */
const arrivals = 6_000
const hourMs = 3_600_000
const log = createLogger('silent')

afterAll(endAll)

/** Reaches the subscribers of three of the four home networks; nobody listens at its port. */
const carrierYaml = `id: home
reaches: [{ population: roamers, hplmn: [${homes.slice(0, 3).map((home) => `"${home}"`)}] }]
links: [{ host: 127.0.0.1, port: 9 }]
systemId: bongsu
password: secret
throughput: 100
source: { addr: "82232100404" }
`

/** The day held what it is to show: without these the comparison would be of nothing. */
function expectVariety(due: Due, outcomes: readonly string[]): void {
  expect([...outcomeCounts(due).keys()]).toEqual(expect.arrayContaining([...outcomes]))
  expect(new Set(due.sets.map(({ texts }) => texts.length))).toEqual(new Set([1, 2, 3]))
  const english = due.sets.filter(({ texts }) => texts.every((text) => !/\p{sc=Hangul}/u.test(text)))
  expect(english.length).toBeGreaterThan(due.sets.length / 20)
  expect(english.length).toBeLessThan(due.sets.length / 2)
}

const always = [
  ...['sent', 'duplicate', 'out-of-order', 'left', 'already-here', 'home', 'no-country', 'returned', 'cool-down'],
  ...['policy-off', 'no-text', 'opted-out', 'no-route', 'too-late'],
]

const stateOf = async ({ pool }: Database, broadcastId: number) =>
  (await pool.query<{ state: string }>('SELECT state FROM broadcast WHERE id = $1', [broadcastId])).rows[0]?.state

describe('a day of arrivals with duplicates, a second feed, late events and networks that alternate', () => {
  test('ends with exactly the texts that are due to each journey, and the reason of each other event, by a clock of its own', async () => {
    const api = await startApi()
    try {
      const { db } = api
      const from = Date.UTC(2026, 8, 24)
      const day = dayOf(from, arrivals, 1)
      const world = new World({ campaignAt: from + 12 * hourMs, waits: true })
      await world.furnish(db, day.subscribers)
      await ensurePartitions(db, new Date(from))
      let now = 0
      const routes = await routeNumbers(db.pool, [parseProfile(carrierYaml, 'home.yaml', {})])
      const { countries, queues } = api.deps
      const regions = readRegions(new URL('../../geofences/regions.topojson.gz', import.meta.url).pathname)
      const deps = { db, queues, countries, routes, regions, log, clock: () => now }
      const [worker, waits] = [new RoamingWorker(deps), new EntryWaits(deps)]
      const due = new Due(world.rules)
      const settle = async () => {
        while ((await waits.work()) > 0);
        due.settle(now)
      }
      const keys = await feedKeys(db)
      await api.app.listen({ port: 0, host: '127.0.0.1' })
      const url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
      for (const batch of day.batches) {
        now = Math.max(now, batch.sentAt)
        await settle()
        await post(url, keys, batch)
        for (const id of await openBatches(db.pool, 10)) await worker.work(id)
        due.take(batch, now)
      }
      // Nothing is reported any more; the nights end.
      for (; due.waiting > 0; now += hourMs) await settle()
      await settle()
      expect(await differences(db, due)).toEqual([])
      expectVariety(due, [...always, 'transit', 'left-before'])
    } finally {
      await api.close()
    }
  }, 300_000)

  test('ends with the same where the engine is killed again and again in the middle', async () => {
    const database = await cloneDatabase()
    const dir = await mkdtemp(join(tmpdir(), 'bongsu-day-'))
    await writeFile(join(dir, 'home.yaml'), carrierYaml)
    const db: Database = openDatabase(database.url, log)
    const port = await freePort()
    let engine: CliProcess | undefined
    const start = async () => {
      engine = bongsu(['serve', '--roles', 'api,targeting'], {
        DATABASE_URL: database.url,
        BONGSU_PORT: String(port),
        BONGSU_CARRIERS_DIR: dir,
        BONGSU_DATA_DIR: dir,
        BONGSU_BOOTSTRAP_KEY: 'bootstrap-key-of-the-tests',
      })
      await engine.says(/bongsu is up/)
    }
    const kill = async () => {
      engine?.child.kill('SIGKILL')
      await engine?.ended
      await start()
    }
    try {
      await ensurePartitions(db)
      const day = lastDay(arrivals, 2)
      const world = new World({ campaignAt: day.from + 12 * hourMs, waits: false })
      await start()
      await world.furnish(db, day.subscribers)
      const profile = parseProfile(carrierYaml, 'home.yaml', {})
      const alert = benchAlert('Severe', { kind: 'country', iso2: 'TH' })
      const broadcastId = await launch({ db, queues: new SilentQueues() }, [profile], alert)
      await expect.poll(() => stateOf(db, broadcastId)).toBe('sending')
      const due = new Due(world.rules)
      const random = prng(3)
      // Some while the batch is on its way in, some while it is worked off.
      const killAt = new Map([20, 60, 90, 120].map((ms) => [random.int(day.batches.length), ms]))
      const target = { db, keys: await feedKeys(db), url: () => `http://127.0.0.1:${port}`, kill }
      await sendAll(target, day.batches, due, killAt)
      expect(await differences(db, due)).toEqual([])
      expectVariety(due, always)
      // Who came into the country where an alert is in force got that as well, once.
      const told = await db.pool.query<{ msisdn: string }>(
        'SELECT msisdn::text FROM message WHERE broadcast_id = $1 ORDER BY message.msisdn',
        [broadcastId],
      )
      expect(told.rows.length).toBeGreaterThan(100)
      expect(told.rows.map(({ msisdn }) => msisdn)).toEqual([...(due.present.get('TH') ?? [])].sort())
    } finally {
      engine?.child.kill('SIGTERM')
      await engine?.ended
      await db.close()
      await rm(dir, { recursive: true, force: true })
      await database.drop()
    }
  }, 300_000)
})
