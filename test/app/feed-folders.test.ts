import { mkdir, mkdtemp, open, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { FeedActivity } from '../../src/api/feed-activity.ts'
import { FeedFolders } from '../../src/app/feeds/feed-folders.ts'
import { Problem } from '../../src/lib/problem.ts'
import { feedStates } from '../../src/reporting/feed-states.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { watched } from '../targeting/watched.ts'
import { header, json, layFeeds, log } from './feed-ground.ts'

const ground = layFeeds()
const { foldersOn, settle, drop, incoming, list, read, kept } = ground

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
    const [state] = await feedStates(ground.api.db, undefined, new Date())
    expect(state).toMatchObject({ source: 'carrier' })
    const kt = (await feedStates(ground.api.db, undefined, new Date())).find(({ source }) => source === 'kt')
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
    ground.wait(4_000)
    await writeFile(incoming('slow.ndjson'), json(2), { flag: 'a' })
    await folders.scan()
    ground.wait(4_000)
    await folders.scan()
    await folders.idle()
    expect(await list('incoming')).toEqual(['slow.ndjson'])
    const writer = await open(incoming('slow.ndjson'), 'a')
    ground.wait(60_000)
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
    const path = incoming('roaming.ndjson')
    await drop('roaming.ndjson', json(1))
    let replaced = false
    const db = watched(ground.api.db, () => async (text, run) => {
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
    await rename(incoming('x.csv.part'), incoming('x.csv'))
    await settle(folders)
    expect(await kept()).toHaveLength(1)
  })

  test('of a feed without a key that holds stays where it is', async () => {
    await mkdir(join(ground.root, 'nobody', 'incoming'), { recursive: true })
    await drop('a.ndjson', json(1), 'nobody')
    await settle(await foldersOn())
    expect(await readdir(join(ground.root, 'nobody', 'incoming'))).toEqual(['a.ndjson'])
    expect(await kept()).toEqual([])
  })
})

describe('what nobody takes', () => {
  test('is told with the reason: no key, no file, another kind, the wrong place, a link', async () => {
    const folder = (...names: string[]) => mkdir(join(ground.root, ...names), { recursive: true })
    await folder('nobody', 'incoming')
    await folder('KT', 'incoming')
    await folder('kt', 'incoming', 'old')
    await drop('a.ndjson', json(1), 'nobody')
    await drop('a.csv', header, 'KT')
    await drop('day.json', '[]')
    await drop('late.csv.part', header)
    await symlink(join(ground.root, 'nobody'), join(ground.root, 'skt'))
    await symlink(join(ground.root, 'nobody', 'incoming', 'a.ndjson'), incoming('b.ndjson'))
    await writeFile(join(ground.root, 'kt', 'c.csv'), header)
    await writeFile(join(ground.root, 'd.csv'), header)
    await writeFile(join(ground.root, 'README.txt'), 'of the folder')
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
    await symlink(tmpdir(), join(ground.root, 'kt', 'done'))
    await drop('a.ndjson', json(1))
    const folders = await foldersOn()
    expect(await folders.untaken()).toEqual({ count: 0, files: [] })
    await settle(folders)
    expect((await folders.untaken()).files).toEqual([
      { path: 'kt/incoming/a.ndjson', why: 'it could not be taken, and is tried again: see the log' },
    ])
    await rm(join(ground.root, 'kt', 'done'))
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
      await symlink(join(outside, 'secret.ndjson'), incoming('link.ndjson'))
      await mkdir(join(outside, 'incoming'))
      await writeFile(join(outside, 'incoming', 'a.ndjson'), json(2))
      await addKey(ground.api.db, 'lgu', 'carrier', 'test')
      await symlink(outside, join(ground.root, 'lgu'))
      await addKey(ground.api.db, 'skt', 'carrier', 'test')
      await mkdir(join(ground.root, 'skt'))
      await symlink(join(outside, 'incoming'), join(ground.root, 'skt', 'incoming'))
      await drop('real.ndjson', json(3))
      await symlink(outside, join(ground.root, 'kt', 'done'))
      const folders = await foldersOn()
      await settle(folders)
      expect(await kept()).toEqual([])
      await rm(join(ground.root, 'kt', 'done'))
      await symlink(join(outside, 'x'), join(ground.root, 'kt', 'failed'))
      await settle(folders)
      expect(await kept()).toEqual([])
      expect((await readdir(outside)).sort()).toEqual(['incoming', 'secret.ndjson'])
      await rm(join(ground.root, 'kt', 'failed'))
      await mkdir(join(ground.root, 'kt', 'done'), { recursive: true })
      await symlink(join(outside, 'stolen.csv'), join(ground.root, 'kt', 'done', '.real.ndjson.rejects.csv.part'))
      await settle(folders)
      expect((await readdir(outside)).sort()).toEqual(['incoming', 'secret.ndjson'])
      await rm(join(ground.root, 'kt', 'done', '.real.ndjson.rejects.csv.part'))
      await settle(folders)
      expect((await kept()).map(({ msisdn }) => msisdn)).toEqual(['821010000003'])
    } finally {
      await rm(outside, { recursive: true })
    }
  })

  test('nor made up where it is not there', async () => {
    const error = await FeedFolders.open(join(ground.root, 'nowhere'), {
      db: ground.api.db,
      queues: ground.api.queues,
      activity: new FeedActivity(ground.api.db, log),
      log,
    }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(Problem)
    expect(error).toMatchObject({ where: 'BONGSU_FEEDS_DIR' })
  })
})
