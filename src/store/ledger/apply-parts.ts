import { int2Column, int4Column, int8Column, textColumn, timeColumn } from '../columns.ts'
import type { Client } from '../database.ts'
import type { MessageState } from '../states.ts'
import type { StateChange } from './apply-states.ts'
import type { ReceiptRecord } from './records.ts'

/** Writes receipts of parts onto their segments, under the same guard as messages. */
export async function applyPartReceipts(db: Client, receipts: readonly ReceiptRecord[]): Promise<void> {
  if (receipts.length === 0) return
  await db.query({
    name: 'apply-parts',
    text: `
      UPDATE segment s SET state = n.state
        FROM unnest($1::timestamptz[], $2::smallint[], $3::text[], $4::bigint[], $5::int[], $6::smallint[], $7::text[]::message_state[])
             AS n (at, carrier_no, smsc_id, broadcast_id, seq, part, state)
       WHERE s.at = n.at AND s.carrier_no = n.carrier_no AND s.smsc_id = n.smsc_id
         AND s.broadcast_id = n.broadcast_id AND s.seq = n.seq AND s.part = n.part
         AND n.state > s.state AND (s.state < 'suppressed' OR n.state = 'delivered')`,
    values: [
      timeColumn(receipts, (r) => r.at),
      int2Column(receipts, (r) => r.carrierNo),
      textColumn(receipts, (r) => r.smscId),
      int8Column(receipts, (r) => r.broadcastId),
      int4Column(receipts, (r) => r.seq),
      int2Column(receipts, (r) => r.part),
      textColumn(receipts, (r) => r.state),
    ],
  })
}

/**
 * What the parts of these messages say together, for carriers that send a receipt for every part: delivered when all parts of
 * one attempt are; failed, expired or cancelled as soon as one part is, because a text with a hole is not a text.
 */
export async function aggregateParts(db: Client, receipts: readonly ReceiptRecord[]): Promise<StateChange[]> {
  if (receipts.length === 0) return []
  const last = new Map(receipts.map((r) => [`${r.broadcastId}:${r.seq}:${r.attempt}`, r]))
  const touched = [...last.values()]
  const { rows } = await db.query<{ broadcastId: number; seq: number; attempt: number; state: MessageState }>({
    name: 'aggregate-parts',
    text: `
      SELECT s.broadcast_id "broadcastId", s.seq, s.attempt,
             CASE WHEN count(DISTINCT s.part) FILTER (WHERE s.state = 'delivered') = max(s.parts) THEN 'delivered'
                  ELSE max(s.state) FILTER (WHERE s.state <> 'delivered') END AS state
        FROM unnest($1::bigint[], $2::int[], $3::smallint[]) AS n (broadcast_id, seq, attempt)
        CROSS JOIN LATERAL (
          SELECT * FROM segment WHERE broadcast_id = n.broadcast_id AND seq = n.seq AND attempt = n.attempt AND parts > 1) s
       GROUP BY 1, 2, 3`,
    values: [
      int8Column(touched, (r) => r.broadcastId),
      int4Column(touched, (r) => r.seq),
      int2Column(touched, (r) => r.attempt),
    ],
  })
  return rows.flatMap((row) => {
    const receipt = last.get(`${row.broadcastId}:${row.seq}:${row.attempt}`)
    // Null: all parts that are known are delivered, but not all are known yet.
    if (!receipt || row.state === null || row.state === 'submitted') return []
    return { ...row, error: receipt.error ?? null, submittedAt: receipt.at, finalAt: receipt.finalAt, parts: null }
  })
}
