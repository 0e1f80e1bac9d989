import type { Database } from '../database.ts'

/** Fewer rows than this are summed faster than they are rewritten. */
const worthwhile = 5000
/** Notifications of older days hardly come any more. */
const recentDays = 10

/**
 * Replaces the many small rows of the tallies by their sums: of broadcasts that are not closed, and of the recent days of
 * notifications. One statement each: a reader sees the rows or their sums, a writer is not held up, and what is added
 * meanwhile stays beside them. Returns how many tallies were rolled up.
 */
export async function rollUpTallies(db: Database): Promise<number> {
  const broadcasts = await db.pool.query<{ id: number }>(
    `SELECT b.id FROM broadcast b WHERE b.state <> 'closed' AND (SELECT count(*) FROM tally WHERE broadcast_id = b.id) > $1`,
    [worthwhile],
  )
  for (const { id } of broadcasts.rows) {
    await db.pool.query(
      `WITH gone AS (DELETE FROM tally WHERE broadcast_id = $1 RETURNING carrier_no, was, state, n, segments)
       INSERT INTO tally (broadcast_id, carrier_no, was, state, n, segments)
       SELECT $1, carrier_no, was, state, sum(n), sum(segments) FROM gone GROUP BY carrier_no, was, state`,
      [id],
    )
  }
  const days = await db.pool.query<{ day: string }>(
    `SELECT day::text FROM event_tally WHERE day > (now() AT TIME ZONE 'UTC')::date - $1::int GROUP BY event_tally.day HAVING count(*) > $2`,
    [recentDays, worthwhile],
  )
  for (const { day } of days.rows) {
    await db.pool.query(
      `WITH gone AS (DELETE FROM event_tally WHERE day = $1 RETURNING country, outcome, carrier_no, n)
       INSERT INTO event_tally (day, country, outcome, carrier_no, n)
       SELECT $1, country, outcome, carrier_no, sum(n) FROM gone GROUP BY country, outcome, carrier_no HAVING sum(n) <> 0`,
      [day],
    )
  }
  return broadcasts.rows.length + days.rows.length
}
