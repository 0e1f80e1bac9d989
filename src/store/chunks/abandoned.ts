import type { Client } from '../database.ts'
import type { Chunk } from './claim.ts'

/** Chunks that a holder left behind in the middle: its process died, or the database went away under it. */
export async function abandonedChunks(
  db: Client,
  carrierNo: number,
): Promise<(Chunk & { markedUpto: number | null })[]> {
  const { rows } = await db.query<Chunk & { markedUpto: number | null }>(
    `SELECT id, broadcast_id "broadcastId", lane, seq_from "seqFrom", seq_to "seqTo", seqs, attempt, epoch, fallbacks, marked_upto "markedUpto"
       FROM chunk WHERE carrier_no = $1 AND state = 'sending' ORDER BY id`,
    [carrierNo],
  )
  return rows
}

/** Gives the part of an abandoned chunk that certainly never left back to the queue. */
export async function releaseChunk(db: Client, chunkId: number, afterSeq: number): Promise<void> {
  await db.query(
    `UPDATE chunk SET state = 'ready', epoch = epoch + 1, marked_upto = NULL, seq_from = greatest(seq_from, $2 + 1) WHERE id = $1`,
    [chunkId, afterSeq],
  )
}

/** Carriers that have something due now. The reconciler rings for them what no bell rang for. */
export async function carriersWithWork(db: Client): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT id FROM carrier WHERE EXISTS
       (SELECT FROM chunk WHERE carrier_no = carrier.no AND state = 'ready' AND not_before <= now())`,
  )
  return rows.map((row) => row.id)
}
