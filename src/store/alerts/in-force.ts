import type { Client } from '../database.ts'

/** A broadcast that late entrants are told of. */
export interface BroadcastInForce {
  readonly alertId: string
  readonly broadcastId: number
  readonly lane: number
  /** Of what was launched. */
  readonly digest: string
  readonly launchedAt: Date
}

/**
 * Broadcasts of alerts that are live and not past their end, the most urgent first. All-clears and Cancels are never in force;
 * nor is what selection has not counted and found within its limit yet, nor what nobody has looked at again by its review date.
 */
export async function broadcastsInForce(db: Client): Promise<BroadcastInForce[]> {
  const { rows } = await db.query<BroadcastInForce>({
    name: 'broadcasts-in-force',
    text: `
      SELECT a.id "alertId", b.id "broadcastId", b.lane, b.digest, a.launched_at "launchedAt"
        FROM alert a JOIN broadcast b ON b.alert_id = a.id
       WHERE a.phase = 'live' AND a.expires > now() AND a.msg_type IN ('Alert', 'Update') AND NOT a.all_clear
         AND (a.review_at IS NULL OR a.review_at > now())
         AND b.expected IS NOT NULL AND b.cancelled_at IS NULL AND b.refused IS NULL
       ORDER BY b.lane, b.id`,
  })
  return rows
}

/**
 * Locks the broadcast for new messages; false where it was cancelled or has ended since it was asked for. The time is the
 * clock's, not that of the transaction's start. Waits for the slices of its selection that are under way (`holdBroadcast`), which
 * may hold the same person.
 */
export async function lockInForce(client: Client, broadcastId: number): Promise<boolean> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [broadcastId])
  const { rowCount } = await client.query(
    `SELECT FROM broadcast WHERE id = $1 AND cancelled_at IS NULL AND state <> 'closed' AND expires > clock_timestamp() FOR UPDATE`,
    [broadcastId],
  )
  return rowCount === 1
}
