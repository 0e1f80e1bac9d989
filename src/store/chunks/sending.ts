import type { Client } from '../database.ts'
import type { Chunk } from './claim.ts'

/** Chunks that the database says are being sent through a carrier: in somebody's hands, or left behind by a dead holder. */
export async function sendingChunks(db: Client, carrierNo: number): Promise<(Chunk & { markedUpto: number | null })[]> {
  const { rows } = await db.query<Chunk & { markedUpto: number | null }>(
    `SELECT id, broadcast_id "broadcastId", lane, seq_from "seqFrom", seq_to "seqTo", seqs, attempt, refused, unanswered, epoch,
            fallbacks, marked_upto "markedUpto"
       FROM chunk WHERE carrier_no = $1 AND state = 'sending' ORDER BY id`,
    [carrierNo],
  )
  return rows
}
