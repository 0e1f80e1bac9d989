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

export interface NewestOfChain {
  readonly id: string
  readonly identifier: string
  /** Whether it is a Cancel or an all-clear. */
  readonly takesBack: boolean
}

/**
 * What people were told last of a chain. By its broadcast: of two launches at once the one that began first may be the later one, and
 * `launched_at` is when it began.
 */
export async function newestOfChain(client: Client, chainId: string): Promise<NewestOfChain | undefined> {
  const { rows } = await client.query<NewestOfChain>(
    `SELECT a.id, a.identifier, a.msg_type = 'Cancel' OR a.all_clear AS "takesBack"
       FROM broadcast b JOIN alert a ON a.id = b.alert_id WHERE a.chain_id = $1 ORDER BY b.id DESC LIMIT 1`,
    [chainId],
  )
  return rows[0]
}
