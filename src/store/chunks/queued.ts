import type { Client } from '../database.ts'

/** Messages of one broadcast that wait for one carrier. */
export interface Queued {
  readonly carrierNo: number
  readonly broadcastId: number
  readonly lane: number
  readonly messages: number
}

/** What waits for the carriers, by broadcast: the chunks that are not done, less what has been put on a wire of them. */
export async function queuedMessages(db: Client): Promise<Queued[]> {
  // One arm a state, so that each has its partial index: nearly all chunks are done.
  const { rows } = await db.query<Queued>(
    `SELECT carrier_no "carrierNo", broadcast_id "broadcastId", lane::int, sum(n)::float8 AS messages FROM (
       SELECT carrier_no, broadcast_id, lane, coalesce(cardinality(seqs), seq_to - seq_from + 1) AS n
         FROM chunk WHERE state = 'ready'
       UNION ALL
       SELECT carrier_no, broadcast_id, lane,
              CASE WHEN seqs IS NULL THEN seq_to - greatest(coalesce(marked_upto, 0), seq_from - 1)
                   ELSE (SELECT count(*) FROM unnest(seqs) AS s WHERE s > coalesce(marked_upto, 0)) END
         FROM chunk WHERE state = 'sending') c
      GROUP BY carrier_no, broadcast_id, lane`,
  )
  return rows
}

/** The texts of broadcasts. */
export async function textsOfBroadcasts(
  db: Client,
  broadcastIds: readonly number[],
): Promise<{ broadcastId: number; text: string }[]> {
  const { rows } = await db.query<{ broadcastId: number; text: string }>(
    'SELECT broadcast_id "broadcastId", text FROM broadcast_text WHERE broadcast_id = ANY ($1::bigint[])',
    [broadcastIds],
  )
  return rows
}
