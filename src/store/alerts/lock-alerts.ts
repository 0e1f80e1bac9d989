import type { Client } from '../database.ts'
import { isAlertId } from './alert-row.ts'

/**
 * Whoever acts on several alerts locks all of them first, in one order, and before anything is written to the audit log, which has one
 * end: else he waits for one who waits for him.
 */
export async function lockAlerts(client: Client, ids: readonly string[]): Promise<void> {
  await client.query('SELECT FROM alert WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE', [ids.filter(isAlertId)])
}

/** Locks an alert and what has not ended of its chain. */
export async function lockChain(client: Client, id: string): Promise<void> {
  if (!isAlertId(id)) return
  await client.query(
    `SELECT FROM alert WHERE id = $1 OR chain_id = (SELECT chain_id FROM alert WHERE id = $1) AND phase <> 'ended'
      ORDER BY id FOR UPDATE`,
    [id],
  )
}
