import type { Client } from '../database.ts'

/**
 * Takes the rest of one chunk back. What of it is pending and beyond `afterSeq` becomes
 * - `failed` where its text cannot be sent,
 * - `uncertain` where an earlier attempt was left unanswered: he may have it, so a retraction has to reach him,
 * - `expired` where the broadcast ran out of time, else `cancelled`.
 *
 * Messages up to `afterSeq` are on the wire: their answers decide, and the chunk stays with its holder until they are in, so
 * that these are not forgotten should he die. With `epoch` nothing happens where another holder has the chunk.
 *
 * @returns how many messages were taken back.
 */
export async function withdrawChunk(
  db: Client,
  { id, epoch }: { readonly id: number; readonly epoch?: number },
  afterSeq: number,
  failed = false,
): Promise<number> {
  const { rows } = await db.query<{ n: number }>({
    name: 'withdraw-chunk',
    text: `
      WITH c AS (SELECT * FROM chunk WHERE id = $1 AND ($4::int IS NULL OR epoch = $4) FOR UPDATE),
      ended AS (
        UPDATE chunk SET seq_to = least(chunk.seq_to, $2),
               state = CASE WHEN c.state = 'sending' AND c.seq_from <= $2 THEN 'sending' ELSE 'cancelled' END::chunk_state
          FROM c WHERE chunk.id = c.id),
      gone AS (
        UPDATE message m
           SET was = m.state,
               state = CASE WHEN $3 THEN 'failed' WHEN d.doubtful THEN 'uncertain'
                            WHEN b.cancelled_at IS NULL AND b.expires <= now() THEN 'expired' ELSE 'cancelled' END::message_state,
               final_at = CASE WHEN $3 OR NOT d.doubtful THEN now() END
          FROM c JOIN broadcast b ON b.id = c.broadcast_id
               JOIN message p ON p.broadcast_id = c.broadcast_id AND p.seq BETWEEN c.seq_from AND c.seq_to AND p.seq > $2
               CROSS JOIN LATERAL (
                 SELECT EXISTS (SELECT FROM unanswered u
                                 WHERE u.broadcast_id = p.broadcast_id AND u.seq = p.seq AND NOT u.accepted) AS doubtful) d
         WHERE m.broadcast_id = p.broadcast_id AND m.seq = p.seq
           AND m.state = 'pending' AND m.attempt = c.attempt AND m.carrier_no = c.carrier_no
           AND (c.seqs IS NULL OR m.seq = ANY (c.seqs))
        RETURNING m.broadcast_id, m.carrier_no, m.was, m.state),
      t AS (
        INSERT INTO tally (broadcast_id, carrier_no, was, state, n)
        SELECT broadcast_id, carrier_no, was, state, count(*) FROM gone GROUP BY 1, 2, 3, 4)
      SELECT count(*)::int n FROM gone`,
    values: [id, afterSeq, failed, epoch ?? null],
  })
  return rows[0]?.n ?? 0
}
