import {
  type ConnectionOptions,
  createPostgresBackend,
  type JobsOptions,
  type PostgresPoolConfig,
  Queue,
  Worker,
} from 'bullmq'
import { Redis } from 'ioredis'
import { Problem } from '../lib/problem.ts'

/** What is used of BullMQ's Queue, whichever datastore is behind it. */
interface JobQueue {
  add(name: string, data: Record<string, unknown>, options: JobsOptions): Promise<unknown>
  waitUntilReady(): Promise<unknown>
  close(): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** What is used of BullMQ's Worker. */
export interface JobWorker {
  run(): Promise<void>
  waitUntilReady(): Promise<unknown>
  close(force?: boolean): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** A set of queues to add jobs to, over one connection that they share. */
export interface BellSet {
  queue(name: string): JobQueue
  close(): Promise<void>
}

/** What BullMQ needs of a datastore. Every object has an error listener: an `error` event without one ends the process. */
export interface QueueBackend {
  name: 'postgres' | 'redis'
  openBells(onError: (error: Error) => void): BellSet
  worker(name: string, handler: (data: Record<string, unknown>) => Promise<void>, concurrency: number): JobWorker
}

/** Rings carry no history, so the event streams that BullMQ keeps for observers are kept short. */
const queueOptions = { streams: { events: { maxLen: 100 } } }

/**
 * A job whose worker was killed goes back to the queue 5 to 10 s later (BullMQ's defaults: 30 to 60 s). A job lives no
 * longer than its run: what is to be done is kept in the database, not here.
 */
const workerOptions = {
  autorun: false,
  lockDuration: 5_000,
  stalledInterval: 2_500,
  maxStalledCount: 10,
  runRetryDelay: 1_000,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
} as const

/** BullMQ's tables in a schema of their own. Needs a direct connection: LISTEN does not pass through pgbouncer. */
export function postgresBackend(databaseUrl: string, schema: string): QueueBackend {
  // A config, not a Pool: BullMQ ignores `migrate` on a Pool that it is given.
  const connection = (max: number): PostgresPoolConfig => ({
    connectionString: databaseUrl,
    schema,
    migrate: true,
    max,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  })
  return {
    name: 'postgres',
    openBells: (onError) => {
      const shared = createPostgresBackend('bells', { connection: connection(3) })
      shared.on('error', onError)
      return bellSet(
        (name) => new Queue(name, { connection: connection(3), ...queueOptions }, () => shared.forQueue(name)),
        onError,
        () => shared.close(),
      )
    },
    worker: (name, handler, concurrency) => {
      const max = Math.min(concurrency, 4)
      const options = { ...workerOptions, connection: connection(max), concurrency }
      return new Worker(name, (job) => handler(job.data), options, createPostgresBackend)
    },
  }
}

/** Keys below `prefix`; `redis://` or `rediss://`. */
export function redisBackend(redisUrl: string, prefix: string): QueueBackend {
  if (!/^rediss?:\/\//.test(redisUrl) || !URL.canParse(redisUrl)) {
    throw new Problem('bad-redis-url', 'The URL of Redis is not valid', {
      where: 'REDIS_URL',
      hint: 'Write redis://[user:password@]host:port[/number], or rediss:// for TLS.',
    })
  }
  return {
    name: 'redis',
    openBells: (onError) => {
      // Without the offline queue a ring fails at once while Redis is away, instead of piling up in memory.
      const connection = new Redis(redisUrl, { maxRetriesPerRequest: null, enableOfflineQueue: false, retryStrategy })
      connection.on('error', onError)
      return bellSet(
        (name) => new Queue(name, { connection, prefix, ...queueOptions }),
        onError,
        async () => connection.disconnect(),
      )
    },
    worker: (name, handler, concurrency) => {
      const connection: ConnectionOptions = { url: redisUrl, maxRetriesPerRequest: null, retryStrategy }
      return new Worker(name, (job) => handler(job.data), { ...workerOptions, connection, prefix, concurrency })
    },
  }
}

function retryStrategy(times: number): number {
  return Math.min(100 * times, 1_000)
}

function bellSet(
  make: (name: string) => JobQueue,
  onError: (error: Error) => void,
  closeShared: () => Promise<void>,
): BellSet {
  const queues = new Map<string, JobQueue>()
  return {
    queue: (name) => {
      const known = queues.get(name)
      if (known !== undefined) return known
      const queue = make(name)
      queue.on('error', onError)
      queues.set(name, queue)
      return queue
    },
    close: async () => {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()))
      await closeShared()
    },
  }
}
