import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { link, mkdir, mkdtemp, open, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FeedActivity } from '../../src/api/feed-activity.ts'
import { startEngine } from '../../src/app/engine.ts'
import { FeedFolders } from '../../src/app/feeds/feed-folders.ts'
import { createLogger } from '../../src/lib/log.ts'
import { Problem } from '../../src/lib/problem.ts'
import { feedStates } from '../../src/reporting/feed-states.ts'
import type { Database } from '../../src/store/database.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { startApi, type TestApi } from '../api/support.ts'
import { dying } from '../targeting/dying.ts'
import { watched } from '../targeting/watched.ts'

let api: TestApi
let root = ''
let now = 0
const log = createLogger('silent')
const child = fileURLToPath(new URL('./feed-child.ts', import.meta.url))

beforeAll(async () => {
  api = await startApi()
  await addKey(api.db, 'kt', 'carrier', 'test', { hplmns: ['45008'] })
})
afterAll(() => api.close())
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bongsu-feeds-'))
  await mkdir(join(root, 'kt', 'incoming'), { recursive: true })
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
  await api.db.pool.query('TRUNCATE roaming_batch, feed_file, feed, feed_hour, feed_reject')
})

const foldersOn = (db: Database = api.db) =>
  FeedFolders.open(root, { db, queues: api.queues, activity: new FeedActivity(api.db, log), log, now: () => now })
/** Looks, and looks again when whatever lies there has been quiet for long enough. */
async function settle(folders: FeedFolders): Promise<void> {
  await folders.scan()
  now += 5_000
  await folders.scan()
}
const drop = (name: string, text: string | Buffer, source = 'kt') =>
  writeFile(join(root, source, 'incoming', name), text)
const list = async (folder: string) => (await readdir(join(root, 'kt', folder)).catch(() => [])).sort()
const read = (folder: string, name: string) => readFile(join(root, 'kt', folder, name), 'utf8')
const json = (i: number, change: object = {}) =>
  `${JSON.stringify({ msisdn: `8210${10_000_000 + i}`, country: 'JP', at: '2026-11-21T03:04:05Z', event: 'enter', ...change })}\n`
async function kept(): Promise<{ msisdn: string; hplmn: string }[]> {
  const { rows } = await api.db.pool.query<{ source: string; events: { msisdn: string; hplmn: string }[] }>(
    'SELECT source, events FROM roaming_batch ORDER BY id',
  )
  expect(rows.every(({ source }) => source === 'kt')).toBe(true)
  return rows.flatMap(({ events }) => events)
}
const numbers = (n: number) => Array.from({ length: n }, (_, i) => `8210${10_000_000 + i}`)
const header = 'msisdn,event,at,country,hplmn\n'

