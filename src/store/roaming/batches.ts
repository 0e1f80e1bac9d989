import type { RoamingNotification } from '../../subscribers/notification.ts'
import type { Client } from '../database.ts'

/** The queue that a kept batch rings. */
export const roamingBell = 'roaming'

export interface KeptBatch {
  readonly id: number
  readonly source: string
  readonly events: readonly RoamingNotification[]
}

/**
 * Keeps notifications as one batch of the inbox; once this returns they are safe and may be acknowledged.
 *
 * @param source who delivered them: the name of the key's person or of the feed.
 */
export async function keepBatch(db: Client, source: string, events: readonly RoamingNotification[]): Promise<number> {
  const { rows } = await db.query<{ id: number }>({
    name: 'keep-batch',
    text: 'INSERT INTO roaming_batch (source, events) VALUES ($1, $2) RETURNING id',
    values: [source, JSON.stringify(events)],
  })
  return (rows[0] as { id: number }).id
}

/**
 * Takes an open batch under its row lock, and with it the oldest others, up to the limit: what came while the last were worked off
 * shares one transaction, its commit and its look at the alerts. None where all are done, or in other hands.
 */
export async function takeBatches(db: Client, id: number, limit: number): Promise<KeptBatch[]> {
  const { rows } = await db.query<KeptBatch & { events: (RoamingNotification & { at: string | Date })[] }>({
    name: 'take-batches',
    // Not sorted by whether it is this one: a backlog would be sorted as a whole for each batch that is taken.
    text: `
      WITH own AS (
        SELECT id, source, events FROM roaming_batch WHERE id = $1 AND done_at IS NULL FOR UPDATE SKIP LOCKED),
      more AS (
        SELECT id, source, events FROM roaming_batch WHERE done_at IS NULL AND id <> $1
         ORDER BY id LIMIT $2 - (SELECT count(*) FROM own) FOR UPDATE SKIP LOCKED)
      SELECT * FROM own UNION ALL SELECT * FROM more`,
    values: [id, limit],
  })
  for (const { events } of rows) for (const event of events) event.at = new Date(event.at)
  return rows
}

/** The events leave the inbox: what became of each stands in roaming_event. */
export async function closeBatches(db: Client, ids: readonly number[]): Promise<void> {
  await db.query({
    name: 'close-batches',
    text: `UPDATE roaming_batch SET done_at = now(), events = '[]' WHERE id = ANY ($1::bigint[])`,
    values: [ids],
  })
}

/** Batches that no bell rang for, the oldest first. */
export async function openBatches(db: Client, limit: number): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    'SELECT id FROM roaming_batch WHERE done_at IS NULL ORDER BY id LIMIT $1',
    [limit],
  )
  return rows.map((row) => row.id)
}

/** What waits in the inbox. */
export interface Backlog {
  readonly batches: number
  /** Of their notifications. */
  readonly octets: number
  /** Its id. */
  readonly oldest: number | null
}

/** What waits in the inbox, as far as the oldest batches up to the limit: so many rows are read at the most, and no notification. */
export async function backlogOf(db: Client, limit: number): Promise<Backlog> {
  const { rows } = await db.query<Backlog>({
    name: 'inbox-backlog',
    text: `
      SELECT count(*) batches, coalesce(sum(pg_column_size(events)), 0) octets, min(id) oldest
        FROM (SELECT id, events FROM roaming_batch WHERE done_at IS NULL ORDER BY id LIMIT $1) AS open`,
    values: [limit],
  })
  return rows[0] as Backlog
}
