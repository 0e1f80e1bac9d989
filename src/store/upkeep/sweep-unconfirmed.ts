import type { Database } from '../database.ts'

/**
 * Messages that the carrier accepted and of which it gave no final receipt within its `finalAfter` become unconfirmed; a late
 * receipt still moves them on. Reads the messages only of broadcasts that are old enough, not closed, and by their tally still
 * wait for a receipt of that carrier. Returns how many messages.
 */
export async function sweepUnconfirmed(
  db: Database,
  finalAfter: readonly { carrierNo: number; ms: number }[],
): Promise<number> {
  const { rows } = await db.pool.query<{ broadcastId: number; carrierNo: number; ms: number }>(
    `SELECT b.id "broadcastId", f.carrier_no "carrierNo", f.ms
       FROM broadcast b CROSS JOIN unnest($1::smallint[], $2::float8[]) AS f (carrier_no, ms)
      WHERE b.state <> 'closed' AND b.created_at < now() - f.ms * interval '1 ms'
        AND (SELECT sum(side.n) FROM tally t CROSS JOIN LATERAL (VALUES (t.state, t.n), (t.was, -t.n)) AS side (state, n)
              WHERE t.broadcast_id = b.id AND t.carrier_no = f.carrier_no AND side.state = 'submitted') > 0
      ORDER BY b.id, f.carrier_no`,
    [finalAfter.map((f) => f.carrierNo), finalAfter.map((f) => f.ms)],
  )
  let swept = 0
  for (const { broadcastId, carrierNo, ms } of rows) swept += await sweep(db, broadcastId, carrierNo, ms)
  return swept
}

async function sweep(db: Database, broadcastId: number, carrierNo: number, ms: number): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>(
    `WITH swept AS (
       UPDATE message m SET was = m.state, state = 'unconfirmed'
        WHERE broadcast_id = $1 AND carrier_no = $2 AND state = 'submitted' AND submitted_at < now() - $3 * interval '1 ms'
       RETURNING m.was, m.state),
     t AS (
       INSERT INTO tally (broadcast_id, carrier_no, was, state, n)
       SELECT $1, $2, was, state, count(*) FROM swept GROUP BY was, state)
     SELECT count(*)::int n FROM swept`,
    [broadcastId, carrierNo, ms],
  )
  return rows[0]?.n ?? 0
}
