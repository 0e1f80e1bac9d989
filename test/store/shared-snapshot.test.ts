import { expect, test } from 'vitest'
import { createLogger } from '../../src/lib/log.ts'
import { type Client, openDatabase } from '../../src/store/database.ts'
import { sharedSnapshot } from '../../src/store/shared-snapshot.ts'
import { databaseForFile } from '../support/database.ts'

const db = databaseForFile({ max: 3 })

const add = (msisdn: number) =>
  db.pool.query(`INSERT INTO resident (msisdn, mission, country) VALUES ($1, 'tokyo', 'JP')`, [msisdn])

async function people(client: Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM resident')
  return (rows[0] as { n: number }).n
}

test('all connections see what was there at the beginning, whatever is committed meanwhile', async () => {
  const before = await people(db.pool)
  const seen = await sharedSnapshot(db.pool, 2, async ([one, other]) => {
    const first = await people(one as Client)
    await add(819001)
    return [first, await people(other as Client), await people(one as Client)]
  })
  expect(seen).toEqual([before, before, before])
  expect(await people(db.pool)).toBe(before + 1)
})

test('they can write nothing', async () => {
  const writing = sharedSnapshot(db.pool, 2, ([, other]) => (other as Client).query('DELETE FROM resident'))
  await expect(writing).rejects.toMatchObject({ code: '25006' })
  expect(await people(db.pool)).toBeGreaterThan(0)
})

test('more callers than the pool has connections do not wait for each other for ever', async () => {
  const counts = await Promise.all(
    Array.from({ length: 6 }, () => sharedSnapshot(db.pool, 3, (clients) => Promise.all(clients.map(people)))),
  )
  expect(counts.map(({ length }) => length)).toEqual([3, 3, 3, 3, 3, 3])
})

test('a failure is the failure of one caller, and gives its connections back', async () => {
  const failing = sharedSnapshot(db.pool, 3, ([, other]) => (other as Client).query('SELECT 1/0'))
  const next = sharedSnapshot(db.pool, 3, ([one]) => people(one as Client))
  await expect(failing).rejects.toMatchObject({ code: '22012' })
  expect(await next).toBeGreaterThan(0)
})

test('a pool of fewer connections gives those that it has', async () => {
  const small = openDatabase(db.url, createLogger('silent'), { max: 1 })
  expect(await sharedSnapshot(small.pool, 4, async (clients) => clients.length)).toBe(1)
  await small.close()
})
