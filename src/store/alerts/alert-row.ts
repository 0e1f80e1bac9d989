import type { Corrections, SubmittedForecast } from '../../alerts/approval.ts'
import type { AlertState, Phase, Role } from '../../alerts/lifecycle.ts'
import type { Alert, Note, Warning } from '../../alerts/model.ts'
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
  /** What does not stand against it, but should be seen before approval. */
  readonly warnings: Warning[]
  readonly lifecycle: AlertState
  readonly phase: Phase
  readonly digest: string
  readonly version: number
  readonly createdAt: Date
  readonly launchedAt: Date | null
  /** Null before it was submitted. */
  readonly forecast: SubmittedForecast | null
  readonly corrections: Corrections | null
  /** `ID@VERSION` of the template that it was made of. */
  readonly template: string | null
  /** Of a scheduled launch. */
  readonly launchAt: Date | null
  /** Who asked for that. */
  readonly launchBy: { readonly person: string; readonly roles: readonly Role[] } | null
  /** Why a scheduled launch was refused when its time had come, or fails (`launch-failing`); until it is launched, scheduled anew, unscheduled or changed. */
  readonly launchFailed: { readonly at: string; readonly code: string; readonly message: string } | null
  /** From then on nobody who enters is told until somebody has looked at it again; null: until it expires. */
  readonly reviewAt: Date | null
  /** The real alert that this Exercise is a copy of. */
  readonly rehearses: string | null
}

export const alertColumns = `id, chain_id "chainId", identifier, sender, sent, msg_type "msgType", status, severity, all_clear "allClear",
  expires, document, rules, notes, warnings, lifecycle, phase, digest, version, created_at "createdAt", launched_at "launchedAt",
  forecast, corrections, template, launch_at "launchAt", launch_by "launchBy", launch_failed "launchFailed",
  review_at "reviewAt", rehearses`

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
  /** The id of the last that is known: those that are older. */
  readonly after?: string | undefined
  /** Only those that touch one of these, of those of which that was reckoned. */
  readonly countries?: readonly string[] | undefined
}

/**
 * Newest first. An unnamed statement is planned with its values, so a filter that is not asked for costs nothing, and the live ones
 * are found by their index among all that ever were.
 */
export async function listAlerts(
  db: Client,
  { identifier, phase, countries, after }: AlertFilter,
  limit: number,
): Promise<AlertRow[]> {
  const { rows } = await db.query<AlertRow>(
    `SELECT ${alertColumns} FROM alert
      WHERE ($1::text IS NULL OR identifier = $1) AND ($2::alert_phase IS NULL OR phase = $2)
        AND ($4::text[] IS NULL OR countries && $4)
        AND ($5::uuid IS NULL OR (created_at, id) < (SELECT created_at, id FROM alert WHERE id = $5))
      ORDER BY created_at DESC, id DESC LIMIT $3`,
    [identifier, phase, limit, countries, after],
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
