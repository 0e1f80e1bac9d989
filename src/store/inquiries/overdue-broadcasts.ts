import type { Client } from '../database.ts'

/**
 * Broadcasts older than `ms` that by their tallies have messages with this carrier of which it gave no final receipt; not those
 * that are closed, of whose alert nothing more is to be known.
 */
export async function overdueBroadcasts(db: Client, carrierNo: number, ms: number): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `SELECT b.id FROM broadcast b
      WHERE b.state <> 'closed' AND b.created_at < now() - $2 * interval '1 ms'
        AND (SELECT sum(side.n) FROM tally t CROSS JOIN LATERAL (VALUES (t.state, t.n), (t.was, -t.n)) AS side (state, n)
              WHERE t.broadcast_id = b.id AND t.carrier_no = $1 AND side.state IN ('submitted', 'unconfirmed', 'uncertain')) > 0
      ORDER BY b.id`,
    [carrierNo, ms],
  )
  return rows.map(({ id }) => id)
}
