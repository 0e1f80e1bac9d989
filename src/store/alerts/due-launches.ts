import { SEVERITIES } from '../../alerts/model.ts'
import type { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { heldRoles } from '../people/held-roles.ts'
import { noteEvent } from './alert-events.ts'
import { type AlertRow, alertColumns, findAlert } from './alert-row.ts'

export interface DueLaunch {
  readonly id: string
  /** The time that was asked for. */
  readonly at: Date
  /** Who asked for it, with the roles that he has now: he may have lost those that he had then. */
  readonly by: NonNullable<AlertRow['launchBy']>
  /** He may not act any more. */
  readonly disabled: boolean
}

/**
 * Approved alerts whose time has come, the worst first; those of one chain by their times, because nothing is taken back before it is live.
 */
export async function dueLaunches(db: Client): Promise<DueLaunch[]> {
  const { rows } = await db.query<DueLaunch>(
    `SELECT a.id, a.launch_at "at", jsonb_build_object('person', a.launch_by->>'person', 'roles', ${heldRoles('p')}) "by",
            p.id IS NULL OR p.disabled_at IS NOT NULL disabled
       FROM alert a LEFT JOIN person p ON p.name = a.launch_by->>'person'
      WHERE a.launch_at <= now() AND a.phase = 'approved'
      ORDER BY (SELECT min(array_position($1::text[], c.severity::text)) FROM alert c WHERE c.chain_id = a.chain_id), a.launch_at`,
    [SEVERITIES],
  )
  return rows
}

/** Whether an alert is to be launched at exactly this time and for this person, and nobody has unscheduled, postponed or launched it. */
export const isScheduledAs = (
  { phase, launchAt, launchBy }: AlertRow,
  at: Date,
  { person }: { readonly person: string },
) => phase === 'approved' && launchAt?.getTime() === at.getTime() && launchBy?.person === person

/** Writes down why a launch that was due was refused; false where somebody has changed, launched or scheduled the alert meanwhile. */
export async function failLaunch(
  { pool }: Database,
  due: DueLaunch,
  { code, message, details }: Problem,
): Promise<boolean> {
  return transaction(pool, async (client) => {
    if (!(await lockDue(client, due))) return false
    const why = [message, ...details.map((one) => one.message)].join(': ')
    const { rows } = await client.query<AlertRow>(
      `UPDATE alert SET launch_failed = jsonb_build_object('at', launch_at, 'code', $2::text, 'message', $3::text), launch_at = NULL,
              version = version + 1
        WHERE id = $1 RETURNING ${alertColumns}`,
      [due.id, code, why],
    )
    await noteEvent(client, 'launch-refused', rows[0] as AlertRow)
    await appendAudit(client, {
      actor: 'engine',
      act: 'alert.launch-refused',
      subject: `alert:${due.id}`,
      detail: { code },
    })
    return true
  })
}

/**
 * Writes down that a launch which is due fails for a reason of the engine's own, and that it is tried again: the alert says so until it is
 * launched, refused or unscheduled. False where that was written down before, or somebody has acted meanwhile.
 */
export async function noteFailing({ pool }: Database, due: DueLaunch, message: string): Promise<boolean> {
  return transaction(pool, async (client) => {
    if (!(await lockDue(client, due))) return false
    const { rowCount } = await client.query(
      `UPDATE alert SET launch_failed = jsonb_build_object('at', launch_at, 'code', 'launch-failing', 'message', $2::text), version = version + 1
        WHERE id = $1 AND launch_failed IS NULL`,
      [due.id, message],
    )
    return rowCount === 1
  })
}

async function lockDue(client: Client, { id, at, by }: DueLaunch): Promise<boolean> {
  const alert = await findAlert(client, id, true)
  return alert !== undefined && isScheduledAs(alert, at, by)
}
