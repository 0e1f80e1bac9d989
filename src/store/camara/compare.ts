import type { Client } from '../database.ts'

/** A subscription of the operator's list, as far as ours are told by it. */
export interface Listed {
  readonly remoteId: string
  readonly tag: string | undefined
}

/** Those of the list that a row of ours stands for, by the operator's id; `ended`: it should be no more. */
export async function ownedOf(
  db: Client,
  operator: string,
  listed: readonly Listed[],
): Promise<Map<string, { id: string; ended: boolean }>> {
  const { rows } = await db.query<{ remoteId: string; id: string; ended: boolean }>(
    `WITH l AS (SELECT * FROM unnest($2::text[], $3::uuid[]) AS l (remote_id, tag))
     SELECT l.remote_id "remoteId", s.id, s.state = 'ended' AS ended
       FROM l JOIN camara_subscription s ON s.operator = $1 AND s.remote_id = l.remote_id
     UNION ALL
     SELECT l.remote_id, s.id, s.state = 'ended'
       FROM l JOIN camara_subscription s ON s.id = l.tag AND s.operator = $1 AND s.remote_id IS NULL`,
    [operator, listed.map((one) => one.remoteId), listed.map((one) => one.tag ?? null)],
  )
  return new Map(rows.map(({ remoteId, id, ended }) => [remoteId, { id, ended }]))
}

/**
 * Has those looked at that should work and are not in the operator's list. Not taken for ended: a list may be cut short.
 *
 * @param before of the list: what became active since is not in it
 */
export async function lookAtMissing(
  db: Client,
  operator: string,
  remoteIds: readonly string[],
  { before, now }: { before: Date; now: Date },
): Promise<number> {
  const { rowCount } = await db.query(
    `UPDATE camara_subscription s SET next_try_at = $4
      WHERE operator = $1 AND state = 'active' AND changed_at < $3 AND next_try_at > $4
        AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS l (remote_id) WHERE l.remote_id = s.remote_id)`,
    [operator, remoteIds, before, now],
  )
  return rowCount ?? 0
}

/** Deletes what ended long ago, and questions that nobody answered: their operator has no profile any more. */
export async function purgeEnded(db: Client, before: Date): Promise<void> {
  await db.query(`DELETE FROM camara_subscription WHERE state = 'ended' AND changed_at < $1`, [before])
  await db.query('DELETE FROM camara_question WHERE at < $1', [before])
}