describe('a dropped file', () => {
  test('of CSV or NDJSON is kept and moved to done, with its rejects beside it', async () => {
    await drop(
      'a.csv',
      `${header}821012345678,enter,2026-11-21T03:04:05Z,JP,\n821012345679,enter,2026-11-21T03:04:05Z,JP,45005\n`,
    )
    await drop('b.ndjson', `${json(1)}{}\n${json(2)}`)
    await drop('notes.txt', 'not for us')
    await settle(await foldersOn())
    expect((await kept()).map(({ msisdn, hplmn }) => [msisdn, hplmn]).sort()).toEqual([
      ['821010000001', '45008'],
      ['821010000002', '45008'],
      ['821012345678', '45008'],
    ])
    expect([await list('incoming'), await list('done')]).toEqual([
      ['notes.txt'],
      ['a.csv', 'a.csv.rejects.csv', 'b.ndjson', 'b.ndjson.rejects.csv'],
    ])
    expect(await read('done', 'a.csv.rejects.csv')).toMatch(
      /^line,code,where,reason\n3,foreign-hplmn,hplmn,"The key is of .*45005\./,
    )
    expect(await read('done', 'b.ndjson.rejects.csv')).toMatch(/\n2,bad-notification,event,/)
    const [state] = await feedStates(api.db, undefined, new Date())
    expect(state).toMatchObject({ source: 'carrier' })
    const kt = (await feedStates(api.db, undefined, new Date())).find(({ source }) => source === 'kt')
    expect(kt?.lastFile).toMatchObject({ accepted: expect.any(Number), rejected: 1, failed: null })
  })

  test('with formulas in it leaves rejects that no spreadsheet works out', async () => {
    await drop(
      'evil.csv',
      `${header}821012345678,"=HYPERLINK(""http://x"")",2026-11-21T03:04:05Z,JP,\n821012345678,enter,"=1+1",JP,\n`,
    )
    await settle(await foldersOn())
    const [, ...rows] = parse(await read('done', 'evil.csv.rejects.csv')) as string[][]
    expect(rows).toMatchObject([
      ['2', 'bad-notification', 'event', expect.stringContaining('"=HYPERLINK("http://x")" is not an event')],
      ['3', 'bad-time', 'at', expect.stringContaining('"=1+1" is not a time')],
    ])
    expect(rows.flat().filter((field) => /^[=+@-]/.test(field))).toEqual([])
  })

  test('that cannot be read at all goes to failed, with the reason', async () => {
    await drop('odd.csv', 'msisdn;event;at\n1;2;3\n')
    await settle(await foldersOn())
    expect([await list('incoming'), await list('done'), await list('failed')]).toEqual([
      [],
      [],
      ['odd.csv', 'odd.csv.reason.txt'],
    ])
    expect(await read('failed', 'odd.csv.reason.txt')).toContain('separated by ";"')
  })

  test('keeps its name beside one of yesterday', async () => {
    const folders = await foldersOn()
    for (const i of [1, 2, 3]) {
      await drop('day.ndjson', `${json(i)}x\n`)
      await settle(folders)
    }
    expect(await list('done')).toEqual([
      'day.2.ndjson',
      'day.2.ndjson.rejects.csv',
      'day.3.ndjson',
      'day.3.ndjson.rejects.csv',
      'day.ndjson',
      'day.ndjson.rejects.csv',
    ])
    expect(await kept()).toHaveLength(3)
  })

  test('waits until nobody has changed it for five seconds, nor has it open for writing', async () => {
    const folders = await foldersOn()
    await drop('slow.ndjson', json(1))
    await folders.scan()
    now += 4_000
    await writeFile(join(root, 'kt', 'incoming', 'slow.ndjson'), json(2), { flag: 'a' })
    await folders.scan()
    now += 4_000
    await folders.scan()
    expect(await list('incoming')).toEqual(['slow.ndjson'])
    const writer = await open(join(root, 'kt', 'incoming', 'slow.ndjson'), 'a')
    now += 60_000
    await folders.scan()
    expect(await list('incoming')).toEqual(['slow.ndjson'])
    await writer.close()
    await folders.scan()
    expect([await list('incoming'), await list('done')]).toEqual([[], ['slow.ndjson']])
    expect(await kept()).toHaveLength(2)
  })

  test('that is renamed over one that is being taken is taken after it', async () => {
    const path = join(root, 'kt', 'incoming', 'roaming.ndjson')
    await drop('roaming.ndjson', json(1))
    let replaced = false
    const db = watched(api.db, () => async (text, run) => {
      if (/INSERT INTO roaming_batch/.test(text) && !replaced) {
        replaced = true
        await writeFile(`${path}.part`, json(2))
        await rename(`${path}.part`, path)
      }
      return run()
    })
    const folders = await foldersOn(db)
    await settle(folders)
    expect(await list('incoming')).toEqual(['roaming.ndjson'])
    await settle(folders)
    expect(await list('incoming')).toEqual([])
    expect((await kept()).map(({ msisdn }) => msisdn)).toEqual(['821010000001', '821010000002'])
  })

  test('under a name of its own is not looked at before it is renamed', async () => {
    const folders = await foldersOn()
    await drop('x.csv.part', `${header}821012345678,enter,2026-11-21T03:04:05Z,JP,\n`)
    await drop('.x.csv', header)
    await settle(folders)
    expect(await list('incoming')).toEqual(['.x.csv', 'x.csv.part'])
    await rename(join(root, 'kt', 'incoming', 'x.csv.part'), join(root, 'kt', 'incoming', 'x.csv'))
    await settle(folders)
    expect(await kept()).toHaveLength(1)
  })

  test('of a feed without a key that holds stays where it is', async () => {
    await mkdir(join(root, 'nobody', 'incoming'), { recursive: true })
    await drop('a.ndjson', json(1), 'nobody')
    await settle(await foldersOn())
    expect(await readdir(join(root, 'nobody', 'incoming'))).toEqual(['a.ndjson'])
    expect(await kept()).toEqual([])
  })
})

