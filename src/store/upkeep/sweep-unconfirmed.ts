import type { Database } from '../database.ts'

/**
 * Messages that the carrier accepted and of which it gave no final receipt within its `finalAfter` become unconfirmed; a late
 * receipt still moves them on. Only broadcasts that are not closed are looked at.
 */
export async function sweepUnconfirmed(
  db: Database,
  finalAfter: readonly { carrierNo: number; ms: number }[],
): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>(
    `WITH f AS (SELECT * FROM unnest($1::smallint[], $2::float8[]) AS f (carrier_no, ms)),
     swept AS (
       UPDATE message m SET was = m.state, state = 'unconfirmed'
         FROM f, broadcast b
        WHERE b.state <> 'closed' AND m.broadcast_id = b.id AND m.carrier_no = f.carrier_no AND m.state = 'submitted'
          AND m.submitted_at < now() - f.ms * interval '1 ms'
       RETURNING m.broadcast_id, m.carrier_no, m.was, m.state),
     t AS (
       INSERT INTO tally (broadcast_id, carrier_no, was, state, n)
       SELECT broadcast_id, carrier_no, was, state, count(*) FROM swept GROUP BY 1, 2, 3, 4)
     SELECT count(*)::int n FROM swept`,
    [finalAfter.map((f) => f.carrierNo), finalAfter.map((f) => f.ms)],
  )
  return rows[0]?.n ?? 0
}
