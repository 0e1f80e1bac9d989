import { setTimeout as delay } from 'node:timers/promises'
import type { JobWorker, QueueBackend } from './backend.ts'
import type { QuietLog } from './quiet-log.ts'

const retryMs = 1_000
/** How long a close waits for BullMQ itself, to connect or to write down that the last handler returned. */
const closePatienceMs = 3_000

export type Handler = (data: Record<string, unknown>) => Promise<void>

/** The answering side of one queue. A worker that BullMQ could not connect is thrown away and made anew. */
export class Hand {
  readonly #backend: QueueBackend
  readonly #queue: string
  readonly #log: QuietLog
  readonly #running = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  readonly #connecting: Promise<void>
  #worker: JobWorker | undefined

  constructor(backend: QueueBackend, queue: string, handler: Handler, concurrency: number, log: QuietLog) {
    this.#backend = backend
    this.#queue = queue
    this.#log = log
    this.#connecting = this.#connect((data) => this.#run(handler, data), concurrency)
  }

  /** Takes no more, waits for the handlers that run. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#connecting
    const closing = this.#worker?.close().catch(() => undefined)
    await Promise.allSettled(this.#running)
    await Promise.race([closing, delay(closePatienceMs, undefined, { ref: false })])
  }

  async #connect(handler: Handler, concurrency: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const worker = this.#backend.worker(this.#queue, handler, concurrency)
      worker.on('error', (error) => this.#warn('the queue worker reports an error', error))
      try {
        await Promise.race([worker.waitUntilReady(), this.#stopped()])
        this.#worker = worker
        if (!this.#stop.signal.aborted)
          void worker.run().catch((error: Error) => this.#warn('the queue worker ended', error))
        return
      } catch (error) {
        this.#warn('the queue worker cannot connect', error as Error)
        await worker.close(true).catch(() => undefined)
        await delay(retryMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined)
      }
    }
  }

  /**
   * Some time after the stop, not at once: BullMQ leaks a connection that is closed while it is still being made, and
   * without a datastore it would be made for ever.
   */
  async #stopped(): Promise<void> {
    await new Promise((resolve) => this.#stop.signal.addEventListener('abort', resolve, { once: true }))
    await delay(closePatienceMs, undefined, { ref: false })
  }

  /** A handler that throws has failed for now: the reconciler rings again for what is left to do. */
  async #run(handler: Handler, data: Record<string, unknown>): Promise<void> {
    const run = handler(data).catch((error: unknown) => {
      this.#warn('a queue handler failed; the reconciler will ring again', error as Error)
    })
    this.#running.add(run)
    await run.finally(() => this.#running.delete(run))
  }

  #warn(message: string, error: Error): void {
    this.#log.warn(message, { queue: this.#queue, backend: this.#backend.name, err: error })
  }
}
