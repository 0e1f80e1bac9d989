import type { Client } from '../database.ts'

/** A cancelled broadcast of which a carrier may still hold messages. */
export interface OpenRetraction {
  readonly broadcastId: number
  readonly cancelledAt: Date
}

/** The cancelled broadcasts of which this carrier's SMSC has not been asked yet to drop everything; the oldest first. */
export async function openRetractions(db: Client, carrierNo: number): Promise<OpenRetraction[]> {
  const { rows } = await db.query<OpenRetraction>(
    `SELECT b.id "broadcastId", b.cancelled_at "cancelledAt"
       FROM broadcast b LEFT JOIN retraction r ON r.broadcast_id = b.id AND r.carrier_no = $1
      WHERE b.state <> 'closed' AND b.cancelled_at IS NOT NULL AND r.done_at IS NULL
        AND EXISTS (SELECT FROM tally t WHERE t.broadcast_id = b.id AND t.carrier_no = $1 AND t.state = 'submitted')
      ORDER BY b.cancelled_at`,
    [carrierNo],
  )
  return rows
}

/** The write-ahead: the SMSC is about to be asked to drop messages up to `uptoSeq`. */
export async function noteRetraction(
  db: Client,
  broadcastId: number,
  carrierNo: number,
  uptoSeq: number,
): Promise<void> {
  await db.query(
    `INSERT INTO retraction AS r (broadcast_id, carrier_no, upto_seq) VALUES ($1, $2, $3)
     ON CONFLICT (broadcast_id, carrier_no) DO UPDATE SET upto_seq = greatest(r.upto_seq, excluded.upto_seq)`,
    [broadcastId, carrierNo, uptoSeq],
  )
}

/** Everything was asked for. */
export async function retractionDone(db: Client, broadcastId: number, carrierNo: number): Promise<void> {
  await db.query(
    `INSERT INTO retraction (broadcast_id, carrier_no, upto_seq, done_at) VALUES ($1, $2, 0, now())
     ON CONFLICT (broadcast_id, carrier_no) DO UPDATE SET done_at = now()`,
    [broadcastId, carrierNo],
  )
}
