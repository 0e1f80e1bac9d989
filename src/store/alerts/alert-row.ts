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

/** Whether it may be the id of an alert at all; PostgreSQL would refuse the statement. */
export const isAlertId = (id: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)

/** Undefined also for what is no id at all. */
export async function findAlert(db: Client, id: string, lock = false): Promise<AlertRow | undefined> {
  if (!isAlertId(id)) return undefined
  const { rows } = await db.query<AlertRow>(
    `SELECT ${alertColumns} FROM alert WHERE id = $1 ${lock ? 'FOR UPDATE' : ''}`,
    [id],
  )
  return rows[0]
}

/** Which alerts; senders may use the same identifier. */
export interface AlertFilter {
  readonly identifier?: string | undefined
  readonly phase?: Phase | undefined
}

/**
 * Newest first. An unnamed statement is planned with its values, so a filter that is not asked for costs nothing, and the live ones
 * are found by their index among all that ever were.
 */
export async function listAlerts(db: Client, { identifier, phase }: AlertFilter, limit: number): Promise<AlertRow[]> {
  const { rows } = await db.query<AlertRow>(
    `SELECT ${alertColumns} FROM alert
      WHERE ($1::text IS NULL OR identifier = $1) AND ($2::alert_phase IS NULL OR phase = $2)
      ORDER BY created_at DESC, id LIMIT $3`,
    [identifier, phase, limit],
  )
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
