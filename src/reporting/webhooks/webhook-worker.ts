import type { Logger } from '../../lib/log.ts'
import { metrics } from '../../lib/metrics.ts'
import { Problem } from '../../lib/problem.ts'
import type { Seal } from '../../lib/seal.ts'
import { findEvent } from '../../store/alerts/event-pages.ts'
import type { Database } from '../../store/database.ts'
import {
  type Attempt,
  type DueDelivery,
  dueWebhooks,
  settleDelivery,
  spreadEvents,
  takeDelivery,
  type Verdict,
} from '../../store/webhooks/deliveries.ts'
import type { WebhookNetworks } from './networks.ts'
import { patienceMs, post } from './post.ts'
import { openSecrets, signedHeaders } from './sign.ts'

interface WebhookDeps {
  readonly db: Database
  readonly seal?: Seal | undefined
  readonly networks: WebhookNetworks
  readonly log: Logger
}

/** After each failure; the last again and again until the event is too old. */
const delaysS = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400] as const
/** Then it is given up: three days outlast a week-end without anybody at the other end. */
const giveUpS = 3 * 86_400
/** A process that dies is waited for no longer than this. */
const leaseS = (3 * patienceMs) / 1000

/**
 * Tells addresses what is done to alerts. What is to be told stands in the database; each address is told one event at a time, the oldest
 * that is due first, and one that does not answer holds up no other. At least once: whoever is told twice sees the same `webhook-id`.
 */
export class WebhookWorker {
  readonly #deps: WebhookDeps
  readonly #busy = new Map<string, Promise<void>>()
  readonly #stopping = new AbortController()

  constructor(deps: WebhookDeps) {
    this.#deps = deps
  }

  /** Begins what is due; does not wait for those who are slow to answer. */
  async work(): Promise<void> {
    const { db, log } = this.#deps
    await spreadEvents(db.pool)
    for (const id of await dueWebhooks(db.pool)) {
      if (this.#busy.has(id) || this.#stopping.signal.aborted) continue
      const serving = this.#serve(id)
        .catch((error: Error) => log.warn({ webhook: id, err: error.message }, 'a webhook is to be told later'))
        .finally(() => this.#busy.delete(id))
      this.#busy.set(id, serving)
    }
  }

  /** Breaks off what is under way: it is tried again. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#busy.values())
  }

  async #serve(id: string): Promise<void> {
    const { db } = this.#deps
    while (!this.#stopping.signal.aborted) {
      const due = await takeDelivery(db.pool, id, leaseS)
      if (due === undefined) return
      const attempt = await this.#tell(id, due)
      await settleDelivery(db.pool, id, due.eventId, attempt, this.#judge(id, due, attempt))
    }
  }

  async #tell(id: string, { eventId, url, ...secrets }: DueDelivery): Promise<Attempt> {
    const { db, seal, networks } = this.#deps
    const event = await findEvent(db.pool, eventId)
    if (event === undefined) return { status: null, error: 'The event is gone' }
    if (seal === undefined) return { status: null, error: 'This engine has no BONGSU_SECRET_KEY' }
    const body = JSON.stringify({ type: `alert.${event.act}`, timestamp: event.at, data: event })
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(patienceMs)])
    try {
      const headers = signedHeaders(openSecrets(seal, id, secrets), `event-${eventId}`, new Date(), body)
      return await post(url, headers, body, networks, signal)
    } catch (error) {
      if (error instanceof Problem) return { status: null, error: error.message }
      throw error
    }
  }

  #judge(webhook: string, { eventId, attempts, ageS }: DueDelivery, { status, error }: Attempt): Verdict {
    const told = error === null
    metrics.webhookAttempts.inc({ result: told ? 'told' : 'failed' })
    if (told) return 'told'
    if (this.#stopping.signal.aborted) return { retryS: 0 }
    const retryS = delaysS[Math.min(attempts, delaysS.length) - 1] as number
    if (ageS + retryS < giveUpS) return { retryS }
    metrics.webhooksGivenUp.inc()
    this.#deps.log.error(
      { webhook, event: eventId, attempts, status, err: error },
      'a webhook was not told, and is given up',
    )
    return 'given-up'
  }
}
