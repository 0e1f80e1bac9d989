import { type AlertRow, alertColumns } from '../alerts/alert-row.ts'
import type { Client } from '../database.ts'

/** Alerts with this identifier (senders may use the same one), the newest first. */
export async function alertsNamed(db: Client, identifier: string, limit: number): Promise<AlertRow[]> {
  const { rows } = await db.query<AlertRow>(
    `SELECT ${alertColumns} FROM alert WHERE identifier = $1 ORDER BY created_at DESC, id LIMIT $2`,
    [identifier, limit],
  )
  return rows
}
