import type { LockedTerm } from '../../alerts/locked-terms.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'

export interface LockedTermRow extends LockedTerm {
  readonly madeBy: string
  readonly madeAt: Date
}

/** All of them, or those of a language. */
export async function lockedTerms(db: Client, language?: string): Promise<LockedTermRow[]> {
  const { rows } = await db.query<LockedTermRow>({
    name: 'locked-terms',
    text: `SELECT language, term, meaning, made_by "madeBy", made_at "madeAt" FROM locked_term
            WHERE $1::text IS NULL OR language = $1 ORDER BY language, meaning, term`,
    values: [language ?? null],
  })
  return rows
}

/** Somebody who speaks the language says how a word is spelt. A term that is there gets its meaning anew. */
export async function lockTerm(db: Database, { language, term, meaning }: LockedTerm, person: string): Promise<void> {
  const actor = `person:${person}`
  await transaction(db.pool, async (client) => {
    const { rowCount } = await client.query(
      `INSERT INTO locked_term (language, term, meaning, made_by) VALUES ($1, $2, $3, $4)
       ON CONFLICT (language, term) DO UPDATE SET meaning = excluded.meaning, made_by = excluded.made_by, made_at = now()
        WHERE locked_term.meaning <> excluded.meaning`,
      [language, term, meaning, actor],
    )
    if (rowCount === 0) return
    await appendAudit(client, { actor, act: 'locked-term.set', subject: `term:${language}`, detail: { term, meaning } })
  })
}

/** @returns false where there is no such term */
export async function unlockTerm(
  db: Database,
  { language, term }: Pick<LockedTerm, 'language' | 'term'>,
  person: string,
): Promise<boolean> {
  return transaction(db.pool, async (client) => {
    const { rowCount } = await client.query('DELETE FROM locked_term WHERE language = $1 AND term = $2', [
      language,
      term,
    ])
    if (rowCount === 0) return false
    const actor = `person:${person}`
    await appendAudit(client, { actor, act: 'locked-term.delete', subject: `term:${language}`, detail: { term } })
    return true
  })
}
