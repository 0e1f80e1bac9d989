import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { createLogger } from '../../src/lib/log.ts'
import { openQueues, type Queues } from '../../src/queue/queues.ts'
import { startEmbedded } from '../../src/store/embedded/start-embedded.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

const log = createLogger('silent')
const eventually = { timeout: 20_000, interval: 10 }
const redisProgram = inject('redisProgram')

/** A datastore of the test's own that can be taken away and brought back. */
interface Datastore {
  open(prefix?: string): Promise<Queues>
  close(): Promise<void>
}

async function onPostgres(): Promise<Datastore> {
  const database = await cloneDatabase()
  return {
    open: (prefix) => openQueues({ databaseUrl: database.url, log, ...(prefix ? { prefix } : {}) }),
    close: database.drop,
  }
}

async function onRedis(): Promise<Datastore> {
  const server = await startRedis(redisProgram as string)
  const options = { databaseUrl: 'postgresql://not-used', redisUrl: server.url, log }
  return { open: (prefix) => openQueues({ ...options, ...(prefix ? { prefix } : {}) }), close: server.stop }
}

/** A handler that notes what it got and can be held at its start. */
function recorder() {
  const seen: unknown[] = []
  let gate = Promise.resolve()
  let release = () => {}
  return {
    seen,
    hold: () => {
      gate = new Promise((resolve) => {
        release = resolve
      })
    },
    release: () => release(),
    handler: async (data: Record<string, unknown>) => {
      seen.push(data.n)
      await gate
    },
  }
}

