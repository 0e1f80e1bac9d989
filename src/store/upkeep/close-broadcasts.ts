import { type Client, type Database, transaction } from '../database.ts'

/**
 * Closes the broadcasts that nothing can happen to any more: their alert has ended, or their day of entry texts is over (by an
 * hour: a transaction that began before midnight may still add to it), all is selected, nothing is queued, and no message waits
 * for an answer or a receipt. Returns how many.
 */
export async function closeBroadcasts(db: Database): Promise<number> {
  // The chunks are asked first: while there are any, the tallies, which are many, need not be added up.
  const { rows } = await db.pool.query<{ id: number }>(
    `SELECT b.id FROM broadcast b
      WHERE b.state = 'sending'
        AND (b.alert_id IS NOT NULL AND EXISTS (SELECT FROM alert a WHERE a.id = b.alert_id AND a.phase = 'ended')
             OR b.day < ((now() - interval '1 hour') AT TIME ZONE 'UTC')::date)
        AND NOT EXISTS (SELECT FROM chunk c WHERE c.broadcast_id = b.id AND c.state IN ('ready', 'sending'))`,
  )
  let closed = 0
  for (const { id } of rows) if (await transaction(db.pool, (client) => close(client, id))) closed++
  return closed
}

/** The lock first: what another transaction was adding is committed, and seen, when the sums are made. */
async function close(client: Client, id: number): Promise<boolean> {
  await client.query('SELECT FROM broadcast WHERE id = $1 FOR UPDATE', [id])
  const { rowCount } = await client.query(
    `UPDATE broadcast SET state = 'closed', closed_at = now()
      WHERE id = $1 AND state = 'sending'
        AND NOT EXISTS (SELECT FROM chunk WHERE broadcast_id = $1 AND state IN ('ready', 'sending'))
        AND NOT EXISTS (
          SELECT FROM tally t CROSS JOIN LATERAL (VALUES (t.state, t.n), (t.was, -t.n)) AS side (state, n)
           WHERE t.broadcast_id = $1 AND side.state IN ('pending', 'submitted')
           GROUP BY side.state HAVING sum(side.n) > 0)`,
    [id],
  )
  return rowCount === 1
}
