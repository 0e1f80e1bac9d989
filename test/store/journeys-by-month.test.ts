import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrationsDir } from '../../src/app/paths.ts'
import { createLogger } from '../../src/lib/log.ts'
import { type Database, openDatabase, transaction } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { insertJourneys, recentJourneys } from '../../src/store/roaming/journeys.ts'
import { emptyDatabase, type TestDatabase } from '../support/database.ts'

let own: TestDatabase
let db: Database
let dir: string
let later: string[]

/** The database of an engine from before journeys were kept by the month. */
beforeAll(async () => {
  own = await emptyDatabase()
  dir = await mkdtemp(join(tmpdir(), 'bongsu-journeys-'))
  const files = (await readdir(migrationsDir)).sort()
  later = files.filter((file) => file >= '0017')
  for (const file of files.filter((file) => file < '0017')) await copyFile(join(migrationsDir, file), join(dir, file))
  await migrate(own.url, dir)
  db = openDatabase(own.url, createLogger('silent'))
})

afterAll(async () => {
  await db?.close()
  await rm(dir, { recursive: true, force: true })
  await own?.drop()
})

test('journeys keep their ids when they are put into months, and the next one gets a new id', async () => {
  await db.pool.query(
    `INSERT INTO journey (msisdn, country, entered_at) SELECT 821, 'JP', now() - d * interval '1 day' FROM unnest(ARRAY[200, 99, 40, 1]) d`,
  )
  for (const file of later) await copyFile(join(migrationsDir, file), join(dir, file))
  await migrate(own.url, dir)
  const kept = await db.pool.query<{ id: number; days: number; partition: string; month: string }>(
    `SELECT id, round(extract(epoch FROM now() - entered_at) / 86400)::int AS days, tableoid::regclass::text AS partition,
            to_char(entered_at AT TIME ZONE 'UTC', 'YYYYMM') AS month FROM journey ORDER BY id`,
  )
  // What is two hundred days old was to be purged anyway.
  expect(kept.rows.map(({ id, days }) => [id, days])).toEqual([
    [2, 99],
    [3, 40],
    [4, 1],
  ])
  for (const { partition, month } of kept.rows) expect(partition).toBe(`journey_${month}`)
  const enteredAt = new Date()
  expect(
    await transaction(db.pool, (client) => insertJourneys(client, [{ msisdn: '821', country: 'FR', enteredAt }])),
  ).toEqual([5])
  const recent = await transaction(db.pool, (client) =>
    recentJourneys(client, ['821'], new Date(Date.now() - 30 * 86_400_000)),
  )
  expect(recent.map(({ country }) => country).sort()).toEqual(['FR', 'JP'])
})

test('a look-up by number since a time reads the months since then and no other', async () => {
  const since = new Date(Date.now() - 20 * 86_400_000).toISOString()
  const { rows } = await db.pool.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN SELECT FROM journey WHERE msisdn = 821 AND entered_at > '${since}'`,
  )
  const read = new Set(rows.flatMap((row) => row['QUERY PLAN'].match(/journey_\d{6}(?=_msisdn| )/g) ?? []))
  const month = (at: string) => Number(at.slice(0, 4) + at.slice(5, 7))
  expect(read.size).toBeGreaterThan(0)
  for (const name of read) expect(Number(name.slice(8))).toBeGreaterThanOrEqual(month(since))
})
