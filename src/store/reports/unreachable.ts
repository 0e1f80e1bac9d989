import type { Client } from '../database.ts'

/**
 * Messages of each broadcast that wait for a carrier which is down or paused, and that no other carrier of their route can take over now;
 * by carrier. What is being handed to another one is not among them. Read from tallies and chunks, not from messages; a broadcast of which
 * nothing waits so is left out.
 */
export async function unreachableOf(
  db: Client,
  broadcastIds: readonly number[],
): Promise<Map<number, Record<string, number>>> {
  const { rows } = await db.query<{ broadcastId: number; carriers: Record<string, number> }>(
    `WITH stopped AS MATERIALIZED (SELECT no, id FROM carrier WHERE down OR paused_at IS NOT NULL),
     pending AS (
       SELECT t.broadcast_id, t.carrier_no no,
              sum(CASE WHEN t.state = 'pending' THEN t.n ELSE 0 END - CASE WHEN t.was = 'pending' THEN t.n ELSE 0 END) n
         FROM tally t WHERE t.broadcast_id = ANY ($1) AND t.carrier_no IN (SELECT no FROM stopped) GROUP BY 1, 2),
     movable AS (
       SELECT c.broadcast_id, c.carrier_no no, sum(coalesce(cardinality(c.seqs), c.seq_to - c.seq_from + 1)) n
         FROM chunk c
        WHERE c.broadcast_id = ANY ($1) AND c.state = 'ready' AND c.carrier_no IN (SELECT no FROM stopped)
          AND EXISTS (SELECT FROM unnest(c.fallbacks) AS f (no)
                       WHERE f.no <> c.carrier_no AND f.no NOT IN (SELECT no FROM stopped))
        GROUP BY 1, 2)
     SELECT p.broadcast_id "broadcastId", jsonb_object_agg(s.id, (p.n - coalesce(m.n, 0))::int) carriers
       FROM pending p JOIN stopped s USING (no) LEFT JOIN movable m USING (broadcast_id, no)
      WHERE p.n > coalesce(m.n, 0) GROUP BY 1`,
    [broadcastIds],
  )
  return new Map(rows.map(({ broadcastId, carriers }) => [broadcastId, carriers]))
}
