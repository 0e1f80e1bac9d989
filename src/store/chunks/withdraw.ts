import type { Client } from '../database.ts'

/**
 * Takes the rest of one chunk back: what of it is still pending and beyond `afterSeq` becomes `expired` where the broadcast ran
 * out of time, else `cancelled`; or `failed` where its text cannot be sent. Messages up to `afterSeq` are on the wire: their answers decide. Returns how many were taken back.
 */
export async function withdrawChunk(db: Client, chunkId: number, afterSeq: number, failed = false): Promise<number> {
  const { rows } = await db.query<{ n: number }>({
    name: 'withdraw-chunk',
    text: `
      WITH c AS (UPDATE chunk SET state = 'cancelled' WHERE id = $1 RETURNING *),
      gone AS (
        UPDATE message m
           SET was = m.state, final_at = now(),
               state = CASE WHEN $3 THEN 'failed'
                            WHEN b.cancelled_at IS NULL AND b.expires <= now() THEN 'expired' ELSE 'cancelled' END::message_state
          FROM c JOIN broadcast b ON b.id = c.broadcast_id
         WHERE m.broadcast_id = c.broadcast_id AND m.seq BETWEEN c.seq_from AND c.seq_to AND m.seq > $2
           AND m.state = 'pending' AND m.attempt = c.attempt AND m.carrier_no = c.carrier_no
           AND (c.seqs IS NULL OR m.seq = ANY (c.seqs))
        RETURNING m.broadcast_id, m.carrier_no, m.was, m.state),
      t AS (
        INSERT INTO tally (broadcast_id, carrier_no, was, state, n)
        SELECT broadcast_id, carrier_no, was, state, count(*) FROM gone GROUP BY 1, 2, 3, 4)
      SELECT count(*)::int n FROM gone`,
    values: [chunkId, afterSeq, failed],
  })
  return rows[0]?.n ?? 0
}
