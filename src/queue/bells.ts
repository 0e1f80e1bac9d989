import type { DeduplicationOptions } from 'bullmq'
import type { BellSet, QueueBackend } from './backend.ts'
import type { QuietLog } from './quiet-log.ts'

export interface RingOptions {
  /** Rings of one id are one run while it waits; one that comes during the run is run afterwards, with the newest data. */
  id?: string
  /** 1 (first) to 2,097,151 (last); 1,000 if not given. Among equals the older goes first. */
  priority?: number
  delayMs?: number
}

const defaultPriority = 1_000
const lastPriority = 2 ** 21 - 1
/** A ring never holds up its caller longer. */
const patienceMs = 1_000

/** The ringing side. Its connection is made anew when BullMQ has given up on it. */
export class Bells {
  readonly #backend: QueueBackend
  readonly #log: QuietLog
  #set: BellSet | undefined
  #closed = false

  constructor(backend: QueueBackend, log: QuietLog) {
    this.#backend = backend
    this.#log = log
  }

  ring(
    queue: string,
    data: Record<string, unknown>,
    { id, priority, delayMs = 0 }: RingOptions = {},
  ): Promise<boolean> {
    // A ring for now takes the place of one for later; one for later leaves what is there.
    const deduplication = id === undefined ? undefined : { id, keepLastIfActive: true, replace: delayMs <= 0 }
    return this.#add(queue, data, { priority, delayMs, deduplication })
  }

  /** One run for all processes that tick with this id within the time. */
  tick(queue: string, data: Record<string, unknown>, id: string, withinMs: number): Promise<boolean> {
    return this.#add(queue, data, {
      priority: undefined,
      delayMs: 0,
      deduplication: { id: `tick.${id}`, ttl: Math.max(1, withinMs) },
    })
  }

  /** Resolves when the datastore has answered, rejects with what it said instead. */
  async ready(queue: string): Promise<void> {
    const set = this.#open()
    try {
      await set.queue(queue).waitUntilReady()
    } catch (error) {
      this.#discard(set)
      throw error
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const set = this.#set
    this.#set = undefined
    await set?.close()
  }

  async #add(
    queue: string,
    data: Record<string, unknown>,
    options: { priority: number | undefined; delayMs: number; deduplication: DeduplicationOptions | undefined },
  ): Promise<boolean> {
    if (this.#closed) return false
    let timer: NodeJS.Timeout | undefined
    try {
      const impatience = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs)
      })
      await Promise.race([this.#addNow(queue, data, options), impatience])
      return true
    } catch (error) {
      this.#log.warn('a bell did not ring; the reconciler will', {
        queue,
        backend: this.#backend.name,
        reason: (error as Error).message,
      })
      return false
    } finally {
      clearTimeout(timer)
    }
  }

  async #addNow(
    queue: string,
    data: Record<string, unknown>,
    {
      priority,
      delayMs,
      deduplication,
    }: { priority: number | undefined; delayMs: number; deduplication: DeduplicationOptions | undefined },
  ): Promise<void> {
    await this.ready(queue)
    // Always a priority: BullMQ puts jobs without one before the most urgent.
    const rank = Math.min(lastPriority, Math.max(1, Math.round(priority ?? defaultPriority)))
    await this.#open()
      .queue(queue)
      .add(queue, data, {
        priority: rank,
        removeOnComplete: true,
        removeOnFail: true,
        ...(delayMs > 0 ? { delay: Math.round(delayMs) } : {}),
        ...(deduplication === undefined ? {} : { deduplication }),
      })
  }

  #open(): BellSet {
    this.#set ??= this.#backend.openBells((error) =>
      this.#log.warn('the queue backend reports an error', { backend: this.#backend.name, reason: error.message }),
    )
    return this.#set
  }

  #discard(set: BellSet): void {
    if (this.#set === set) this.#set = undefined
    void set.close().catch(() => undefined)
  }
}
