import type { Client } from '../database.ts'
import type { ReceiptRecord } from './records.ts'

/** DELETED comes as `cancelled`: that it is where we asked for it (cancel_sm, by the write-ahead of it), else the message failed. */
export async function judgeDeleted(db: Client, receipts: readonly ReceiptRecord[]): Promise<readonly ReceiptRecord[]> {
  const deleted = receipts.filter(({ state }) => state === 'cancelled')
  if (deleted.length === 0) return receipts
  const { rows } = await db.query<{ place: number }>({
    name: 'judge-deleted',
    text: `
      SELECT n.i::int AS place
        FROM unnest($1::bigint[], $2::smallint[], $3::int[]) WITH ORDINALITY AS n (broadcast_id, carrier_no, seq, i)
        JOIN retraction r ON r.broadcast_id = n.broadcast_id AND r.carrier_no = n.carrier_no AND r.upto_seq >= n.seq`,
    values: [deleted.map((r) => r.broadcastId), deleted.map((r) => r.carrierNo), deleted.map((r) => r.seq)],
  })
  const asked = new Set(rows.map(({ place }) => deleted[place - 1]))
  return receipts.map((receipt) =>
    receipt.state === 'cancelled' && !asked.has(receipt) ? { ...receipt, state: 'failed' as const } : receipt,
  )
}