describe.each([
  { name: 'PostgreSQL', start: onPostgres, available: true },
  { name: 'Redis', start: onRedis, available: redisProgram !== undefined },
])('queues on $name', ({ start, available }) => {
  describe.skipIf(!available)('with the datastore there', () => {
    let datastore: Datastore
    let queues: Queues

    beforeAll(async () => {
      datastore = await start()
    })

    afterEach(async () => {
      await queues.close()
    })

    afterAll(async () => {
      await datastore.close()
    })

    test('hands the data of each ring to the handler of its queue', async () => {
      queues = await datastore.open('hands')
      const chunks = recorder()
      const others = recorder()
      queues.work('chunks', chunks.handler, { concurrency: 1 })
      queues.work('others', others.handler, { concurrency: 1 })
      expect(await queues.ring('chunks', { n: 1 })).toBe(true)
      expect(await queues.ring('others', { n: 2 })).toBe(true)
      await expect.poll(() => [chunks.seen, others.seen], eventually).toEqual([[1], [2]])
    })

    test('takes the most urgent first, among equals the oldest, and a ring without a priority after the urgent ones', async () => {
      queues = await datastore.open('priority')
      const { seen, handler } = recorder()
      await queues.ring('chunks', { n: 'unset' })
      await queues.ring('chunks', { n: 'last' }, { priority: 9_999_999 })
      await queues.ring('chunks', { n: 'first' }, { priority: 1 })
      await queues.ring('chunks', { n: 'second' }, { priority: 1 })
      await queues.ring('chunks', { n: 'clamped' }, { priority: -5 })
      queues.work('chunks', handler, { concurrency: 1 })
      await expect.poll(() => seen, eventually).toEqual(['first', 'second', 'clamped', 'unset', 'last'])
    })

    test('makes one run of the rings of one id that wait, whatever the id looks like', async () => {
      queues = await datastore.open('ids')
      const { seen, handler } = recorder()
      for (const id of ['7', 'a:b', 'plain']) {
        await queues.ring('chunks', { n: id }, { id })
        await queues.ring('chunks', { n: `${id} again` }, { id })
      }
      await queues.ring('chunks', { n: 'end' }, { priority: 2_000 })
      queues.work('chunks', handler, { concurrency: 1 })
      await expect.poll(() => seen, eventually).toEqual(['7', 'a:b', 'plain', 'end'])
    })

    test('runs once more, with the newest data, when its id rings during the run', async () => {
      queues = await datastore.open('during')
      const work = recorder()
      work.hold()
      queues.work('chunks', work.handler, { concurrency: 5 })
      await queues.ring('chunks', { n: 1 }, { id: 'c1' })
      await expect.poll(() => work.seen, eventually).toEqual([1])
      await queues.ring('chunks', { n: 2 }, { id: 'c1' })
      await queues.ring('chunks', { n: 3 }, { id: 'c1' })
      expect(work.seen).toEqual([1])
      work.release()
      await expect.poll(() => work.seen, eventually).toEqual([1, 3])
    })

    test('can be rung again under an id once the run is over, also when its handler failed', async () => {
      queues = await datastore.open('again')
      const seen: unknown[] = []
      const fail = async (data: Record<string, unknown>) => {
        seen.push(data.n)
        throw new Error('the database was away')
      }
      queues.work('chunks', fail, { concurrency: 1 })
      for (const n of [1, 2]) {
        await queues.ring('chunks', { n }, { id: 'c1' })
        await expect.poll(() => seen.at(-1), eventually).toBe(n)
      }
      await queues.ring('chunks', { n: 3 }, { id: 'c1' })
      await expect.poll(() => seen, eventually).toEqual([1, 2, 3])
    })

    test('rings later when asked to, and a ring for now takes the place of one for later', async () => {
      queues = await datastore.open('later')
      const { seen, handler } = recorder()
      queues.work('chunks', handler, { concurrency: 1 })
      const rungAt = performance.now()
      await queues.ring('chunks', { n: 'soon' }, { delayMs: 300 })
      await queues.ring('chunks', { n: 'in an hour' }, { id: 'c1', delayMs: 3_600_000 })
      await queues.ring('chunks', { n: 'now' }, { id: 'c1' })
      await expect.poll(() => seen, eventually).toEqual(['now', 'soon'])
      expect(performance.now() - rungAt).toBeGreaterThanOrEqual(295)
    })

    test('runs as many at once as it was told, not more', async () => {
      queues = await datastore.open('concurrency')
      const work = recorder()
      work.hold()
      for (let n = 0; n < 5; n++) await queues.ring('chunks', { n })
      queues.work('chunks', work.handler, { concurrency: 3 })
      await expect.poll(() => work.seen.length, eventually).toBe(3)
      work.release()
      // What begins at once begins in no order.
      await expect.poll(() => work.seen.toSorted(), eventually).toEqual([0, 1, 2, 3, 4])
    })

    test('waits at close for the handlers that run, and takes no ring afterwards', async () => {
      queues = await datastore.open('close')
      const work = recorder()
      work.hold()
      queues.work('chunks', work.handler, { concurrency: 1 })
      await queues.ring('chunks', { n: 1 })
      await expect.poll(() => work.seen, eventually).toEqual([1])
      let closed = false
      const closing = queues.close().then(() => {
        closed = true
      })
      expect(await queues.ring('other', { n: 2 })).toBe(true)
      expect(closed).toBe(false)
      work.release()
      await closing
      expect(await queues.ring('chunks', { n: 2 })).toBe(false)
      expect(work.seen).toEqual([1])
    })

    test('ticks at once and then on, once for all processes with the same id', async () => {
      queues = await datastore.open('every')
      const second = await datastore.open('every')
      const { seen, handler } = recorder()
      queues.work('maintenance', handler, { concurrency: 1 })
      const startedAt = performance.now()
      await Promise.all([
        queues.every('maintenance', 'purge', 200, { n: 'purge' }),
        second.every('maintenance', 'purge', 200, { n: 'purge' }),
      ])
      await expect.poll(() => seen.length, eventually).toBeGreaterThanOrEqual(4)
      // Not twice as often, though two ask.
      expect(seen.length).toBeLessThanOrEqual(Math.floor((performance.now() - startedAt) / 180) + 1)
      await second.close()
    })

    test('keeps engines with different prefixes apart', async () => {
      queues = await datastore.open('mine')
      const theirs = await datastore.open('theirs')
      const mine = recorder()
      const other = recorder()
      queues.work('chunks', mine.handler, { concurrency: 1 })
      theirs.work('chunks', other.handler, { concurrency: 1 })
      await queues.ring('chunks', { n: 1 })
      await expect.poll(() => mine.seen, eventually).toEqual([1])
      await theirs.ring('chunks', { n: 2 })
      await expect.poll(() => other.seen, eventually).toEqual([2])
      expect(mine.seen).toEqual([1])
      await theirs.close()
    })

    test('refuses a second handler for a queue in one process', async () => {
      queues = await datastore.open('second')
      queues.work('chunks', async () => {}, { concurrency: 1 })
      expect(() => queues.work('chunks', async () => {}, { concurrency: 1 })).toThrow('already')
    })
  })
})

