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
  /** How it takes back what was said before: a Cancel, an all-clear, or neither. */
  readonly takesBack: TakeBack | null
}

/**
 * What people were told last of a chain. By its broadcast: of two launches at once the one that began first may be the later one, and
 * `launched_at` is when it began.
 */
export async function newestOfChain(client: Client, chainId: string): Promise<NewestOfChain | undefined> {
  const { rows } = await client.query<NewestOfChain>(
    `SELECT a.id, a.identifier, CASE WHEN a.msg_type = 'Cancel' THEN 'retract' WHEN a.all_clear THEN 'end' END AS "takesBack"
       FROM broadcast b JOIN alert a ON a.id = b.alert_id WHERE a.chain_id = $1 ORDER BY b.id DESC LIMIT 1`,
    [chainId],
  )
  return rows[0]
}

/** Which carriers could not write a correction when it was launched, as the audit log has it. */
export async function unableAtLaunch(client: Client, alertId: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ unable: string[] }>(
    `SELECT detail->'unable' AS unable FROM audit WHERE subject = $1 AND act = 'alert.launch' AND detail ? 'unable'`,
    [`alert:${alertId}`],
  )
  return rows[0]?.unable ?? []
}
