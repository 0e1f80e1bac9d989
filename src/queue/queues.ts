import type { Logger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'
import { postgresBackend, type QueueBackend, redisBackend } from './backend.ts'
import { Bells, type RingOptions } from './bells.ts'
import { Hand, type Handler } from './hand.ts'
import { QuietLog } from './quiet-log.ts'

/**
 * The doorbell: it says that there is work, the database says what. A lost bell costs time, never work, so nothing here
 * is a truth and nothing here throws for want of a datastore.
 */
export interface Queues {
  /**
   * Rings for `queue`. False (and a line in the log) where the datastore did not take it within a second.
   * `data` is plain JSON.
   */
  ring(queue: string, data: Record<string, unknown>, options?: RingOptions): Promise<boolean>
  /** Answers the bells of `queue`, `concurrency` at a time in this process. One handler a queue and process. */
  work(queue: string, handler: Handler, options: { concurrency: number }): void
  /**
   * Rings now and every `intervalMs`, once for all the processes that ask for the same `id`. A run that takes longer
   * than the interval may overlap the next.
   */
  every(queue: string, id: string, intervalMs: number, data: Record<string, unknown>): Promise<void>
  /** Takes no more bells and waits for the handlers that run. */
  close(): Promise<void>
}

export interface QueueOptions {
  databaseUrl: string
  /** Where given, the bells are in Redis instead of the database. */
  redisUrl?: string
  /** The schema of the tables, or the prefix of the Redis keys; engines that share a Redis need different ones. */
  prefix?: string
  log: Logger
}

const redisPatienceMs = 2_000

/**
 * Opens the queues. Throws the Problem `queue-unreachable` where the database does not take them and `bad-redis-url`;
 * a Redis that does not answer is only logged, since all but speed is to be had without it.
 */
export async function openQueues({
  databaseUrl,
  redisUrl,
  prefix = 'bongsu_queue',
  log,
}: QueueOptions): Promise<Queues> {
  const backend = redisUrl === undefined ? postgresBackend(databaseUrl, prefix) : redisBackend(redisUrl, prefix)
  const quiet = new QuietLog(log)
  const bells = new Bells(backend, quiet)
  await connectFirst(backend, bells, quiet)
  return new BullQueues(backend, bells, quiet)
}

async function connectFirst(backend: QueueBackend, bells: Bells, log: QuietLog): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const impatience = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      log.warn('Redis does not answer; working on without bells until it does', {})
      resolve()
    }, redisPatienceMs)
  })
  try {
    const ready = bells.ready('bells')
    await (backend.name === 'redis' ? Promise.race([ready, impatience]) : ready)
  } catch (error) {
    await bells.close()
    throw new Problem(
      'queue-unreachable',
      `The queue cannot be opened in ${backend.name}: ${(error as Error).message}`,
      {
        status: 503,
        hint:
          backend.name === 'redis'
            ? 'Check REDIS_URL, or leave it out to keep the queue in PostgreSQL.'
            : 'DATABASE_URL must lead straight to PostgreSQL (not through pgbouncer), as a user who may create a schema.',
        cause: error,
      },
    )
  } finally {
    clearTimeout(timer)
  }
}

class BullQueues implements Queues {
  readonly #backend: QueueBackend
  readonly #bells: Bells
  readonly #log: QuietLog
  readonly #hands = new Map<string, Hand>()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(backend: QueueBackend, bells: Bells, log: QuietLog) {
    this.#backend = backend
    this.#bells = bells
    this.#log = log
  }

  ring(queue: string, data: Record<string, unknown>, options?: RingOptions): Promise<boolean> {
    return this.#bells.ring(queue, data, options)
  }

  work(queue: string, handler: Handler, { concurrency }: { concurrency: number }): void {
    if (this.#hands.has(queue)) throw new Error(`queue ${queue} has a handler in this process already`)
    this.#hands.set(queue, new Hand(this.#backend, queue, handler, concurrency, this.#log))
  }

  /**
   * By timers, not by BullMQ's job scheduler: that keeps each next run as a job made by the one before, so a flushed
   * Redis or one failed write ends the schedule for good and without a word.
   */
  async every(queue: string, id: string, intervalMs: number, data: Record<string, unknown>): Promise<void> {
    // A little less than the interval, or timers that fire a millisecond early would skip every other run.
    const tick = () => this.#bells.tick(queue, data, id, Math.floor(intervalMs * 0.9))
    const timer = setInterval(() => void tick(), intervalMs)
    timer.unref()
    this.#timers.add(timer)
    await tick()
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all([...this.#hands.values()].map((hand) => hand.close()))
    await this.#bells.close()
  }
}
