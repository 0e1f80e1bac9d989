import type { Client } from '../database.ts'

/**
 * Messages of a broadcast that wait for a carrier which is down or paused, and that no other carrier of their route can take over now; by
 * carrier. What is being handed to another one is not among them. Read from tallies and chunks, not from messages.
 */
export async function unreachableOf(db: Client, broadcastId: number): Promise<Record<string, number>> {
  const { rows } = await db.query<{ carrier: string; n: number }>(
    `WITH stopped AS MATERIALIZED (SELECT no, id FROM carrier WHERE down OR paused_at IS NOT NULL),
     pending AS (
       SELECT t.carrier_no no, sum(CASE WHEN t.state = 'pending' THEN t.n ELSE 0 END - CASE WHEN t.was = 'pending' THEN t.n ELSE 0 END) n
         FROM tally t WHERE t.broadcast_id = $1 AND t.carrier_no IN (SELECT no FROM stopped) GROUP BY 1),
     movable AS (
       SELECT c.carrier_no no, sum(coalesce(cardinality(c.seqs), c.seq_to - c.seq_from + 1)) n
         FROM chunk c
        WHERE c.broadcast_id = $1 AND c.state = 'ready' AND c.carrier_no IN (SELECT no FROM stopped)
          AND EXISTS (SELECT FROM unnest(c.fallbacks) AS f (no)
                       WHERE f.no <> c.carrier_no AND f.no NOT IN (SELECT no FROM stopped))
        GROUP BY 1)
     SELECT s.id carrier, (p.n - coalesce(m.n, 0))::float8 n
       FROM pending p JOIN stopped s USING (no) LEFT JOIN movable m USING (no)
      WHERE p.n > coalesce(m.n, 0) ORDER BY 1`,
    [broadcastId],
  )
  return Object.fromEntries(rows.map(({ carrier, n }) => [carrier, n]))
}
