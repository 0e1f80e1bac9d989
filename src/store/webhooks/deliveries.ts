import type { Client } from '../database.ts'
import { type Secrets, secretsThatSign } from './webhooks.ts'

/** One event for one address. */
export interface Delivery {
  readonly eventId: number
  readonly alertId: string
  readonly act: string
  readonly state: 'waiting' | 'told' | 'given-up'
  readonly attempts: number
  /** Of the last answer; null: none came, or none was asked for yet. */
  readonly status: number | null
  readonly error: string | null
  /** Of what waits. */
  readonly nextAt: Date | null
  readonly endedAt: Date | null
}

/** The newest first. @param before the event of the last that is known */
export async function deliveriesOf(
  db: Client,
  webhookId: string,
  before: number | undefined,
  limit: number,
): Promise<Delivery[]> {
  const { rows } = await db.query<Delivery>(
    `SELECT d.event_id "eventId", e.alert_id "alertId", e.act, d.attempts, d.status, d.error,
            CASE WHEN d.done_at IS NOT NULL THEN 'told' WHEN d.given_up_at IS NOT NULL THEN 'given-up' ELSE 'waiting' END state,
            CASE WHEN d.done_at IS NULL AND d.given_up_at IS NULL THEN d.next_at END "nextAt",
            coalesce(d.done_at, d.given_up_at) "endedAt"
       FROM webhook_delivery d JOIN alert_event e ON e.id = d.event_id
      WHERE d.webhook_id = $1 AND ($2::bigint IS NULL OR d.event_id < $2) ORDER BY d.event_id DESC LIMIT $3`,
    [webhookId, before, limit],
  )
  return rows
}

/**
 * Makes a delivery of each event that an address has not been told of. Ids of events come in the order of commits, so nothing appears
 * below `after_id` later on. An address that another process works on is left to it.
 */
export async function spreadEvents(db: Client): Promise<void> {
  await db.query(
    `WITH behind AS MATERIALIZED (
       SELECT w.id, w.acts, w.after_id FROM webhook w
        WHERE w.ended_at IS NULL AND w.after_id < (SELECT max(id) FROM alert_event)
          FOR UPDATE SKIP LOCKED),
     spread AS (
       INSERT INTO webhook_delivery (webhook_id, event_id)
       SELECT b.id, e.id FROM behind b JOIN alert_event e ON e.id > b.after_id WHERE b.acts IS NULL OR e.act = ANY (b.acts)
       ON CONFLICT DO NOTHING)
     UPDATE webhook w SET after_id = (SELECT max(id) FROM alert_event) FROM behind b WHERE w.id = b.id`,
  )
}

/** Addresses for which something is due. */
export async function dueWebhooks(db: Client): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT DISTINCT webhook_id id FROM webhook_delivery
      WHERE done_at IS NULL AND given_up_at IS NULL AND next_at <= now()`,
  )
  return rows.map(({ id }) => id)
}

export interface DueDelivery extends Secrets {
  readonly eventId: number
  /** With this one. */
  readonly attempts: number
  /** Since the event, seconds. */
  readonly ageS: number
  readonly url: string
}

/**
 * Takes the oldest delivery that is due at an address, and puts its next time off by `leaseS`: a process that dies in the midst
 * loses nothing but that time.
 */
export async function takeDelivery(db: Client, webhookId: string, leaseS: number): Promise<DueDelivery | undefined> {
  const { rows } = await db.query<DueDelivery>(
    `UPDATE webhook_delivery d SET attempts = d.attempts + 1, next_at = now() + make_interval(secs => $2)
       FROM webhook w, alert_event e
      WHERE d.webhook_id = $1 AND w.id = d.webhook_id AND w.ended_at IS NULL AND e.id = d.event_id
        AND d.event_id = (SELECT event_id FROM webhook_delivery
                           WHERE webhook_id = $1 AND done_at IS NULL AND given_up_at IS NULL AND next_at <= now()
                           ORDER BY event_id LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING d.event_id "eventId", d.attempts, extract(epoch FROM now() - e.at)::float8 "ageS", w.url, ${secretsThatSign}`,
    [webhookId, leaseS],
  )
  return rows[0]
}

export interface Attempt {
  readonly status: number | null
  readonly error: string | null
}

/** `retryS`: try again then. */
export type Verdict = 'told' | 'given-up' | { readonly retryS: number }

/** Writes down what became of an attempt. */
export async function settleDelivery(
  db: Client,
  webhookId: string,
  eventId: number,
  { status, error }: Attempt,
  verdict: Verdict,
): Promise<void> {
  await db.query(
    `UPDATE webhook_delivery SET status = $3, error = $4, done_at = CASE WHEN $5 = 'told' THEN now() END,
            given_up_at = CASE WHEN $5 = 'given-up' THEN now() END, next_at = now() + make_interval(secs => $6)
      WHERE webhook_id = $1 AND event_id = $2`,
    [
      webhookId,
      eventId,
      status,
      error,
      typeof verdict === 'string' ? verdict : 'retry',
      typeof verdict === 'string' ? 0 : verdict.retryS,
    ],
  )
}
