import type { Logger } from '../lib/log.ts'

const quietMs = 5_000

/** Logs the first of a run of like errors and then one every five seconds with a count: an outage is one line, not thousands. */
export class QuietLog {
  readonly #log: Logger
  readonly #runs = new Map<string, { since: number; suppressed: number }>()

  constructor(log: Logger) {
    this.#log = log
  }

  warn(message: string, fields: Record<string, unknown>, now: number = performance.now()): void {
    const run = this.#runs.get(message)
    if (run !== undefined && now - run.since < quietMs) {
      run.suppressed++
      return
    }
    this.#log.warn({ ...fields, ...(run?.suppressed ? { suppressed: run.suppressed } : {}) }, message)
    this.#runs.set(message, { since: now, suppressed: 0 })
  }
}
