import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FeedActivity } from '../../src/api/feed-activity.ts'
import { startEngine } from '../../src/app/engine.ts'
import { FeedFolders } from '../../src/app/feeds/feed-folders.ts'
import { stampOf } from '../../src/app/feeds/take-file.ts'
import { createLogger } from '../../src/lib/log.ts'
import { Problem } from '../../src/lib/problem.ts'
import { feedStates } from '../../src/reporting/feed-states.ts'
import { type Database, transaction } from '../../src/store/database.ts'
import { openFeeds } from '../../src/store/feeds/rights.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { startApi, type TestApi } from '../api/support.ts'
import { dying } from '../targeting/dying.ts'
import { waitingFor } from '../targeting/waiting.ts'
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
  await Promise.all(activities.splice(0).map((activity) => activity.close()))
  await rm(root, { recursive: true, force: true })
  await api.db.pool.query('TRUNCATE roaming_batch, feed_file, feed, feed_hour, feed_reject')
})

const activities: FeedActivity[] = []
function foldersOn(db: Database = api.db): Promise<FeedFolders> {
  const activity = new FeedActivity(api.db, log)
  activities.push(activity)
  return FeedFolders.open(root, { db, queues: api.queues, activity, log, now: () => now })
}
/** Looks, and looks again when whatever lies there has been quiet for long enough. */
async function settle(folders: FeedFolders): Promise<void> {
  await begin(folders)
  await folders.idle()
}
async function begin(folders: FeedFolders): Promise<void> {
  await folders.scan()
  now += 5_000
  await folders.scan()
}
const drop = (name: string, text: string | Buffer, source = 'kt') =>
  writeFile(join(root, source, 'incoming', name), text)
const list = async (folder: string, source = 'kt') => (await readdir(join(root, source, folder)).catch(() => [])).sort()
const read = (folder: string, name: string) => readFile(join(root, 'kt', folder, name), 'utf8')
const json = (i: number, change: object = {}) =>
  `${JSON.stringify({ msisdn: `8210${10_000_000 + i}`, country: 'JP', at: '2026-11-21T03:04:05Z', event: 'enter', ...change })}\n`
