import type { Logger } from '../lib/log.ts'

export interface PacedOptions<T> {
  readonly perSecond: () => number
  /** Gives the next items; none where nothing is to be done now. Not called again before it is done. */
  readonly load: () => Promise<readonly T[]>
  /** Returns false where it cannot be done now: the item stays the next. */
  readonly act: (item: T) => boolean
  readonly log: Logger
}

const tickMs = 100
/** After a look that found nothing, or failed. */
const restMs = 1000

/** Works off what it finds, at a steady pace and beside everything else. */
export class Paced<T> {
  readonly #o: PacedOptions<T>
  readonly #timer: NodeJS.Timeout
  #items: T[] = []
  #loading: Promise<void> | undefined
  #restUntil = 0
  /** Acts that are due; below one between ticks. */
  #due = 0

  constructor(options: PacedOptions<T>) {
    this.#o = options
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  /** Once more, after the others. */
  again(item: T): void {
    this.#items.push(item)
  }

  /** Waits for the look under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#loading
  }

  #tick(): void {
    const ofTick = (this.#o.perSecond() * tickMs) / 1000
    this.#due = Math.min(this.#due + ofTick, Math.max(ofTick, 1))
    let done = 0
    while (this.#due >= 1 && done < this.#items.length && this.#o.act(this.#items[done] as T)) {
      done++
      this.#due--
    }
    this.#items.splice(0, done)
    if (this.#items.length > 0 || this.#loading || performance.now() < this.#restUntil) return
    this.#loading = this.#load().finally(() => {
      this.#loading = undefined
    })
  }

  async #load(): Promise<void> {
    try {
      const items = await this.#o.load()
      this.#items.push(...items)
      if (items.length === 0) this.#restUntil = performance.now() + restMs
    } catch (error) {
      this.#o.log.warn({ err: (error as Error).message }, 'cannot look for what to ask the carrier')
      this.#restUntil = performance.now() + restMs
    }
  }
}
