import type { Database } from '../database.ts'

/**
 * Closes the broadcasts that nothing can happen to any more: their alert has ended, or their day of entry texts is over, all
 * is selected, nothing is queued, and no message waits for an answer or a receipt.
 */
export async function closeBroadcasts(db: Database): Promise<number> {
  const { rowCount } = await db.pool.query(
    `UPDATE broadcast b SET state = 'closed', closed_at = now()
      WHERE b.state = 'sending'
        AND (b.alert_id IS NOT NULL AND EXISTS (SELECT FROM alert a WHERE a.id = b.alert_id AND a.phase = 'ended')
             OR b.day < (now() AT TIME ZONE 'UTC')::date)
        AND NOT EXISTS (SELECT FROM chunk c WHERE c.broadcast_id = b.id AND c.state IN ('ready', 'sending'))
        AND NOT EXISTS (SELECT FROM (SELECT state AS s, sum(n) AS n FROM tally WHERE broadcast_id = b.id AND state IS NOT NULL GROUP BY 1) i
                         LEFT JOIN (SELECT was AS s, sum(n) AS n FROM tally WHERE broadcast_id = b.id AND was IS NOT NULL GROUP BY 1) o USING (s)
                         WHERE s IN ('pending', 'submitted') AND i.n > coalesce(o.n, 0))`,
  )
  return rowCount ?? 0
}
