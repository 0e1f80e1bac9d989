import type { Client } from '../database.ts'
import type { AttemptRef } from './records.ts'

/** Remembers submissions without a response, so that a receipt for the number can still tell that they arrived. */
export async function noteUnanswered(db: Client, rows: readonly { ref: AttemptRef; part: number }[]): Promise<void> {
  if (rows.length === 0) return
  await db.query({
    name: 'note-unanswered',
    text: `
      INSERT INTO unanswered (carrier_no, msisdn, broadcast_id, seq, attempt, part, parts, at)
      SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::int[], $5::smallint[], $6::smallint[], $7::smallint[], $8::timestamptz[])
      ON CONFLICT DO NOTHING`,
    values: [
      rows.map((r) => r.ref.carrierNo),
      rows.map((r) => r.ref.msisdn),
      rows.map((r) => r.ref.broadcastId),
      rows.map((r) => r.ref.seq),
      rows.map((r) => r.ref.attempt),
      rows.map((r) => r.part),
      rows.map((r) => r.ref.parts),
      rows.map((r) => new Date(r.ref.at).toISOString()),
    ],
  })
}

/** The response came after all. */
export async function forgetUnanswered(db: Client, rows: readonly { ref: AttemptRef; part: number }[]): Promise<void> {
  if (rows.length === 0) return
  await db.query({
    name: 'forget-unanswered',
    text: `
      DELETE FROM unanswered u USING unnest($1::bigint[], $2::int[], $3::smallint[], $4::smallint[]) AS n (broadcast_id, seq, attempt, part)
       WHERE u.broadcast_id = n.broadcast_id AND u.seq = n.seq AND u.attempt = n.attempt AND u.part = n.part`,
    values: [
      rows.map((r) => r.ref.broadcastId),
      rows.map((r) => r.ref.seq),
      rows.map((r) => r.ref.attempt),
      rows.map((r) => r.part),
    ],
  })
}

/**
 * The unanswered submission of this carrier to this number that a receipt belongs to, taken out: every answered one has an id
 * of its own. The newest that went out before the receipt came, because an older one may never have arrived; else the oldest:
 * what a dead process left unanswered is noted when it is taken over, and the SMSC may send its receipts before that.
 *
 * @param receivedAt when the receipt came; ms since the epoch.
 */
export async function takeUnanswered(
  db: Client,
  carrierNo: number,
  msisdn: string,
  receivedAt: number,
): Promise<(Omit<AttemptRef, 'msisdn'> & { part: number }) | undefined> {
  const { rows } = await db.query<{
    broadcastId: number
    seq: number
    attempt: number
    part: number
    parts: number
    at: Date
  }>({
    name: 'take-unanswered',
    text: `
      DELETE FROM unanswered WHERE (broadcast_id, seq, attempt, part) =
        (SELECT broadcast_id, seq, attempt, part FROM unanswered
          WHERE carrier_no = $1 AND msisdn = $2
          ORDER BY at > $3, CASE WHEN at <= $3 THEN at END DESC, at, attempt, part LIMIT 1)
      RETURNING broadcast_id "broadcastId", seq, attempt, part, parts, at`,
    values: [carrierNo, msisdn, new Date(receivedAt).toISOString()],
  })
  const row = rows[0]
  return row && { ...row, carrierNo, at: row.at.getTime() }
}
