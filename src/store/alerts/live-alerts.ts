import type { Alert } from '../../alerts/model.ts'
import type { AlertRules } from '../../alerts/rules.ts'
import type { Client } from '../database.ts'

/** What the live alerts say, whether or not they still tell those who enter. */
export async function liveAlerts(db: Client): Promise<{ document: Alert; rules: AlertRules }[]> {
  const { rows } = await db.query<{ document: Alert; rules: AlertRules }>(
    `SELECT document, rules FROM alert WHERE phase = 'live' AND msg_type <> 'Cancel' AND NOT all_clear`,
  )
  return rows
}
