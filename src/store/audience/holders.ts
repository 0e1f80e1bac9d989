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
  /** Of the message that corrects it: all holders are chosen at once, whoever came late to the text among them. */
  readonly reason: Exclude<MessageReason, 'late-entrant' | 'other-number'>
}

/** SQL: what of these broadcasts is on the wire, covered by the write-ahead of a chunk. The chunks are few, and read once. */
const wire = (broadcasts: string) => `wire AS MATERIALIZED (
  SELECT broadcast_id, seq_from, marked_upto, seqs, attempt, carrier_no FROM chunk
   WHERE broadcast_id ${broadcasts} AND state IN ('sending', 'cancelled') AND marked_upto IS NOT NULL)`

/**
 * SQL: whether somebody may have the text of message `m`: it was taken by a carrier, its fate is not known, it is on the wire (without an
 * outcome yet), or one of its attempts was never answered, whatever became of the next one. Who was erased (number 0) is nobody any more.
 */
const mayHaveIt = `m.msisdn > 0
  AND (m.state IN ('uncertain', 'submitted', 'unconfirmed', 'delivered')
       OR m.state = 'pending' AND EXISTS (
            SELECT FROM wire w WHERE w.broadcast_id = m.broadcast_id AND m.seq BETWEEN w.seq_from AND w.marked_upto
               AND m.attempt = w.attempt AND m.carrier_no = w.carrier_no AND (w.seqs IS NULL OR m.seq = ANY (w.seqs)))
       OR m.attempt > 1 AND EXISTS (
            SELECT FROM unanswered u WHERE u.broadcast_id = m.broadcast_id AND u.seq = m.seq AND NOT u.accepted))`

/** The next of those who may have the text of a broadcast, after the given seq and in its order. Walks the primary key. */
export async function holdersPage(
  db: Client,
  broadcastId: number,
  afterSeq: number | undefined,
  limit: number,
): Promise<Holder[]> {
  const { rows } = await db.query<Holder>({
    name: 'holders',
    text: `
      WITH ${wire('= $1')}
      SELECT m.seq, m.msisdn::text, m.carrier_no "carrierNo",
             CASE WHEN m.reason NOT IN ('late-entrant', 'other-number') THEN m.reason
                  WHEN t.msisdn IS NULL THEN 'resident' ELSE 'roamer' END AS reason,
             CASE WHEN t.msisdn IS NULL OR m.reason IN ('resident', 'resident-unplaced') THEN 'residents' ELSE 'roamers' END AS population,
             coalesce(t.country, r.country) AS country, r.language, t.hplmn
        FROM (SELECT seq, msisdn, carrier_no, reason FROM message m
               WHERE broadcast_id = $1 AND seq > $2 AND ${mayHaveIt}
               ORDER BY seq LIMIT $3) m
        LEFT JOIN resident r USING (msisdn) LEFT JOIN roamer t USING (msisdn)
       ORDER BY m.seq`,
    values: [broadcastId, afterSeq ?? 0, limit],
  })
  return rows
}

/**
 * How many numbers may have the text of any of these broadcasts, by one walk of each one's primary key: to look at them one by one, as
 * `holdersPage` does, would take seconds a hundred thousand, and the first retraction would wait for it. In a transaction with
 * `audienceSettings`.
 */
export async function countHolders(client: Client, broadcastIds: readonly number[]): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `WITH ${wire('= ANY ($1)')}
     SELECT count(${broadcastIds.length === 1 ? '*' : 'DISTINCT m.msisdn'})::int AS n
       FROM unnest($1::bigint[]) AS b (id)
            CROSS JOIN LATERAL (SELECT m.msisdn FROM message m WHERE m.broadcast_id = b.id AND ${mayHaveIt} OFFSET 0) m`,
    [broadcastIds],
  )
  return rows[0]?.n ?? 0
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
