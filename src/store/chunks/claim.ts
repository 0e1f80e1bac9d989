import type { Client } from '../database.ts'

/** A run of messages of one broadcast through one carrier, held by this process. */
export interface Chunk {
  readonly id: number
  readonly broadcastId: number
  readonly lane: number
  readonly seqFrom: number
  readonly seqTo: number
  readonly seqs: number[] | null
  readonly attempt: number
  /** How often its messages were refused for now, and how often they were left without an answer. */
  readonly refused: number
  readonly unanswered: number
  readonly epoch: number
  /** Carriers that may take over, in this order. */
  readonly fallbacks: number[]
}

/**
 * Takes the first ready chunk of the carrier in these lanes, in their order. SKIP LOCKED, so that a purge that holds a chunk
 * delays nobody. Lane by lane: `lane = ANY` would read past all chunks of the lanes that are not asked for.
 */
export async function claimChunk(db: Client, carrierNo: number, lanes: readonly number[]): Promise<Chunk | undefined> {
  const { rows } = await db.query<Chunk>({
    name: 'claim-chunk',
    text: `
      UPDATE chunk SET state = 'sending', epoch = epoch + 1, marked_upto = NULL
       WHERE id = (SELECT c.id FROM unnest($2::smallint[]) AS l (lane)
                    CROSS JOIN LATERAL (
                      SELECT id FROM chunk
                       WHERE carrier_no = $1 AND state = 'ready' AND lane = l.lane AND not_before <= now()
                       ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) c
                    LIMIT 1)
      RETURNING id, broadcast_id "broadcastId", lane, seq_from "seqFrom", seq_to "seqTo", seqs, attempt, refused, unanswered,
                epoch, fallbacks`,
    values: [carrierNo, lanes],
  })
  return rows[0]
}
