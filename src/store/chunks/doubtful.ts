import type { Client } from '../database.ts'

export interface DoubtfulMessage {
  readonly seq: number
  readonly msisdn: string
  readonly variant: number
}

/** The messages of an abandoned chunk that may have been on the wire when its holder died: marked, and without an outcome. */
export async function doubtfulMessages(db: Client, chunkId: number): Promise<DoubtfulMessage[]> {
  const { rows } = await db.query<DoubtfulMessage>(
    `SELECT m.seq, m.msisdn::text, m.variant FROM chunk c JOIN message m
        ON m.broadcast_id = c.broadcast_id AND m.seq BETWEEN c.seq_from AND least(c.seq_to, c.marked_upto)
      WHERE c.id = $1 AND m.state = 'pending' AND m.attempt = c.attempt AND m.carrier_no = c.carrier_no
        AND (c.seqs IS NULL OR m.seq = ANY (c.seqs))
      ORDER BY m.seq`,
    [chunkId],
  )
  return rows
}
