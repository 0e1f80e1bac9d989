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
  readonly epoch: number
  /** Carriers that may take over, in this order. */
  readonly fallbacks: number[]
}

/**
 * Takes the most urgent ready chunk of the carrier in lanes `fromLane` to `toLane`. SKIP LOCKED, so that a purge that holds a
 * chunk delays nobody.
 */
export async function claimChunk(
  db: Client,
  carrierNo: number,
  fromLane: number,
  toLane: number,
): Promise<Chunk | undefined> {
  const { rows } = await db.query<Chunk>({
    name: 'claim-chunk',
    text: `
      UPDATE chunk SET state = 'sending', epoch = epoch + 1, marked_upto = NULL
       WHERE id = (SELECT id FROM chunk
                    WHERE carrier_no = $1 AND state = 'ready' AND lane BETWEEN $2 AND $3 AND not_before <= now()
                    ORDER BY lane, id LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id, broadcast_id "broadcastId", lane, seq_from "seqFrom", seq_to "seqTo", seqs, attempt, epoch, fallbacks`,
    values: [carrierNo, fromLane, toLane],
  })
  return rows[0]
}
