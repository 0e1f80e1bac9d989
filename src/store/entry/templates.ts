import type { StoredTemplate } from '../../entry/model.ts'
import type { TemplateDraft } from '../../entry/template.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'

export interface TemplateRow extends Omit<StoredTemplate, 'body'> {
  /** Null: the text was taken back. */
  readonly body: string | null
  /** Whether somebody compared what it says with what the ministry publishes. */
  readonly verified: boolean
  readonly note: string
  readonly madeBy: string
  readonly madeAt: Date
}

const columns = 'id, area, kind, level, special, language, body, verified, note, made_by "madeBy", made_at "madeAt"'

/** Texts that stand now, of one area or of all. */
export async function templatesOf(db: Client, area?: string): Promise<TemplateRow[]> {
  const { rows } = await db.query<TemplateRow>(
    `SELECT * FROM (
       SELECT DISTINCT ON (area, kind, level, special, language) ${columns} FROM entry_template
        WHERE $1::text IS NULL OR area = $1 ORDER BY area, kind, level, special, language, id DESC
     ) newest WHERE body IS NOT NULL ORDER BY area, kind DESC, level, special, language DESC`,
    [area ?? null],
  )
  return rows
}

/** Everything that was ever written for an area, the newest first. */
export async function templateHistory(db: Client, area: string): Promise<TemplateRow[]> {
  const { rows } = await db.query<TemplateRow>(
    `SELECT ${columns} FROM entry_template WHERE area = $1 ORDER BY id DESC`,
    [area],
  )
  return rows
}

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
    const standing = (await templatesOf(client, area)).filter(
      (row) => row.kind === kind && row.level === level && row.special === special,
    )
    const changed = Object.entries(draft.texts).filter(([language, body]) => {
      const stands = standing.find((row) => row.language === language)
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
