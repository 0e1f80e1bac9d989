import { randomUUID } from 'node:crypto'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'

/** An address that is told of what is done to alerts. */
export interface Webhook {
  readonly id: string
  readonly url: string
  /** null: all. */
  readonly acts: readonly string[] | null
  readonly madeBy: string
  readonly madeAt: Date
  /** Deliveries that wait for their time, or for their first answer. */
  readonly waiting: number
  /** Deliveries of the last 30 days that were given up. */
  readonly givenUp: number
  /** When somebody last answered with 2xx; null: never, or longer ago than 30 days. */
  readonly toldAt: Date | null
  /** Until then the secret before this one signs too; null: one signs. */
  readonly oldSecretUntil: Date | null
}

/** Both as they are sealed. */
export interface Secrets {
  readonly secret: Buffer
  /** Signs too; null: none does. */
  readonly oldSecret: Buffer | null
}

/** SQL: the secrets of `webhook w` that sign now. */
export const secretsThatSign = `w.secret, CASE WHEN w.old_until > now() THEN w.old_secret END "oldSecret"`

const columns = `w.id, w.url, w.acts, w.made_by "madeBy", w.made_at "madeAt", d.waiting, d."givenUp", d."toldAt",
  CASE WHEN w.old_until > now() THEN w.old_until END "oldSecretUntil"`
const deliveries = `CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE done_at IS NULL AND given_up_at IS NULL)::integer waiting, count(given_up_at)::integer "givenUp",
           max(done_at) "toldAt"
      FROM webhook_delivery WHERE webhook_id = w.id) d`

/** Those that have not ended, the oldest first. @param after the id of the last that is known */
export async function listWebhooks(db: Client, after: string | undefined, limit: number): Promise<Webhook[]> {
  const { rows } = await db.query<Webhook>(
    `SELECT ${columns} FROM webhook w ${deliveries}
      WHERE w.ended_at IS NULL
        AND ($1::uuid IS NULL OR (w.made_at, w.id) > (SELECT made_at, id FROM webhook WHERE id = $1))
      ORDER BY w.made_at, w.id LIMIT $2`,
    [after, limit],
  )
  return rows
}

/** @throws Problem `webhook-unknown` (404) */
export async function webhookOr404(db: Client, id: string): Promise<Webhook> {
  const { rows } = await db.query<Webhook>(
    `SELECT ${columns} FROM webhook w ${deliveries} WHERE w.ended_at IS NULL AND w.id = $1`,
    [id],
  )
  return found(rows)
}

/** Of an address that has not ended. @throws Problem `webhook-unknown` (404) */
export async function addressOf(db: Client, id: string): Promise<{ id: string; url: string } & Secrets> {
  const { rows } = await db.query<{ id: string; url: string } & Secrets>(
    `SELECT w.id, w.url, ${secretsThatSign} FROM webhook w WHERE w.ended_at IS NULL AND w.id = $1`,
    [id],
  )
  return found(rows)
}

interface Wanted {
  readonly url: string
  readonly acts: readonly string[] | null
}

/** From now on an address is told. @param seal seals its secret for the row of this id */
export async function addWebhook(
  db: Database,
  { url, acts }: Wanted,
  seal: (id: string) => Buffer,
  person: string,
): Promise<Webhook> {
  const id = randomUUID()
  return transaction(db.pool, async (client) => {
    await client.query(
      `INSERT INTO webhook (id, url, acts, secret, made_by, after_id)
       SELECT $1, $2, $3, $4, $5, coalesce(max(id), 0) FROM alert_event`,
      [id, url, acts, seal(id), person],
    )
    await noteAct(client, 'webhook.add', id, url, person)
    return webhookOr404(client, id)
  })
}

/** What waits is told to the new address. @throws Problem `webhook-unknown` (404) */
export async function changeWebhook(db: Database, id: string, { url, acts }: Wanted, person: string): Promise<Webhook> {
  return transaction(db.pool, async (client) => {
    const { rows } = await client.query(
      'UPDATE webhook SET url = $2, acts = $3 WHERE id = $1 AND ended_at IS NULL RETURNING 1',
      [id, url, acts],
    )
    found(rows)
    await noteAct(client, 'webhook.change', id, url, person)
    return webhookOr404(client, id)
  })
}

/** Nothing is told there any more; what waits is forgotten. @throws Problem `webhook-unknown` (404) */
export async function endWebhook(db: Database, id: string, person: string): Promise<void> {
  await transaction(db.pool, async (client) => {
    const { rows } = await client.query<{ url: string }>(
      'UPDATE webhook SET ended_at = now() WHERE id = $1 AND ended_at IS NULL RETURNING url',
      [id],
    )
    const { url } = found(rows)
    await client.query(
      'DELETE FROM webhook_delivery WHERE webhook_id = $1 AND done_at IS NULL AND given_up_at IS NULL',
      [id],
    )
    await noteAct(client, 'webhook.end', id, url, person)
  })
}

/** Of the address the host alone: the rest may hold a secret of its owner's. */
export async function noteAct(
  client: Client,
  act: string,
  id: string,
  url: string,
  person: string,
  more: object = {},
): Promise<void> {
  const detail = { host: new URL(url).host, ...more }
  await appendAudit(client, { actor: `person:${person}`, act, subject: `webhook:${id}`, detail })
}

/** @throws Problem `webhook-unknown` (404) */
export function found<T>([row]: readonly T[]): T {
  if (row !== undefined) return row
  throw new Problem('webhook-unknown', 'There is no webhook with this id', {
    status: 404,
    hint: 'GET /v1/webhooks lists them.',
  })
}
