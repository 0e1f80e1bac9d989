import type { StoredTemplate } from '../../entry/model.ts'
import type { TemplateDraft } from '../../entry/template.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { history, standing } from '../kept.ts'

export interface TemplateRow extends Omit<StoredTemplate, 'body'> {
  /** Null: the text was taken back. */
  readonly body: string | null
  /** Whether somebody compared what it says with what the ministry publishes. */
  readonly verified: boolean
  readonly note: string
  readonly madeBy: string
  readonly madeAt: Date
}

const kept = {
  table: 'entry_template',
  key: 'area, kind, level, special, language',
  age: 'id',
  columns: 'id, area, kind, level, special, language, body, verified, note, made_by "madeBy", made_at "madeAt"',
}

/** Texts that stand now, of one area or of all. */
export const templatesOf = (db: Client, area?: string): Promise<TemplateRow[]> =>
  standing(
    db,
    kept,
    {
      of: '$1::text IS NULL OR area = $1',
      stands: 'body IS NOT NULL',
      order: 'area, kind DESC, level, special, language DESC',
    },
    [area ?? null],
  )

/** Everything that was ever written for an area, the newest first. */
export const templateHistory = (db: Client, area: string): Promise<TemplateRow[]> => history(db, kept, 'area', area)

/**
 * A person writes the texts of an area, which `checkTemplate` has let pass; what stood before remains in the history. A text that stands already, or
 * that nobody wrote and is taken back, adds nothing to it.
 *
 * @returns false where nothing is another than it was
 */
export async function setTemplate(
  db: Database,
  draft: TemplateDraft & Pick<TemplateRow, 'verified' | 'note'>,
  person: string,
): Promise<boolean> {
  const { area, kind, level, special, verified, note } = draft
  const actor = `person:${person}`
  return transaction(db.pool, async (client) => {
    const before = (await templatesOf(client, area)).filter(
      (row) => row.kind === kind && row.level === level && row.special === special,
    )
    const changed = Object.entries(draft.texts).filter(([language, body]) => {
      const stands = before.find((row) => row.language === language)
      return body !== (stands?.body ?? null) || (verified && stands?.verified === false)
    })
    if (changed.length === 0) return false
    for (const [language, body] of changed) {
      await client.query(
        `INSERT INTO entry_template (area, kind, level, special, language, body, verified, note, made_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [area, kind, level, special, language, body, verified, note, actor],
      )
    }
    const detail = { ...draft, texts: Object.fromEntries(changed) }
    await appendAudit(client, { actor, act: 'entry-template.set', subject: `area:${area}`, detail })
    return true
  })
}
