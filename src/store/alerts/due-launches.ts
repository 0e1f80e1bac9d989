import { SEVERITIES } from '../../alerts/model.ts'
import type { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { heldRoles } from '../people/held-roles.ts'
import { noteEvent } from './alert-events.ts'
import { type AlertRow, alertColumns } from './alert-row.ts'

export interface DueLaunch {
  readonly id: string
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
    `SELECT a.id, jsonb_build_object('person', a.launch_by->>'person', 'roles', ${heldRoles('p')}) "by",
            p.id IS NULL OR p.disabled_at IS NOT NULL disabled
       FROM alert a LEFT JOIN person p ON p.name = a.launch_by->>'person'
      WHERE a.launch_at <= now() AND a.phase = 'approved'
      ORDER BY (SELECT min(array_position($1::text[], c.severity::text)) FROM alert c WHERE c.chain_id = a.chain_id), a.launch_at`,
    [SEVERITIES],
  )
  return rows
}

/** Writes down why a launch that was due was refused; false where somebody has changed, launched or scheduled the alert meanwhile. */
export async function failLaunch(
  { pool }: Database,
  id: string,
  { code, message, details }: Problem,
): Promise<boolean> {
  return transaction(pool, async (client) => {
    const why = [message, ...details.map((one) => one.message)].join(': ')
    const { rows } = await client.query<AlertRow>(
      `UPDATE alert SET launch_failed = jsonb_build_object('at', launch_at, 'code', $2::text, 'message', $3::text), launch_at = NULL,
              version = version + 1
        WHERE id = $1 AND launch_at <= now() AND phase = 'approved' RETURNING ${alertColumns}`,
      [id, code, why],
    )
    const [row] = rows
    if (!row) return false
    await noteEvent(client, 'launch-refused', row)
    await appendAudit(client, {
      actor: 'engine',
      act: 'alert.launch-refused',
      subject: `alert:${id}`,
      detail: { code },
    })
    return true
  })
}

/**
 * Writes down that a launch which is due fails for a reason of the engine's own, and that it is tried again: the alert says so until it is
 * launched, refused or unscheduled. False where that was written down before, or somebody has acted meanwhile.
 */
export async function noteFailing({ pool }: Database, id: string, message: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE alert SET launch_failed = jsonb_build_object('at', launch_at, 'code', 'launch-failing', 'message', $2::text), version = version + 1
      WHERE id = $1 AND launch_at <= now() AND phase = 'approved' AND launch_failed IS NULL`,
    [id, message],
  )
  return rowCount === 1
}
