import type { Database } from '../database.ts'

/** What a table may keep of what is done with, and why not longer. */
const spent: readonly string[] = [
  // The inbox: its events are gone already (closeBatch); the row tells for a day that it was worked off.
  `DELETE FROM roaming_batch WHERE done_at < now() - interval '1 day'`,
  // Receipts that no message was found for in a week of trying; they hold numbers.
  `DELETE FROM parked_receipt WHERE received_at < now() - interval '7 days'`,
  // Submissions without a response or an id: no receipt comes any more that could tell of them; they hold numbers too. But they make their
  // people holders (../audience/holders.ts): they stay while the chain may be corrected, and a week for its Cancel after that.
  `DELETE FROM unanswered u WHERE at < now() - interval '7 days'
      AND NOT EXISTS (SELECT FROM broadcast b JOIN alert a ON a.id = b.alert_id JOIN alert c ON c.chain_id = a.chain_id
                       WHERE b.id = u.broadcast_id AND c.launched_at IS NOT NULL AND c.expires > now() - interval '7 days')`,
  // By the hour a feed's habits are learned from 14 days; for as long as anything of a feed is kept, somebody may ask what became of its files.
  `DELETE FROM feed_hour WHERE hour < now() - interval '100 days'`,
  `DELETE FROM feed_reject WHERE hour < now() - interval '100 days'`,
  `DELETE FROM feed_file WHERE began_at < now() - interval '100 days'`,
  // What people wrote, and who wrote it, is of use for as long; so is what a carrier sent that nobody could read.
  `DELETE FROM inbox_text WHERE received_at < now() - interval '100 days'`,
  `DELETE FROM quarantined_delivery WHERE received_at < now() - interval '100 days'`,
  // Who came home is a subscriber like any other, of whom nothing need be known.
  `DELETE FROM roamer WHERE country IS NULL AND candidates = '{}' AND cell IS NULL AND seen_at < now() - interval '30 days'`,
  // Answers are kept for those who ask again (../idempotency/requests.ts).
  `DELETE FROM idempotency WHERE at < now() - interval '24 hours'`,
  // What followers were told, or could not be; events stay with their alerts.
  `DELETE FROM webhook_delivery WHERE coalesce(done_at, given_up_at) < now() - interval '30 days'`,
  // Secrets that sign no more.
  `UPDATE webhook SET old_secret = NULL, old_until = NULL WHERE old_until <= now()`,
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
