import type { Client } from '../database.ts'

export interface SelectionState {
  readonly id: number
  readonly alertId: string
  readonly lane: number
  readonly digest: string
  readonly expected: number | null
  /** When it was launched. */
  readonly createdAt: Date
  /** Where the last committed page ended. */
  cursor: { readonly source: number; readonly after: unknown } | null
  readonly cancelled: boolean
}

/** A broadcast whose selection is not complete, under its row lock if asked for; undefined where there is nothing to select. */
export async function selectionState(
  db: Client,
  broadcastId: number,
  lock: boolean,
): Promise<SelectionState | undefined> {
  const { rows } = await db.query<SelectionState>(
    `SELECT id, alert_id "alertId", lane, digest, expected, created_at "createdAt", selection_cursor "cursor",
            cancelled_at IS NOT NULL OR expires <= now() "cancelled"
       FROM broadcast WHERE id = $1 AND state = 'selecting' AND refused IS NULL ${lock ? 'FOR UPDATE' : ''}`,
    [broadcastId],
  )
  return rows[0]
}

/**
 * Keeps what was counted before the first message: how many are to be told, and by country those who are counted apart. One
 * statement, and only the first count stands, so that of two workers that counted at once nobody is counted twice.
 */
export async function setExpected(
  db: Client,
  broadcastId: number,
  expected: number,
  apart: ReadonlyMap<string, number>,
): Promise<void> {
  await db.query(
    `WITH counted AS (UPDATE broadcast SET expected = $2 WHERE id = $1 AND expected IS NULL RETURNING id)
     ${insertApart('counted', '$3', '$4')}`,
    [broadcastId, expected, [...apart.keys()], [...apart.values()]],
  )
}

export async function saveCursor(db: Client, broadcastId: number, cursor: unknown): Promise<void> {
  await db.query('UPDATE broadcast SET selection_cursor = $2 WHERE id = $1', [broadcastId, JSON.stringify(cursor)])
}

/** @param apart more people who are counted but not told, by country; with a selection that another process has finished they are known */
export async function finishSelection(
  db: Client,
  broadcastId: number,
  apart: ReadonlyMap<string, number> = new Map(),
): Promise<void> {
  await db.query(
    `WITH finished AS (
       UPDATE broadcast SET state = 'sending', selected_at = now(), selection_cursor = NULL
        WHERE id = $1 AND state = 'selecting' RETURNING id)
     ${insertApart('finished', '$2', '$3')}`,
    [broadcastId, [...apart.keys()], [...apart.values()]],
  )
}

const insertApart = (broadcast: string, countries: string, counts: string) =>
  `INSERT INTO audience_tally (broadcast_id, reason, country, n)
   SELECT b.id, 'apart', n.country, n.n FROM ${broadcast} b, unnest(${countries}::text[], ${counts}::int[]) AS n (country, n)`

/**
 * Selection stops for good and the broadcast is closed; where an interrupted run has made messages already it is cancelled
 * instead, so that they are withdrawn.
 */
export async function refuseSelection(db: Client, broadcastId: number, reason: string): Promise<void> {
  await db.query(
    `UPDATE broadcast SET refused = $2, selection_cursor = NULL,
            cancelled_at = CASE WHEN next_seq > 1 THEN coalesce(cancelled_at, now()) ELSE cancelled_at END,
            state = CASE WHEN next_seq = 1 THEN 'closed' ELSE 'sending' END::broadcast_state,
            closed_at = CASE WHEN next_seq = 1 THEN now() END
      WHERE id = $1 AND state = 'selecting'`,
    [broadcastId, reason],
  )
}

/** Selections that were begun or not even that, the most urgent first: the reconciler rings for them. */
export async function unfinishedSelections(db: Client): Promise<{ id: number; lane: number }[]> {
  const { rows } = await db.query<{ id: number; lane: number }>(
    `SELECT id, lane FROM broadcast WHERE state = 'selecting' AND refused IS NULL ORDER BY lane, id`,
  )
  return rows
}

/** Numbers for messages to come; what is not used of them stays unused. Returns the first. */
export async function reserveSeqs(db: Client, broadcastId: number, n: number): Promise<number> {
  const { rows } = await db.query<{ first: number }>(
    'UPDATE broadcast SET next_seq = next_seq + $2 WHERE id = $1 RETURNING next_seq - $2 AS first',
    [broadcastId, n],
  )
  return (rows[0] as { first: number }).first
}

/**
 * Until the transaction ends nobody else adds to the broadcast but slices of its selection, which never hold the same people. Take it
 * before any lock on the broadcast's row.
 */
export async function holdBroadcast(client: Client, broadcastId: number): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock_shared($1)', [broadcastId])
}
