import type { Client } from '../database.ts'

/** Nothing more goes out of the broadcasts of these alerts; what is queued is withdrawn. */
export async function cancelBroadcasts(db: Client, alertIds: readonly string[]): Promise<void> {
  await db.query(
    'UPDATE broadcast SET cancelled_at = now() WHERE alert_id = ANY ($1::uuid[]) AND cancelled_at IS NULL',
    [alertIds],
  )
}

/** The broadcast of an alert that was launched. */
export async function launchedBroadcast(db: Client, alertId: string): Promise<{ broadcastId: number; lane: number }> {
  const { rows } = await db.query<{ broadcastId: number; lane: number }>(
    'SELECT id "broadcastId", lane FROM broadcast WHERE alert_id = $1',
    [alertId],
  )
  return rows[0] as { broadcastId: number; lane: number }
}