describe('the folder is not left', () => {
  test('by links to files, to folders, or as done and failed', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'bongsu-outside-'))
    try {
      await writeFile(join(outside, 'secret.ndjson'), json(1))
      await symlink(join(outside, 'secret.ndjson'), join(root, 'kt', 'incoming', 'link.ndjson'))
      await mkdir(join(outside, 'incoming'))
      await writeFile(join(outside, 'incoming', 'a.ndjson'), json(2))
      await addKey(api.db, 'lgu', 'carrier', 'test')
      await symlink(outside, join(root, 'lgu'))
      await addKey(api.db, 'skt', 'carrier', 'test')
      await mkdir(join(root, 'skt'))
      await symlink(join(outside, 'incoming'), join(root, 'skt', 'incoming'))
      await drop('real.ndjson', json(3))
      await symlink(outside, join(root, 'kt', 'done'))
      const folders = await foldersOn()
      await settle(folders)
      expect(await kept()).toEqual([])
      await rm(join(root, 'kt', 'done'))
      await symlink(join(outside, 'x'), join(root, 'kt', 'failed'))
      await settle(folders)
      expect(await kept()).toEqual([])
      expect((await readdir(outside)).sort()).toEqual(['incoming', 'secret.ndjson'])
      await rm(join(root, 'kt', 'failed'))
      await mkdir(join(root, 'kt', 'done'), { recursive: true })
      await symlink(join(outside, 'stolen.csv'), join(root, 'kt', 'done', '.real.ndjson.rejects.csv.part'))
      await settle(folders)
      expect((await readdir(outside)).sort()).toEqual(['incoming', 'secret.ndjson'])
      await rm(join(root, 'kt', 'done', '.real.ndjson.rejects.csv.part'))
      await settle(folders)
      expect((await kept()).map(({ msisdn }) => msisdn)).toEqual(['821010000003'])
    } finally {
      await rm(outside, { recursive: true })
    }
  })

  test('nor made up where it is not there', async () => {
    const error = await FeedFolders.open(join(root, 'nowhere'), {
      db: api.db,
      queues: api.queues,
      activity: new FeedActivity(api.db, log),
      log,
    }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(Problem)
    expect(error).toMatchObject({ where: 'BONGSU_FEEDS_DIR' })
  })
})

test('an engine with the setting looks into its folder, and says which feed is silent without being unready', async () => {
  const engine = await startEngine({
    databaseUrl: api.db.url,
    redisUrl: undefined,
    dataDir: root,
    geofencesDir: fileURLToPath(new URL('../../geofences', import.meta.url)),
    feedsDir: root,
    feedSilentAfterMs: 1,
    port: 0,
    profiles: [],
    roles: ['api'],
    log,
  })
  try {
    await drop('day.ndjson', json(1))
    await expect.poll(async () => (await kept()).length).toBe(1)
    await expect.poll(() => list('done')).toEqual(['day.ndjson'])
    await expect
      .poll(async () => {
        const answer = await fetch(`${engine.url}/readyz`)
        return { code: answer.status, ...((await answer.json()) as { silentFeeds: number }) }
      })
      .toMatchObject({ code: 200, status: 'ok', silentFeeds: 1 })
  } finally {
    await engine.stop()
  }
})

describe('a process that dies', () => {
  const file = `${Array.from({ length: 3_500 }, (_, i) => (i === 1_700 ? `broken\n${json(i)}` : json(i))).join('')}`

  test.each(['before-commit', 'after-commit'] as const)(
    'at the second thousand, %s, has the next one go on where it was',
    async (moment) => {
      await drop('big.ndjson', file)
      await settle(await foldersOn(dying(api.db, moment, /UPDATE feed_file SET line/, 2)))
      expect((await kept()).length).toBe(moment === 'before-commit' ? 1_000 : 2_000)
      expect(await list('done')).toEqual([])
      await settle(await foldersOn())
      expect((await kept()).map(({ msisdn }) => msisdn)).toEqual(numbers(3_500))
      expect(await list('done')).toEqual(['big.ndjson', 'big.ndjson.rejects.csv'])
      expect((await read('done', 'big.ndjson.rejects.csv')).split('\n')[1]).toMatch(/^1701,bad-json/)
      const { rows } = await api.db.pool.query('SELECT accepted, rejected FROM feed_file')
      expect(rows).toEqual([{ accepted: 3_500, rejected: 1 }])
    },
  )

  test('between the last commit and the move leaves nothing to be done twice', async () => {
    await drop('big.ndjson', file)
    const path = join(root, 'kt', 'incoming', 'big.ndjson')
    await link(path, join(root, 'same'))
    await settle(await foldersOn())
    await rename(join(root, 'kt', 'done', 'big.ndjson'), join(root, 'gone'))
    await rename(join(root, 'same'), path)
    await settle(await foldersOn())
    expect([await list('incoming'), (await kept()).length]).toEqual([[], 3_500])
  })

  test('by kill -9 in the midst of a file that waits for a crowded inbox changes nothing', async () => {
    await drop(
      'huge.ndjson',
      numbers(25_000)
        .map((_, i) => json(i))
        .join(''),
    )
    const running = spawn(process.execPath, ['--import', 'tsx', child, api.db.url, root], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const batches = async () => (await api.db.pool.query('SELECT FROM roaming_batch')).rowCount
    await expect.poll(batches).toBe(20)
    running.kill('SIGKILL')
    await once(running, 'exit')
    expect(await batches()).toBe(20)
    const first = (await kept()).map(({ msisdn }) => msisdn)
    await api.db.pool.query('UPDATE roaming_batch SET done_at = now()')
    // The server may need a moment to find that the dead one's connection, and its lock, is gone.
    const folders = await foldersOn()
    await expect
      .poll(async () => {
        await settle(folders)
        return list('done')
      })
      .toEqual(['huge.ndjson'])
    const all = (await kept()).map(({ msisdn }) => msisdn)
    expect([first.length, all]).toEqual([20_000, numbers(25_000)])
  })
})
