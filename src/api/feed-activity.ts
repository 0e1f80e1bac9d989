import type { Logger } from '../lib/log.ts'
import type { Database } from '../store/database.ts'
import { addHeard, type Heard } from '../store/feeds/heard.ts'

interface Gathered {
  firstAt: number | null
  lastAt: number
  newest: number
  accepted: number
  readonly rejects: Map<string, number>
}

const flushMs = 1_000

/**
 * What feeds are heard of, written down once a second: a row a feed that every request waited for would hold up the feed. Notifications
 * themselves are safe before that; a process that dies loses a second of these counts.
 */
export class FeedActivity {
  readonly #db: Database
  readonly #log: Logger
  readonly #now: () => number
  #gathered = new Map<string, Gathered>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(db: Database, log: Logger, now: () => number = Date.now) {
    this.#db = db
    this.#log = log
    this.#now = now
  }

  /** @param newest the latest time that any of them tells of itself, ms */
  kept(source: string, n: number, newest: number): void {
    const feed = this.#of(source)
    const now = this.#now()
    feed.firstAt ??= now
    feed.lastAt = now
    feed.newest = Math.max(feed.newest, newest)
    feed.accepted += n
  }

  refused(source: string, code: string): void {
    const { rejects } = this.#of(source)
    rejects.set(code, (rejects.get(code) ?? 0) + 1)
  }

  #of(source: string): Gathered {
    let feed = this.#gathered.get(source)
    if (feed === undefined) {
      feed = { firstAt: null, lastAt: 0, newest: 0, accepted: 0, rejects: new Map() }
      this.#gathered.set(source, feed)
    }
    this.#timer ??= setTimeout(() => void this.flush(), flushMs)
    return feed
  }

  /** Returns when all that was told before is written down, or cannot be: then it is kept for the next time. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    if (this.#gathered.size === 0) return
    const gathered = this.#gathered
    this.#gathered = new Map()
    try {
      await addHeard(this.#db, [...gathered].map(heardOf))
    } catch (error) {
      this.#log.warn(
        { err: (error as Error).message },
        'what was heard of feeds could not be written down; trying again',
      )
      this.#takeBack(gathered)
    }
  }

  #takeBack(gathered: ReadonlyMap<string, Gathered>): void {
    for (const [source, { firstAt, lastAt, newest, accepted, rejects }] of gathered) {
      const feed = this.#of(source)
      feed.firstAt = firstAt ?? feed.firstAt
      feed.lastAt = Math.max(feed.lastAt, lastAt)
      feed.newest = Math.max(feed.newest, newest)
      feed.accepted += accepted
      for (const [code, n] of rejects) feed.rejects.set(code, (feed.rejects.get(code) ?? 0) + n)
    }
  }

  async close(): Promise<void> {
    await this.flush()
    // What could not be written has set it again.
    clearTimeout(this.#timer)
  }
}

function heardOf([source, { firstAt, lastAt, newest, accepted, rejects }]: [string, Gathered]): Heard {
  const came = firstAt !== null
  return {
    source,
    firstAt: came ? new Date(firstAt) : null,
    lastAt: came ? new Date(lastAt) : null,
    newest: came ? new Date(newest) : null,
    accepted,
    rejects,
  }
}
