import type { Client } from '../database.ts'

export interface KnownSubscription {
  readonly id: string
  readonly operator: string
  readonly msisdn: string | null
  readonly type: string
  readonly state: string
  readonly remoteId: string | null
  readonly shortLives: number
  readonly changedAt: Date
}

/**
 * The subscription that an event came of: by our own id, which its sink holds, else by the operator's. Undefined where two operators
 * use the same id.
 */
export async function findSubscription(
  db: Client,
  tag: string | undefined,
  remoteId: string | undefined,
): Promise<KnownSubscription | undefined> {
  const { rows } = await db.query<KnownSubscription>(
    `SELECT id, operator, msisdn::text AS msisdn, type, state, remote_id "remoteId", short_lives "shortLives",
            changed_at "changedAt"
       FROM camara_subscription WHERE id = $1 OR remote_id = $2 LIMIT 3`,
    [tag ?? null, remoteId ?? null],
  )
  const own = rows.find((row) => row.id === tag)
  return own ?? (rows.length === 1 ? rows[0] : undefined)
}

/** An event of one that was asked for and not answered yet: it was made, and this is its id. */
export async function adopt(db: Client, id: string, remoteId: string): Promise<void> {
  await db.query(
    `UPDATE camara_subscription SET state = 'requested', remote_id = $2 WHERE id = $1 AND state = 'asked' AND remote_id IS NULL
        AND NOT EXISTS (SELECT FROM camara_subscription o WHERE o.operator = camara_subscription.operator AND o.remote_id = $2)`,
    [id, remoteId],
  )
}

/** What the operator says of one that goes on; null: all is well. */
export async function noteProblem(db: Client, id: string, problem: string | null): Promise<void> {
  await db.query('UPDATE camara_subscription SET problem = $2 WHERE id = $1', [id, problem])
}
