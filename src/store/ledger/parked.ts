import type { Client } from '../database.ts'
import type { UnplacedReceipt } from './records.ts'

export type ParkedReceipt = Omit<UnplacedReceipt, 'raw'> & {
  readonly id: number
  readonly receivedAt: number
  readonly tries: number
}

/** Keeps receipts whose message is not known (yet). */
export async function parkReceipts(db: Client, receipts: readonly UnplacedReceipt[]): Promise<void> {
  if (receipts.length === 0) return
  await db.query({
    name: 'park-receipts',
    text: `
      INSERT INTO parked_receipt (carrier_no, smsc_id, msisdn, state, error, final_at, raw, next_try_at)
      SELECT *, now() + interval '250 ms' FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::message_state[], $5::int[], $6::timestamptz[], $7::bytea[])`,
    values: [
      receipts.map((r) => r.carrierNo),
      receipts.map((r) => r.smscId),
      receipts.map((r) => r.msisdn ?? null),
      receipts.map((r) => r.state),
      receipts.map((r) => r.error ?? null),
      receipts.map((r) => new Date(r.finalAt).toISOString()),
      receipts.map((r) => r.raw),
    ],
  })
}

/** Parked receipts whose turn has come; each turn waits twice as long as the one before, up to ten minutes. */
export async function dueParked(db: Client, limit: number): Promise<ParkedReceipt[]> {
  const { rows } = await db.query<Omit<ParkedReceipt, 'finalAt' | 'receivedAt'> & { finalAt: Date; receivedAt: Date }>({
    name: 'due-parked',
    text: `
      UPDATE parked_receipt SET tries = tries + 1, next_try_at = now() + least(interval '500 ms' * 2 ^ least(tries, 20), interval '10 min')
       WHERE id IN (SELECT id FROM parked_receipt WHERE next_try_at <= now() ORDER BY next_try_at LIMIT $1 FOR UPDATE SKIP LOCKED)
      RETURNING id, carrier_no "carrierNo", smsc_id "smscId", msisdn::text, state, error, final_at "finalAt", received_at "receivedAt", tries`,
    values: [limit],
  })
  return rows.map((row) => ({ ...row, finalAt: row.finalAt.getTime(), receivedAt: row.receivedAt.getTime() }))
}

/** Their turn is the next one. */
export async function tryParkedSoon(db: Client, ids: readonly number[]): Promise<void> {
  if (ids.length > 0)
    await db.query('UPDATE parked_receipt SET next_try_at = now() WHERE id = ANY ($1::bigint[])', [ids])
}

export async function dropParked(db: Client, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await db.query('DELETE FROM parked_receipt WHERE id = ANY ($1::bigint[])', [ids])
}
