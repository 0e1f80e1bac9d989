import { lstat, mkdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startEngine } from '../../src/app/engine.ts'
import { stampOf } from '../../src/app/feeds/take-file.ts'
import { transaction } from '../../src/store/database.ts'
import { openFeeds } from '../../src/store/feeds/rights.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { waitingFor } from '../targeting/waiting.ts'
import { json, layFeeds, log, numbers } from './feed-ground.ts'

const ground = layFeeds()
const { foldersOn, settle, begin, drop, incoming, list, kept, keptBy } = ground

describe('feeds side by side', () => {
  const others = ['skt', 'lgu', 'mvno']
  beforeAll(async () => {
    for (const source of others) await addKey(ground.api.db, source, 'carrier', 'test')
  })
  beforeEach(async () => {
    for (const source of others) {
      await mkdir(join(ground.root, source, 'incoming'), { recursive: true })
    }
  })
  /** Has whoever keeps notifications of this file wait, until the work is done. */
  async function blocking(source: string, name: string, work: () => Promise<void>): Promise<void> {
    const stamp = stampOf(await lstat(join(ground.root, source, 'incoming', name), { bigint: true }))
    const file = [source, name, stamp]
    await ground.api.db.pool.query('INSERT INTO feed_file (source, name, stamp) VALUES ($1, $2, $3)', file)
    await transaction(ground.api.db.pool, async (blocker) => {
      await blocker.query('SELECT FROM feed_file WHERE source = $1 AND name = $2 AND stamp = $3 FOR UPDATE', file)
      await work()
    })
  }

  test('a file is done while a long one of another carrier is still being read, and another process leaves that alone', async () => {
    await drop('long.ndjson', json(1))
    await utimes(incoming('long.ndjson'), 1, 1)
    const folders = await foldersOn()
    await blocking('kt', 'long.ndjson', async () => {
      await begin(folders)
      await waitingFor(ground.api.db, /UPDATE feed_file/)
      await drop('short.ndjson', json(2), 'skt')
      await begin(folders)
      await expect.poll(() => list('done', 'skt')).toEqual(['short.ndjson'])
      await drop('next.ndjson', json(3), 'skt')
      await settle(await foldersOn())
      expect([await list('done', 'skt'), await list('incoming')]).toEqual([
        ['next.ndjson', 'short.ndjson'],
        ['long.ndjson'],
      ])
    })
    await folders.idle()
    expect(await list('done')).toEqual(['long.ndjson'])
    expect((await keptBy()).map(({ source, msisdn }) => [source, msisdn])).toEqual([
      ['kt', '821010000001'],
      ['skt', '821010000002'],
      ['skt', '821010000003'],
    ])
  })

  test('three are taken at once, and the next when one of them is done', async () => {
    for (const source of ['kt', ...others]) await drop('a.ndjson', json(1), source)
    const folders = await foldersOn()
    await transaction(ground.api.db.pool, async (blocker) => {
      await blocker.query('LOCK TABLE roaming_batch IN SHARE MODE')
      await begin(folders)
      await waitingFor(ground.api.db, /INSERT INTO roaming_batch/, 3)
      await folders.scan()
      expect((await ground.api.db.pool.query('SELECT FROM feed_file')).rowCount).toBe(3)
    })
    await folders.idle()
    expect((await keptBy()).map(({ source }) => source)).toEqual(['kt', 'lgu', 'mvno', 'skt'])
  })

  test('files of one carrier are taken in the order of their times', async () => {
    for (const [i, name] of ['c', 'a', 'd', 'b'].entries()) {
      await drop(`${name}.ndjson`, json(i))
      await utimes(incoming(`${name}.ndjson`), 1_000 + i, 1_000 + i)
    }
    await settle(await foldersOn())
    expect((await kept()).map(({ msisdn }) => msisdn)).toEqual(numbers(4))
  })

  test('a stop is not held up by files that wait for room in the inbox', async () => {
    await ground.api.db.pool.query(
      `INSERT INTO roaming_batch (source, events) VALUES ('kt', json_build_array(repeat('x', 3000000)))`,
    )
    for (const source of ['kt', 'skt']) await drop('a.ndjson', json(1), source)
    const folders = await foldersOn()
    await begin(folders)
    await expect.poll(async () => (await ground.api.db.pool.query('SELECT FROM feed_file')).rowCount).toBe(2)
    folders.stop()
    await folders.idle()
    await settle(folders)
    expect([await list('incoming'), await list('incoming', 'skt')]).toEqual([['a.ndjson'], ['a.ndjson']])
    expect(await list('done')).toEqual([])
    await ground.api.db.pool.query('TRUNCATE roaming_batch')
    await settle(await foldersOn())
    expect((await keptBy()).map(({ source }) => source)).toEqual(['kt', 'skt'])
  })
})

test('an engine with the setting looks into its folder, and says which feed is silent without being unready', async () => {
  const engine = await startEngine({
    databaseUrl: ground.api.db.url,
    redisUrl: undefined,
    dataDir: ground.root,
    geofencesDir: fileURLToPath(new URL('../../geofences', import.meta.url)),
    feedsDir: ground.root,
    feedSilentAfterMs: 1,
    port: 0,
    profiles: [],
    roles: ['api'],
    log,
  })
  try {
    await drop('day.ndjson', json(1))
    await drop('day.json', '[]')
    await expect.poll(async () => (await kept()).length).toBe(1)
    await expect.poll(() => list('done')).toEqual(['day.ndjson'])
    await expect
      .poll(async () => {
        const answer = await fetch(`${engine.url}/readyz`)
        return { code: answer.status, ...((await answer.json()) as { silentFeeds: number }) }
      })
      .toMatchObject({ code: 200, status: 'ok', silentFeeds: (await openFeeds(ground.api.db.pool)).size })
    const answer = await fetch(`${engine.url}/v1/feeds`, {
      headers: { authorization: `Bearer ${ground.api.keys.viewer}` },
    })
    const { feeds, untaken } = (await answer.json()) as { feeds: { state: string }[]; untaken: object }
    expect(feeds.map(({ state }) => state)).toEqual(feeds.map(() => 'silent'))
    expect(untaken).toMatchObject({ count: 1, files: [{ path: 'kt/incoming/day.json' }] })
  } finally {
    await engine.stop()
  }
})