async function keptBy(): Promise<{ source: string; msisdn: string }[]> {
  const { rows } = await api.db.pool.query<{ source: string; msisdn: string }>(
    `SELECT source, e->>'msisdn' msisdn FROM roaming_batch CROSS JOIN json_array_elements(events) e ORDER BY 1, 2`,
  )
  return rows
}
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

  test('tells of the future in its rejects only', async () => {
    const ahead = new Date(Date.now() + 9 * 3_600_000).toISOString()
    await drop('seoul.csv', `${header}821012345678,enter,${ahead},JP,\n821012345679,enter,2026-11-21T03:04:05Z,JP,\n`)
    await drop('seoul.ndjson', `${json(1, { at: '2099-01-01T00:00:00Z' })}${json(2)}`)
    await settle(await foldersOn())
    expect((await kept()).map(({ msisdn }) => msisdn).sort()).toEqual(['821010000002', '821012345679'])
    const rejects = /^line,code,where,reason\n(\d),bad-time,at,.* ahead of our clock.*\+09:00/
    expect(rejects.exec(await read('done', 'seoul.csv.rejects.csv'))?.[1]).toBe('2')
    expect(rejects.exec(await read('done', 'seoul.ndjson.rejects.csv'))?.[1]).toBe('1')
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
    await folders.idle()
    expect(await list('incoming')).toEqual(['slow.ndjson'])
    const writer = await open(join(root, 'kt', 'incoming', 'slow.ndjson'), 'a')
    now += 60_000
    await folders.scan()
    await folders.idle()
    expect(await list('incoming')).toEqual(['slow.ndjson'])
    await writer.close()
    await folders.scan()
    await folders.idle()
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

describe('what nobody takes', () => {
  test('is told with the reason: no key, no file, another kind, the wrong place, a link', async () => {
    const folder = (...names: string[]) => mkdir(join(root, ...names), { recursive: true })
    await folder('nobody', 'incoming')
    await folder('KT', 'incoming')
    await folder('kt', 'incoming', 'old')
    await drop('a.ndjson', json(1), 'nobody')
    await drop('a.csv', header, 'KT')
    await drop('day.json', '[]')
    await drop('late.csv.part', header)
    await symlink(join(root, 'nobody'), join(root, 'skt'))
    await symlink(join(root, 'nobody', 'incoming', 'a.ndjson'), join(root, 'kt', 'incoming', 'b.ndjson'))
    await writeFile(join(root, 'kt', 'c.csv'), header)
    await writeFile(join(root, 'd.csv'), header)
    await writeFile(join(root, 'README.txt'), 'of the folder')
    await drop('ours.ndjson', json(2))
    const folders = await foldersOn()
    await settle(folders)
    expect(await list('done')).toEqual(['ours.ndjson'])
    expect(await folders.untaken()).toEqual({
      count: 8,
      files: [
        {
          path: 'KT/incoming/a.csv',
          why: 'no key of the role carrier has the name of this folder: the feed is called "kt"',
        },
        { path: 'd.csv', why: 'it lies beside the folders of feeds: NAME/incoming is looked into' },
        { path: 'kt/c.csv', why: 'it does not lie in "incoming": NAME/incoming is looked into' },
        { path: 'kt/incoming/b.ndjson', why: 'it is not a plain file, and is left alone' },
        { path: 'kt/incoming/day.json', why: 'its name ends neither in .csv nor in .ndjson' },
        { path: 'kt/incoming/old', why: 'it is a folder: only files are taken' },
        { path: 'nobody/incoming/a.ndjson', why: 'no key of the role carrier has the name of this folder' },
        { path: 'skt', why: 'it is a link, and is not followed' },
      ],
    })
  })

  test('is told of a file that cannot be put away, until it can', async () => {
    await symlink(tmpdir(), join(root, 'kt', 'done'))
    await drop('a.ndjson', json(1))
    const folders = await foldersOn()
    expect(await folders.untaken()).toEqual({ count: 0, files: [] })
    await settle(folders)
    expect((await folders.untaken()).files).toEqual([
      { path: 'kt/incoming/a.ndjson', why: 'it could not be taken, and is tried again: see the log' },
    ])
    await rm(join(root, 'kt', 'done'))
    await settle(folders)
    expect([await list('done'), (await folders.untaken()).count]).toEqual([['a.ndjson'], 0])
  })

  test('is named up to a hundred, and counted', async () => {
    for (let i = 0; i < 101; i++) await drop(`${i}.json`, '{}')
    const { count, files } = await (await foldersOn()).untaken()
    expect([count, files.length]).toEqual([101, 100])
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

describe('feeds side by side', () => {
  const others = ['skt', 'lgu', 'mvno']
  beforeAll(async () => {
    for (const source of others) await addKey(api.db, source, 'carrier', 'test')
  })
  beforeEach(async () => {
    for (const source of others) {
      await mkdir(join(root, source, 'incoming'), { recursive: true })
    }
  })
  /** Has whoever keeps notifications of this file wait, until the work is done. */
  async function blocking(source: string, name: string, work: () => Promise<void>): Promise<void> {
    const stamp = stampOf(await lstat(join(root, source, 'incoming', name), { bigint: true }))
    const file = [source, name, stamp]
    await api.db.pool.query('INSERT INTO feed_file (source, name, stamp) VALUES ($1, $2, $3)', file)
    await transaction(api.db.pool, async (blocker) => {
      await blocker.query('SELECT FROM feed_file WHERE source = $1 AND name = $2 AND stamp = $3 FOR UPDATE', file)
      await work()
    })
  }

  test('a file is done while a long one of another carrier is still being read, and another process leaves that alone', async () => {
    await drop('long.ndjson', json(1))
    await utimes(join(root, 'kt', 'incoming', 'long.ndjson'), 1, 1)
    const folders = await foldersOn()
    await blocking('kt', 'long.ndjson', async () => {
      await begin(folders)
      await waitingFor(api.db, /UPDATE feed_file/)
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
    await transaction(api.db.pool, async (blocker) => {
      await blocker.query('LOCK TABLE roaming_batch IN SHARE MODE')
      await begin(folders)
      await waitingFor(api.db, /INSERT INTO roaming_batch/, 3)
      await folders.scan()
      expect((await api.db.pool.query('SELECT FROM feed_file')).rowCount).toBe(3)
    })
    await folders.idle()
    expect((await keptBy()).map(({ source }) => source)).toEqual(['kt', 'lgu', 'mvno', 'skt'])
  })

  test('files of one carrier are taken in the order of their times', async () => {
    for (const [i, name] of ['c', 'a', 'd', 'b'].entries()) {
      await drop(`${name}.ndjson`, json(i))
      await utimes(join(root, 'kt', 'incoming', `${name}.ndjson`), 1_000 + i, 1_000 + i)
    }
    await settle(await foldersOn())
    expect((await kept()).map(({ msisdn }) => msisdn)).toEqual(numbers(4))
  })

  test('a stop is not held up by files that wait for room in the inbox', async () => {
    await api.db.pool.query(
      `INSERT INTO roaming_batch (source, events) VALUES ('kt', json_build_array(repeat('x', 3000000)))`,
    )
    for (const source of ['kt', 'skt']) await drop('a.ndjson', json(1), source)
    const folders = await foldersOn()
    await begin(folders)
    await expect.poll(async () => (await api.db.pool.query('SELECT FROM feed_file')).rowCount).toBe(2)
    folders.stop()
    await folders.idle()
    await settle(folders)
    expect([await list('incoming'), await list('incoming', 'skt')]).toEqual([['a.ndjson'], ['a.ndjson']])
    expect(await list('done')).toEqual([])
    await api.db.pool.query('TRUNCATE roaming_batch')
    await settle(await foldersOn())
    expect((await keptBy()).map(({ source }) => source)).toEqual(['kt', 'skt'])
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
    await drop('day.json', '[]')
    await expect.poll(async () => (await kept()).length).toBe(1)
    await expect.poll(() => list('done')).toEqual(['day.ndjson'])
    await expect
      .poll(async () => {
        const answer = await fetch(`${engine.url}/readyz`)
        return { code: answer.status, ...((await answer.json()) as { silentFeeds: number }) }
      })
      .toMatchObject({ code: 200, status: 'ok', silentFeeds: (await openFeeds(api.db.pool)).size })
    const answer = await fetch(`${engine.url}/v1/feeds`, { headers: { authorization: `Bearer ${api.keys.viewer}` } })
    const { feeds, untaken } = (await answer.json()) as { feeds: { state: string }[]; untaken: object }
    expect(feeds.map(({ state }) => state)).toEqual(feeds.map(() => 'silent'))
    expect(untaken).toMatchObject({ count: 1, files: [{ path: 'kt/incoming/day.json' }] })
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
      numbers(40_000)
        .map((_, i) => json(i))
        .join(''),
    )
    const running = spawn(process.execPath, ['--import', 'tsx', child, api.db.url, root], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const batches = async () => (await api.db.pool.query('SELECT FROM roaming_batch')).rowCount
    await expect.poll(batches).toBeGreaterThan(0)
    const { rows } = await api.db.pool.query('SELECT octet_length(events::text) octets FROM roaming_batch LIMIT 1')
    const crowd = Math.ceil(2_500_000 / rows[0].octets)
    await expect.poll(batches).toBe(crowd)
    running.kill('SIGKILL')
    await once(running, 'exit')
    expect(await batches()).toBe(crowd)
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
    expect([first.length, all]).toEqual([crowd * 1_000, numbers(40_000)])
  })
})
