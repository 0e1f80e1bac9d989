import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import type { Database } from '../store/database.ts'
import { type FeedState, feedStates } from './feed-states.ts'

interface FeedWatchDeps {
  readonly db: Database
  /** BONGSU_FEED_SILENT_AFTER; undefined: it is learned for each feed. */
  readonly silentAfterMs: number | undefined
  readonly log: Logger
  readonly now?: () => Date
}

/** Raises the alarm when a feed falls silent: a metric, a line of log, and the number in /readyz. */
export class FeedWatch {
  readonly #deps: FeedWatchDeps
  #silent = new Set<string>()
  #shown = new Set<string>()

  constructor(deps: FeedWatchDeps) {
    this.#deps = deps
  }

  /** How many feeds were silent at the last look. */
  get silent(): number {
    return this.#silent.size
  }

  states(): Promise<FeedState[]> {
    const { db, silentAfterMs, now } = this.#deps
    return feedStates(db, silentAfterMs, now?.() ?? new Date())
  }

  /** Call it again and again: what has changed since the last look is logged. */
  async look(): Promise<void> {
    const { log, now } = this.#deps
    const states = (await this.states()).filter(({ state }) => state !== 'closed')
    const at = now?.().getTime() ?? Date.now()
    const silent = new Set<string>()
    const shown = new Set<string>()
    for (const { source, lastAt, silentSince, silentAfterSeconds, silentAfterBy } of states) {
      shown.add(source)
      metrics.feedSilent.set({ source }, silentSince === null ? 0 : (at - silentSince.getTime()) / 1000)
      if (silentSince !== null) {
        silent.add(source)
        if (!this.#silent.has(source)) {
          const why = { source, silentSince, silentAfterSeconds, silentAfterBy }
          log.warn(why, lastAt === null ? 'a feed has never begun' : 'a feed has fallen silent')
        }
      } else if (this.#silent.has(source)) log.info({ source }, 'a feed is heard again')
    }
    for (const source of this.#shown) if (!shown.has(source)) metrics.feedSilent.remove({ source })
    this.#shown = shown
    this.#silent = silent
  }
}
