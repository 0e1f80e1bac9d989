import type { Database } from '../database.ts'

/** What a table may keep of what is done with, and why not longer. */
const spent: readonly string[] = [
  // The inbox: its events are gone already (closeBatch); the row tells for a day that it was worked off.
  `DELETE FROM roaming_batch WHERE done_at < now() - interval '1 day'`,
  // Receipts that no message was found for in a week of trying; they hold numbers.
  `DELETE FROM parked_receipt WHERE received_at < now() - interval '7 days'`,
  // Submissions without a response: no receipt comes any more that could tell of them; they hold numbers too.
  `DELETE FROM unanswered WHERE at < now() - interval '7 days'`,
  // Chunks say what is to be sent; of a closed broadcast nothing is.
  `DELETE FROM chunk c USING broadcast b WHERE b.id = c.broadcast_id AND b.state = 'closed' AND b.closed_at < now() - interval '1 day'
      AND c.state IN ('done', 'cancelled')`,
]

/** Deletes what the engine's own book-keeping needs no more. Returns how many rows. */
export async function purgeSpent(db: Database): Promise<number> {
  let rows = 0
  for (const statement of spent) rows += (await db.pool.query(statement)).rowCount ?? 0
  return rows
}
