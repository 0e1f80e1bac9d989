import type { PolicyPatch } from '../../entry/policy.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'

export interface PolicyRow {
  readonly id: number
  readonly area: string
  /** Null: what was set for the area was taken back. */
  readonly policy: PolicyPatch | null
  readonly note: string
  readonly madeBy: string
  readonly madeAt: Date
}

const columns = 'id, area, patch AS policy, note, made_by "madeBy", made_at "madeAt"'

/** What is set now, of one area or of all. */
export async function policiesOf(db: Client, area?: string): Promise<PolicyRow[]> {
  const { rows } = await db.query<PolicyRow>(
    `SELECT * FROM (
       SELECT DISTINCT ON (area) ${columns} FROM entry_policy WHERE $1::text IS NULL OR area = $1 ORDER BY area, id DESC
     ) newest WHERE policy IS NOT NULL ORDER BY area`,
    [area ?? null],
  )
  return rows
}

/** Everything that was ever set for an area, the newest first. */
export async function policyHistory(db: Client, area: string): Promise<PolicyRow[]> {
  const { rows } = await db.query<PolicyRow>(`SELECT ${columns} FROM entry_policy WHERE area = $1 ORDER BY id DESC`, [
    area,
  ])
  return rows
}

/** A person sets the policy of an area from now on; null takes it back. @returns false where that stands already: it adds nothing to the history */
export async function setPolicy(
  db: Database,
  { area, policy, note }: Pick<PolicyRow, 'area' | 'policy' | 'note'>,
  person: string,
): Promise<boolean> {
  const actor = `person:${person}`
  const patch = policy === null ? null : JSON.stringify(policy)
  return transaction(db.pool, async (client) => {
    const { rowCount } = await client.query(
      `INSERT INTO entry_policy (area, patch, note, made_by)
       SELECT $1, $2::jsonb, $3, $4
        WHERE $2::jsonb IS DISTINCT FROM (SELECT patch FROM entry_policy WHERE area = $1 ORDER BY id DESC LIMIT 1)`,
      [area, patch, note, actor],
    )
    if (rowCount === 0) return false
    await appendAudit(client, { actor, act: 'entry-policy.set', subject: `area:${area}`, detail: { policy, note } })
    return true
  })
}
