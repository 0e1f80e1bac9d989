import type { Client } from '../database.ts'

export interface SelectionState {
  readonly id: number
  readonly alertId: string
  readonly lane: number
  readonly exercise: boolean
  readonly digest: string
  readonly expected: number | null
  readonly cursor: { source: number; after: unknown } | null
  readonly cancelled: boolean
}

/** A broadcast whose selection is not complete, under its row lock if asked for; undefined where there is nothing to select. */
export async function selectionState(
  db: Client,
  broadcastId: number,
  lock: boolean,
): Promise<SelectionState | undefined> {
  const { rows } = await db.query<SelectionState>(
    `SELECT id, alert_id "alertId", lane, exercise, digest, expected, selection_cursor "cursor",
            cancelled_at IS NOT NULL OR expires <= now() "cancelled"
       FROM broadcast WHERE id = $1 AND state = 'selecting' AND refused IS NULL ${lock ? 'FOR UPDATE' : ''}`,
    [broadcastId],
  )
  return rows[0]
}

export async function setExpected(db: Client, broadcastId: number, expected: number): Promise<void> {
  await db.query('UPDATE broadcast SET expected = $2 WHERE id = $1', [broadcastId, expected])
}

export async function saveCursor(db: Client, broadcastId: number, cursor: unknown): Promise<void> {
  await db.query('UPDATE broadcast SET selection_cursor = $2 WHERE id = $1', [broadcastId, JSON.stringify(cursor)])
}

export async function finishSelection(db: Client, broadcastId: number): Promise<void> {
  await db.query(
    `UPDATE broadcast SET state = 'sending', selected_at = now(), selection_cursor = NULL WHERE id = $1 AND state = 'selecting'`,
    [broadcastId],
  )
}

/** Selection stops for good: nothing was or will be made. */
export async function refuseSelection(db: Client, broadcastId: number, reason: string): Promise<void> {
  await db.query(`UPDATE broadcast SET refused = $2, state = 'closed', closed_at = now() WHERE id = $1`, [
    broadcastId,
    reason,
  ])
}

/** Selections that were begun or not even that: the reconciler rings for them. */
export async function unfinishedSelections(db: Client): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `SELECT id FROM broadcast WHERE state = 'selecting' AND refused IS NULL ORDER BY lane, id`,
  )
  return rows.map((row) => row.id)
}