describe('queues on PostgreSQL', () => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await cloneDatabase()
  })

  afterAll(async () => {
    await database.drop()
  })

  test('keep their tables out of the public schema and leave no finished job behind', async () => {
    const queues = await openQueues({ databaseUrl: database.url, log })
    const { seen, handler } = recorder()
    queues.work('chunks', handler, { concurrency: 1 })
    await queues.ring('chunks', { n: 1 }, { id: 'a' })
    await expect.poll(() => seen, eventually).toEqual([1])
    await queues.close()
    const client = new Client({ connectionString: database.url })
    await client.connect()
    const { rows } = await client.query(
      "select count(*)::int as public from pg_tables where schemaname = 'public' and tablename = 'job'",
    )
    expect(rows).toEqual([{ public: 0 }])
    expect((await client.query('select count(*)::int as jobs from bongsu_queue.job')).rows).toEqual([{ jobs: 0 }])
    await client.end()
  })

  test('cannot be opened where there is no server, and say so', async () => {
    const databaseUrl = `postgresql://a:secret@127.0.0.1:${await freePort()}/b`
    await expect(openQueues({ databaseUrl, log })).rejects.toMatchObject({
      code: 'queue-unreachable',
      message: expect.not.stringContaining('secret'),
    })
  })

  test('go on after the server was killed, and say within about a second that they did not ring while it is away', async () => {
    const dir = await mkdtemp(join(inject('runDir'), 'queue-'))
    const embedded = await startEmbedded({ dataDir: dir, log })
    const queues = await openQueues({ databaseUrl: embedded.url, log })
    const { seen, handler } = recorder()
    queues.work('chunks', handler, { concurrency: 1 })
    await queues.ring('chunks', { n: 'before' })
    await expect.poll(() => seen, eventually).toEqual(['before'])
    const pidFile = await readFile(join(dir, 'postgres/data/postmaster.pid'), 'utf8')
    process.kill(Number.parseInt(pidFile, 10), 'SIGKILL')
    await expect.poll(() => queues.ring('chunks', { n: 'back' }, { id: 'c1' }), eventually).toBe(true)
    await expect.poll(() => seen, eventually).toContain('back')
    await embedded.stop()
    const away = performance.now()
    expect(await queues.ring('chunks', { n: 'away' })).toBe(false)
    expect(await queues.ring('never-used-before', { n: 'away' })).toBe(false)
    expect(performance.now() - away).toBeLessThan(3_000)
    await queues.close()
    await rm(dir, { recursive: true })
  })
})

describe.skipIf(redisProgram === undefined)('queues on Redis', () => {
  test('open while Redis is away, and work when it comes', async () => {
    const port = await freePort()
    const queues = await openQueues({ databaseUrl: '', redisUrl: `redis://127.0.0.1:${port}`, log })
    const { seen, handler } = recorder()
    queues.work('chunks', handler, { concurrency: 1 })
    expect(await queues.ring('chunks', { n: 'away' })).toBe(false)
    const server = await startRedis(redisProgram as string, port)
    await expect.poll(() => queues.ring('chunks', { n: 'back' }, { id: 'c1' }), eventually).toBe(true)
    await expect.poll(() => seen, eventually).toContain('back')
    await queues.close()
    await server.stop()
  })

  test('survive a restart and a flush: later rings and ticks come through', async () => {
    let server: RedisServer = await startRedis(redisProgram as string)
    const port = Number(new URL(server.url).port)
    const queues = await openQueues({ databaseUrl: '', redisUrl: server.url, log })
    const ticks = recorder()
    const chunks = recorder()
    queues.work('maintenance', ticks.handler, { concurrency: 1 })
    queues.work('chunks', chunks.handler, { concurrency: 1 })
    await queues.every('maintenance', 'purge', 100, { n: 'tick' })
    await expect.poll(() => ticks.seen.length, eventually).toBeGreaterThan(1)
    await server.flush()
    const flushedAt = ticks.seen.length
    await expect.poll(() => ticks.seen.length, eventually).toBeGreaterThan(flushedAt + 1)
    await server.stop()
    expect(await queues.ring('chunks', { n: 'away' })).toBe(false)
    server = await startRedis(redisProgram as string, port)
    const restartedAt = ticks.seen.length
    await expect.poll(() => queues.ring('chunks', { n: 'back' }, { id: 'c1' }), eventually).toBe(true)
    await expect.poll(() => chunks.seen, eventually).toContain('back')
    await expect.poll(() => ticks.seen.length, eventually).toBeGreaterThan(restartedAt + 1)
    await queues.close()
    await server.stop()
  })

  test('refuse a URL that is not one of Redis', async () => {
    await expect(openQueues({ databaseUrl: '', redisUrl: 'localhost:6379', log })).rejects.toMatchObject({
      code: 'bad-redis-url',
    })
  })
})
