import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import { Problem } from '../lib/problem.ts'
import { findAlert } from '../store/alerts/alert-row.ts'
import { type DueLaunch, dueLaunches, failLaunch, isScheduledAs, noteFailing } from '../store/alerts/due-launches.ts'
import { lockChain } from '../store/alerts/lock-alerts.ts'
import { transaction } from '../store/database.ts'
import { foresee, type LaunchDeps, type Launched, launchIn, ringForLaunch } from './launch.ts'

/** Each try counts the whole audience: tried each second, one that keeps failing would take a connection for good. */
const shortestPauseMs = 1_000
const longestPauseMs = 30_000

/** Said of an alert while its launch fails; the log says why. */
const failing = 'It fails for a reason that is in the log, and is tried again at least every 30 seconds'

interface Put {
  readonly pauseMs: number
  readonly until: number
}

/**
 * Launches what is due. The engine that was down at the time does it when it is up again, until the alert expires. What is refused then
 * (more people, another issuer's alert, expired, a person who was disabled or has lost his roles) is not tried again: it is an alarm, and the
 * alert says so. What fails otherwise is put off, for longer each time, says so as well, and holds up none of the others.
 */
export class DueLaunches {
  readonly #deps: LaunchDeps & { readonly log: Logger }
  readonly #clockMs: () => number
  /** What fails, by alert and time. */
  #putOff = new Map<string, Put>()

  constructor(deps: LaunchDeps & { readonly log: Logger }, clockMs = () => performance.now()) {
    this.#deps = deps
    this.#clockMs = clockMs
  }

  /** Tries each that is due now and not put off. */
  async work(): Promise<void> {
    const putOff = new Map<string, Put>()
    for (const due of await dueLaunches(this.#deps.db.pool)) {
      const key = `${due.id} ${due.at.getTime()}`
      const before = this.#putOff.get(key)
      const put = before && this.#clockMs() < before.until ? before : await this.#try(due, before)
      if (put) putOff.set(key, put)
    }
    this.#putOff = putOff
  }

  /** Returns until when it is put off, where it fails and is to be tried again. */
  async #try(due: DueLaunch, before: Put | undefined): Promise<Put | undefined> {
    const { log } = this.#deps
    const { id } = due
    try {
      const launched = await this.#launch(due)
      if (launched) log.info({ alert: id, broadcast: launched.broadcastId }, 'launched as scheduled')
      return undefined
    } catch (error) {
      await this.#note(due, error).catch((err: unknown) => log.error({ alert: id, err }, 'a refusal was not noted'))
      if (error instanceof Problem) return undefined
      const pauseMs = before ? Math.min(2 * before.pauseMs, longestPauseMs) : shortestPauseMs
      return { pauseMs, until: this.#clockMs() + pauseMs }
    }
  }

  /** Undefined where it is not to be launched any more: to count takes seconds, in which people unschedule, postpone and launch it. */
  async #launch({ id, at, by, disabled }: DueLaunch): Promise<Launched | undefined> {
    if (disabled) throw new Problem('person-disabled', 'Who asked for the launch may not act any more')
    const { db } = this.#deps
    const alert = await findAlert(db.pool, id)
    if (!alert || !isScheduledAs(alert, at, by)) return undefined
    const seenDigest = await foresee(this.#deps, alert)
    const launched = await transaction(db.pool, async (client) => {
      await lockChain(client, id)
      const now = await findAlert(client, id)
      return now && isScheduledAs(now, at, by) ? launchIn(client, this.#deps, id, by, seenDigest) : undefined
    })
    if (launched) await ringForLaunch(this.#deps, launched)
    return launched
  }

  async #note(due: DueLaunch, error: unknown): Promise<void> {
    const { db, log } = this.#deps
    const { id } = due
    if (!(error instanceof Problem)) {
      metrics.scheduledErrors.inc()
      const news = await noteFailing(db, due, failing)
      log[news ? 'error' : 'debug']({ alert: id, err: error }, 'a scheduled launch failed: it is tried again')
      return
    }
    if (!(await failLaunch(db, due, error))) return
    metrics.scheduledRefused.inc({ code: error.code })
    log.error({ alert: id, code: error.code, err: error.message }, 'a scheduled launch was refused')
  }
}
