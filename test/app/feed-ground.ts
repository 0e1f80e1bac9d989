import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { FeedActivity } from '../../src/api/feed-activity.ts'
import { FeedFolders } from '../../src/app/feeds/feed-folders.ts'
import { createLogger } from '../../src/lib/log.ts'
import type { Database } from '../../src/store/database.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { startApi, type TestApi } from '../api/support.ts'

export const log = createLogger('silent')

/** Where carriers drop files: the feed `kt`, which writes of the home network 45008, and a clock that stands still. */
export interface FeedGround {
  readonly api: TestApi
  readonly root: string
  wait(ms: number): void
  /** Folders as another process would open them. */
  foldersOn(db?: Database): Promise<FeedFolders>
  drop(name: string, text: string | Buffer, source?: string): Promise<void>
  /** The path of what lies among the files that came of `kt`. */
  incoming(name: string): string
  list(folder: string, source?: string): Promise<string[]>
  /** What a file of `kt` holds. */
  read(folder: string, name: string): Promise<string>
  keptBy(): Promise<{ source: string; msisdn: string }[]>
  /** What was kept, all of it of `kt`, in order. */
  kept(): Promise<{ msisdn: string; hplmn: string }[]>
  begin(folders: FeedFolders): Promise<void>
  /** Looks, and looks again when whatever lies there has been quiet for long enough. */
  settle(folders: FeedFolders): Promise<void>
}

/** For the file that calls it; each of its tests finds the folders empty. */
export function layFeeds(): FeedGround {
  let api: TestApi
  let root = ''
  let now = 0
  const activities: FeedActivity[] = []

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

  const begin = async (folders: FeedFolders) => {
    await folders.scan()
    now += 5_000
    await folders.scan()
  }
  return {
    get api() {
      return api
    },
    get root() {
      return root
    },
    wait(ms) {
      now += ms
    },
    foldersOn(db = api.db) {
      const activity = new FeedActivity(api.db, log)
      activities.push(activity)
      return FeedFolders.open(root, { db, queues: api.queues, activity, log, now: () => now })
    },
    drop: (name, text, source = 'kt') => writeFile(join(root, source, 'incoming', name), text),
    incoming: (name) => join(root, 'kt', 'incoming', name),
    list: async (folder, source = 'kt') => (await readdir(join(root, source, folder)).catch(() => [])).sort(),
    read: (folder, name) => readFile(join(root, 'kt', folder, name), 'utf8'),
    async keptBy() {
      const { rows } = await api.db.pool.query<{ source: string; msisdn: string }>(
        `SELECT source, e->>'msisdn' msisdn FROM roaming_batch CROSS JOIN json_array_elements(events) e ORDER BY 1, 2`,
      )
      return rows
    },
    async kept() {
      const { rows } = await api.db.pool.query<{ source: string; events: { msisdn: string; hplmn: string }[] }>(
        'SELECT source, events FROM roaming_batch ORDER BY id',
      )
      expect(rows.every(({ source }) => source === 'kt')).toBe(true)
      return rows.flatMap(({ events }) => events)
    },
    begin,
    async settle(folders) {
      await begin(folders)
      await folders.idle()
    },
  }
}

export const json = (i: number, change: object = {}): string =>
  `${JSON.stringify({ msisdn: `8210${10_000_000 + i}`, country: 'JP', at: '2026-11-21T03:04:05Z', event: 'enter', ...change })}\n`

/** The numbers of the first `n` of them. */
export const numbers = (n: number): string[] => Array.from({ length: n }, (_, i) => `8210${10_000_000 + i}`)

export const header = 'msisdn,event,at,country,hplmn\n'
