import type { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { noteEvent } from './alert-events.ts'
import { type AlertRow, alertColumns } from './alert-row.ts'

export interface DueLaunch {
  readonly id: string
  /** Who asked for it. */
  readonly by: NonNullable<AlertRow['launchBy']>
  /** He may not act any more. */
  readonly disabled: boolean
}

/** Approved alerts whose time has come. */
export async function dueLaunches(db: Client): Promise<DueLaunch[]> {
  const { rows } = await db.query<DueLaunch>(
    `SELECT a.id, a.launch_by "by",
            NOT EXISTS (SELECT FROM person p WHERE p.name = a.launch_by->>'person' AND p.disabled_at IS NULL) disabled
       FROM alert a WHERE a.launch_at <= now() AND a.phase = 'approved' ORDER BY a.launch_at`,
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
