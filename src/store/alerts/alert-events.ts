import { ACTS } from '../../alerts/lifecycle.ts'
import { lockAudit } from '../audit.ts'
import type { Client } from '../database.ts'
import type { AlertRow } from './alert-row.ts'

/** What may be done to an alert, and what else befalls it. */
export const EVENT_ACTS = ['create', ...ACTS, 'launch-refused'] as const

/**
 * Writes down what was done to an alert for those who follow alerts; in the transaction of the act. Under the lock of the audit log,
 * which each act takes anyway: so ids come in the order of commits, and nobody who resumes after an id misses one below it.
 */
export async function noteEvent(
  client: Client,
  act: (typeof EVENT_ACTS)[number],
  { id, phase, version }: Pick<AlertRow, 'id' | 'phase' | 'version'>,
): Promise<void> {
  await lockAudit(client)
  await client.query('INSERT INTO alert_event (alert_id, act, phase, version) VALUES ($1, $2, $3, $4)', [
    id,
    act,
    phase,
    version,
  ])
}
