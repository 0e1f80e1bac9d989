import type { PolicyPatch } from '../../entry/policy.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { history, standing } from '../kept.ts'

export interface PolicyRow {
  readonly id: number
  readonly area: string
  /** Null: what was set for the area was taken back. */
  readonly policy: PolicyPatch | null
  readonly note: string
  readonly madeBy: string
  readonly madeAt: Date
}

const kept = {
  table: 'entry_policy',
  key: 'area',
  age: 'id',
  columns: 'id, area, patch AS policy, note, made_by "madeBy", made_at "madeAt"',
}

/** What is set now, of one area or of all. */
export const policiesOf = (db: Client, area?: string): Promise<PolicyRow[]> =>
  standing(db, kept, { of: '$1::text IS NULL OR area = $1', stands: 'policy IS NOT NULL' }, [area ?? null])

/** Everything that was ever set for an area, the newest first. */
export const policyHistory = (db: Client, area: string): Promise<PolicyRow[]> => history(db, kept, 'area', area)

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
