import type { Client } from '../database.ts'
import type { Chunk } from './claim.ts'

/** A message as dispatch needs it. */
export interface DueMessage {
  readonly seq: number
  /** Digits. */
  readonly msisdn: string
  readonly variant: number
}

/** The messages of a chunk that are still to be sent, in the order of seq. */
export async function loadChunk(db: Client, chunk: Chunk): Promise<DueMessage[]> {
  const { rows } = await db.query<DueMessage>({
    name: 'load-chunk',
    text: `
      SELECT seq, msisdn::text, variant FROM message
       WHERE broadcast_id = $1 AND seq BETWEEN $2 AND $3 AND state = 'pending' AND attempt = $4
         AND ($5::int[] IS NULL OR seq = ANY ($5))
         AND carrier_no = (SELECT carrier_no FROM chunk WHERE id = $6)
       ORDER BY seq`,
    values: [chunk.broadcastId, chunk.seqFrom, chunk.seqTo, chunk.attempt, chunk.seqs, chunk.id],
  })
  return rows
}
