import type { RoamingNotification } from '../../subscribers/notification.ts'
import type { Client } from '../database.ts'

/** The queue that a kept batch rings. */
export const roamingBell = 'roaming'

/**
 * Keeps notifications as one batch of the inbox; once this returns they are safe and may be acknowledged.
 *
 * @param source who delivered them: the name of the key's person or of the feed.
 */
export async function keepBatch(db: Client, source: string, events: readonly RoamingNotification[]): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    'INSERT INTO roaming_batch (source, events) VALUES ($1, $2) RETURNING id',
    [source, JSON.stringify(events)],
  )
  return (rows[0] as { id: number }).id
}

/** Takes an open batch under its row lock; undefined where it is done, or in other hands. */
export async function takeBatch(
  db: Client,
  id: number,
): Promise<{ source: string; events: RoamingNotification[] } | undefined> {
  const { rows } = await db.query<{ source: string; events: (RoamingNotification & { at: string })[] }>(
    'SELECT source, events FROM roaming_batch WHERE id = $1 AND done_at IS NULL FOR UPDATE SKIP LOCKED',
    [id],
  )
  const batch = rows[0]
  return batch && { source: batch.source, events: batch.events.map((event) => ({ ...event, at: new Date(event.at) })) }
}

/** The events leave the inbox: what became of each stands in roaming_event. */
export async function closeBatch(db: Client, id: number): Promise<void> {
  await db.query(`UPDATE roaming_batch SET done_at = now(), events = '[]' WHERE id = $1`, [id])
}

/** Batches that no bell rang for, the oldest first. */
export async function openBatches(db: Client, limit: number): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    'SELECT id FROM roaming_batch WHERE done_at IS NULL ORDER BY id LIMIT $1',
    [limit],
  )
  return rows.map((row) => row.id)
}
