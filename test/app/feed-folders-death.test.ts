import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { link, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { builtFile } from '../support/built.ts'
import { dying } from '../targeting/dying.ts'
import { json, layFeeds, numbers } from './feed-ground.ts'

const ground = layFeeds()
const { foldersOn, settle, drop, incoming, list, read, kept } = ground

describe('a process that dies', () => {
  const file = `${Array.from({ length: 3_500 }, (_, i) => (i === 1_700 ? `broken\n${json(i)}` : json(i))).join('')}`

  test.each(['before-commit', 'after-commit'] as const)(
    'at the second thousand, %s, has the next one go on where it was',
    async (moment) => {
      await drop('big.ndjson', file)
      await settle(await foldersOn(dying(ground.api.db, moment, /UPDATE feed_file SET line/, 2)))
      expect((await kept()).length).toBe(moment === 'before-commit' ? 1_000 : 2_000)
      expect(await list('done')).toEqual([])
      await settle(await foldersOn())
      expect((await kept()).map(({ msisdn }) => msisdn)).toEqual(numbers(3_500))
      expect(await list('done')).toEqual(['big.ndjson', 'big.ndjson.rejects.csv'])
      expect((await read('done', 'big.ndjson.rejects.csv')).split('\n')[1]).toMatch(/^1701,bad-json/)
      const { rows } = await ground.api.db.pool.query('SELECT accepted, rejected FROM feed_file')
      expect(rows).toEqual([{ accepted: 3_500, rejected: 1 }])
    },
  )

  test('between the last commit and the move leaves nothing to be done twice', async () => {
    await drop('big.ndjson', file)
    const path = incoming('big.ndjson')
    await link(path, join(ground.root, 'same'))
    await settle(await foldersOn())
    await rename(join(ground.root, 'kt', 'done', 'big.ndjson'), join(ground.root, 'gone'))
    await rename(join(ground.root, 'same'), path)
    await settle(await foldersOn())
    expect([await list('incoming'), (await kept()).length]).toEqual([[], 3_500])
  })

  test('by kill -9 in the midst of a file that waits for a crowded inbox changes nothing', async () => {
    await drop(
      'huge.ndjson',
      numbers(40_000)
        .map((_, i) => json(i))
        .join(''),
    )
    const running = spawn(process.execPath, [builtFile('test/app/feed-child.ts'), ground.api.db.url, ground.root], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const batches = async () => (await ground.api.db.pool.query('SELECT FROM roaming_batch')).rowCount
    await expect.poll(batches).toBeGreaterThan(0)
    const { rows } = await ground.api.db.pool.query(
      'SELECT octet_length(events::text) octets FROM roaming_batch LIMIT 1',
    )
    const crowd = Math.ceil(2_500_000 / rows[0].octets)
    await expect.poll(batches).toBe(crowd)
    running.kill('SIGKILL')
    await once(running, 'exit')
    expect(await batches()).toBe(crowd)
    const first = (await kept()).map(({ msisdn }) => msisdn)
    await ground.api.db.pool.query('UPDATE roaming_batch SET done_at = now()')
    // The server may need a moment to find that the dead one's connection, and its lock, is gone.
    const folders = await foldersOn()
    await expect
      .poll(async () => {
        await settle(folders)
        return list('done')
      })
      .toEqual(['huge.ndjson'])
    const all = (await kept()).map(({ msisdn }) => msisdn)
    expect([first.length, all]).toEqual([crowd * 1_000, numbers(40_000)])
  })
})
