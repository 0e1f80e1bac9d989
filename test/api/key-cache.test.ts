import { expect, test } from 'vitest'
import { KeyCache } from '../../src/api/key-cache.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { databaseForFile } from '../support/database.ts'

const db = databaseForFile()

const lastUsed = async () => (await db.pool.query('SELECT last_used_at FROM api_key')).rows[0].last_used_at

test('a use is written once a minute, a revocation seen within three seconds', async () => {
  const key = await addKey(db, 'Kim', 'viewer', 'test')
  let now = 1_000
  const cache = new KeyCache(db, () => now)
  expect(await cache.find(key)).toMatchObject({ person: 'Kim', roles: ['viewer'] })
  const first = await lastUsed()
  for (const later of [1_000, 10_000, 40_000]) {
    now = 1_000 + later
    expect(await cache.find(key)).toMatchObject({ person: 'Kim' })
  }
  expect(await lastUsed()).toEqual(first)
  now = 62_000
  await cache.find(key)
  expect((await lastUsed()).getTime()).toBeGreaterThan(first.getTime())

  await db.pool.query('UPDATE api_key SET revoked_at = now()')
  now += 2_900
  expect(await cache.find(key)).toMatchObject({ person: 'Kim' })
  now += 200
  expect(await cache.find(key)).toBeUndefined()
})

test('a key that nobody has is nobody', async () => {
  expect(await new KeyCache(db).find('bongsu_nothing')).toBeUndefined()
})
