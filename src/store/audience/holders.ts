import type { Client } from '../database.ts'
import type { MessageReason } from '../states.ts'

/** Somebody who may have the text of an earlier broadcast. */
export interface Holder {
  readonly seq: number
  /** Digits. */
  readonly msisdn: string
  readonly population: 'residents' | 'roamers'
  readonly country: string | null
  readonly language: string | null
  readonly hplmn: string | null
  /** The carrier that took, or may have taken, the text. */
  readonly carrierNo: number
  readonly reason: MessageReason
}

/**
 * The next of those who may have the text of a broadcast, after the given seq and in its order: it was taken by a carrier, its
 * fate is not known, it is on the wire (covered by the write-ahead of a chunk, without an outcome yet), or one of its attempts
 * was never answered, whatever became of the next one. Who was erased (number 0) is nobody any more. Walks the primary key; the chunks on the wire are few, and read once.
 */
export async function holdersPage(
  db: Client,
  broadcastId: number,
  afterSeq: number | undefined,
  limit: number,
): Promise<Holder[]> {
  const { rows } = await db.query<Holder>({
    name: 'holders',
    text: `
      WITH wire AS MATERIALIZED (
        SELECT seq_from, marked_upto, seqs, attempt, carrier_no FROM chunk
         WHERE broadcast_id = $1 AND state IN ('sending', 'cancelled') AND marked_upto IS NOT NULL)
      SELECT m.seq, m.msisdn::text, m.carrier_no "carrierNo", m.reason,
             CASE WHEN t.msisdn IS NULL OR m.reason IN ('resident', 'resident-unplaced') THEN 'residents' ELSE 'roamers' END AS population,
             coalesce(t.country, r.country) AS country, r.language, t.hplmn
        FROM (SELECT seq, msisdn, carrier_no, reason FROM message m
               WHERE broadcast_id = $1 AND seq > $2 AND msisdn > 0
                 AND (state IN ('uncertain', 'submitted', 'unconfirmed', 'delivered')
                      OR state = 'pending' AND EXISTS (
                           SELECT FROM wire w WHERE m.seq BETWEEN w.seq_from AND w.marked_upto AND m.attempt = w.attempt
                              AND m.carrier_no = w.carrier_no AND (w.seqs IS NULL OR m.seq = ANY (w.seqs)))
                      OR attempt > 1 AND EXISTS (
                           SELECT FROM unanswered u
                            WHERE u.broadcast_id = m.broadcast_id AND u.seq = m.seq AND NOT u.accepted))
               ORDER BY seq LIMIT $3) m
        LEFT JOIN resident r USING (msisdn) LEFT JOIN roamer t USING (msisdn)
       ORDER BY m.seq`,
    values: [broadcastId, afterSeq ?? 0, limit],
  })
  return rows
}

/**
 * Waits until every write-ahead that was under way on these broadcasts is committed: after they were cancelled no new one comes,
 * and `holdersPage` sees all that will ever leave. One chunk a statement, and outside a transaction: whoever holds one lock
 * while it waits for another may deadlock with the ledger.
 */
export async function settleMarks(db: Client, broadcastIds: readonly number[]): Promise<void> {
  const { rows } = await db.query<{ id: number }>(
    `SELECT id FROM chunk WHERE broadcast_id = ANY ($1) AND state = 'sending'`,
    [broadcastIds],
  )
  for (const { id } of rows) await db.query('SELECT FROM chunk WHERE id = $1 FOR SHARE', [id])
}
