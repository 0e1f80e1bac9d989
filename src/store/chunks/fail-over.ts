import type { Database } from '../database.ts'
import { transaction } from '../database.ts'

/**
 * Hands one ready chunk of a carrier that cannot send to the next carrier of its route that is neither down nor paused,
 * messages and tallies with it. The old carrier becomes the last of the route: should all others go, it is its turn again.
 * Returns the carrier that got it, or undefined when nothing is left that could be handed on.
 */
export function failOverChunk(db: Database, downNo: number): Promise<number | undefined> {
  return transaction(db.pool, async (client) => {
    const { rows } = await client.query<{ id: number; toNo: number }>(
      `UPDATE chunk SET carrier_no = next.no, fallbacks = array_remove(fallbacks, next.no) || carrier_no
         FROM (SELECT c.id, n.no FROM chunk c CROSS JOIN LATERAL (
                 SELECT k.no FROM unnest(c.fallbacks) WITH ORDINALITY AS f (no, i) JOIN carrier k ON k.no = f.no
                  WHERE NOT k.down AND k.paused_at IS NULL AND k.no <> c.carrier_no ORDER BY i LIMIT 1) n
                WHERE c.carrier_no = $1 AND c.state = 'ready' AND c.fallbacks <> '{}'
                ORDER BY c.lane, c.id LIMIT 1 FOR UPDATE OF c SKIP LOCKED) next
        WHERE chunk.id = next.id
       RETURNING chunk.id, chunk.carrier_no "toNo"`,
      [downNo],
    )
    const moved = rows[0]
    if (!moved) return undefined
    await client.query(
      `WITH m AS (
         UPDATE message m SET carrier_no = $2 FROM chunk c
          WHERE c.id = $1 AND m.broadcast_id = c.broadcast_id AND m.seq BETWEEN c.seq_from AND c.seq_to
            AND m.state = 'pending' AND m.attempt = c.attempt AND m.carrier_no = $3
            AND (c.seqs IS NULL OR m.seq = ANY (c.seqs))
         RETURNING m.broadcast_id)
       INSERT INTO tally (broadcast_id, carrier_no, was, state, n)
       SELECT broadcast_id, side.no, side.was, side.state, count(*) FROM m,
              (VALUES ($3::smallint, 'pending'::message_state, NULL::message_state), ($2, NULL, 'pending')) AS side (no, was, state)
        GROUP BY 1, 2, 3, 4`,
      [moved.id, moved.toNo, downNo],
    )
    return moved.toNo
  })
}
