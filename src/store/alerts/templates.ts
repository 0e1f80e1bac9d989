import { canonicalJson } from '../../alerts/canonical-json.ts'
import type { AlertTemplate } from '../../alerts/templates.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { history, standing } from '../kept.ts'

export interface AlertTemplateRow {
  readonly id: string
  readonly version: number
  /** Null: it was taken back. */
  readonly body: AlertTemplate | null
  readonly note: string | null
  /** `person:NAME`, or `migration`. */
  readonly madeBy: string
  readonly madeAt: Date
}

const kept = {
  table: 'alert_template',
  key: 'id',
  age: 'version',
  columns: 'id, version, body, note, made_by "madeBy", made_at "madeAt"',
}

/** Those that stand now, by id. */
export const standingTemplates = (db: Client): Promise<AlertTemplateRow[]> =>
  standing(db, kept, { stands: 'body IS NOT NULL' })

/** Everything that was ever written under an id, the newest first; one that was never used has none. */
export const templateHistory = (db: Client, id: string): Promise<AlertTemplateRow[]> => history(db, kept, 'id', id)

/**
 * What stands under an id from now on; null takes it back. What stood before stays in the history, and alerts that were made of it keep what
 * they say. What stands already adds nothing.
 */
export async function setTemplate(
  db: Database,
  id: string,
  body: AlertTemplate | null,
  note: string | null,
  person: string,
): Promise<void> {
  const actor = `person:${person}`
  await transaction(db.pool, async (client) => {
    const [before] = await templateHistory(client, id)
    if (canonicalJson(before?.body ?? null) === canonicalJson(body)) return
    await client.query('INSERT INTO alert_template (id, body, note, made_by) VALUES ($1, $2, $3, $4)', [
      id,
      body === null ? null : JSON.stringify(body),
      note,
      actor,
    ])
    const detail = { body, ...(note === null ? {} : { note }) }
    await appendAudit(client, { actor, act: 'alert-template.set', subject: `alert-template:${id}`, detail })
  })
}
