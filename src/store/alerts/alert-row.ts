import type { AlertState, Phase } from '../../alerts/lifecycle.ts'
import type { Alert, Note } from '../../alerts/model.ts'
import type { AlertRules } from '../../alerts/rules.ts'
import type { Client } from '../database.ts'

export interface AlertRow {
  readonly id: string
  readonly chainId: string
  readonly identifier: string
  readonly sender: string
  readonly sent: Date
  readonly msgType: string
  readonly status: string
  readonly severity: string
  readonly allClear: boolean
  readonly expires: Date
  readonly document: Alert
  readonly rules: AlertRules
  readonly notes: Note[]
  readonly lifecycle: AlertState
  readonly phase: Phase
  readonly digest: string
  readonly version: number
  readonly createdAt: Date
  readonly launchedAt: Date | null
}

export const alertColumns = `id, chain_id "chainId", identifier, sender, sent, msg_type "msgType", status, severity, all_clear "allClear",
  expires, document, rules, notes, lifecycle, phase, digest, version, created_at "createdAt", launched_at "launchedAt"`

export async function findAlert(db: Client, id: string, lock = false): Promise<AlertRow | undefined> {
  const { rows } = await db.query<AlertRow>(
    `SELECT ${alertColumns} FROM alert WHERE id::text = $1 ${lock ? 'FOR UPDATE' : ''}`,
    [id],
  )
  return rows[0]
}

/** Newest first. */
export async function listAlerts(db: Client, limit: number): Promise<AlertRow[]> {
  const { rows } = await db.query<AlertRow>(`SELECT ${alertColumns} FROM alert ORDER BY created_at DESC, id LIMIT $1`, [
    limit,
  ])
  return rows
}

/** The alerts of one chain, the first one first. */
export async function chainOf(db: Client, chainId: string): Promise<AlertRow[]> {
  const { rows } = await db.query<AlertRow>(
    `SELECT ${alertColumns} FROM alert WHERE chain_id = $1 ORDER BY sent, created_at`,
    [chainId],
  )
  return rows
}

/** Alerts that are live and not past their end: what late entrants are told of. All-clears and Cancels are not in force. */
export async function alertsInForce(
  db: Client,
): Promise<(AlertRow & { broadcastId: number; lane: number; exercise: boolean })[]> {
  const { rows } = await db.query<AlertRow & { broadcastId: number; lane: number; exercise: boolean }>(
    `SELECT a.*, b.id "broadcastId", b.lane, b.exercise
       FROM (SELECT ${alertColumns} FROM alert
              WHERE phase = 'live' AND expires > now() AND msg_type IN ('Alert', 'Update') AND NOT all_clear) a
       JOIN broadcast b ON b.alert_id = a.id
      WHERE b.cancelled_at IS NULL AND b.refused IS NULL
      ORDER BY b.lane, b.id`,
  )
  return rows
}
