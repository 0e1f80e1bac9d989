import type { TakeBack } from '../../alerts/corrections.ts'
import type { Client } from '../database.ts'

/** Two who take the same chain back at once do so one after the other; until the end of the transaction. */
export async function lockTakeBack(client: Client, chainId: string): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`take-back ${chainId}`])
}

/** The alert that took this one back in the words approved with it, if one did. */
export async function takenBackBy(client: Client, alertId: string, kind: TakeBack): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM alert
      WHERE chain_id = (SELECT chain_id FROM alert WHERE id = $1) AND all_clear = $2 AND lifecycle->'approval'->>'inAdvance' = $1::text`,
    [alertId, kind === 'end'],
  )
  return rows[0]?.id
}
