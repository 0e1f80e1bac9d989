import type { Corrections } from '../../alerts/approval.ts'
import { generalCorrections } from '../../alerts/corrections.ts'
import { type Alert, expiresAt, isAllClear, type Note, severityOf, type Warning } from '../../alerts/model.ts'
import type { AlertRules } from '../../alerts/rules.ts'
import { Problem } from '../../lib/problem.ts'
import { type Database, transaction } from '../database.ts'
import { type AlertRow, findAlert } from './alert-row.ts'
import { alertExists, chainOfReferences } from './create-alert.ts'
import { forgetOverlaps } from './overlaps.ts'
import { type Acting, transition } from './transition.ts'

/** What an alert becomes. */
export interface Edited {
  readonly alert: Alert
  readonly rules: AlertRules
  readonly notes: readonly Note[]
  readonly warnings: readonly Warning[]
  /** Left out: the general texts. */
  readonly corrections?: Corrections | undefined
}

/**
 * Puts another text, area or rule in the place of what an alert says. It is a draft again, by whoever edits it as well: its approval, its
 * forecast, its schedule and what was decided about overlaps are void, and it is not what a template made any more.
 * @param check whether who edits has seen the alert as it stands; throws where not
 * @throws Problem `alert-unknown` (404), `alert-exists` (409), of the lifecycle, and of the references
 */
export function editAlert(
  db: Database,
  id: string,
  { alert, rules, notes, warnings, corrections }: Edited,
  by: Acting,
  check: (row: AlertRow) => void,
): Promise<AlertRow> {
  return transaction(db.pool, async (client) => {
    const before = await findAlert(client, id, true)
    if (!before) throw new Problem('alert-unknown', `there is no alert ${id}`, { status: 404 })
    check(before)
    const chain =
      alert.msgType === 'Alert' ? { id, rehearses: before.rehearses } : await chainOfReferences(client, alert)
    // Not those that it had: they name what was there before.
    const texts = corrections ?? generalCorrections(alert)
    await client
      .query(
        `UPDATE alert SET chain_id = $2, identifier = $3, sender = $4, sent = $5, msg_type = $6, status = $7, severity = $8,
                all_clear = $9, expires = $10, document = $11, rules = $12, notes = $13, warnings = $14, corrections = $15,
                rehearses = $16, forecast = NULL, template = NULL
          WHERE id = $1`,
        [
          id,
          chain.id,
          alert.identifier,
          alert.sender,
          alert.sent,
          alert.msgType,
          alert.status,
          severityOf(alert),
          isAllClear(alert),
          new Date(expiresAt(alert) as number).toISOString(),
          JSON.stringify(alert),
          JSON.stringify(rules),
          JSON.stringify(notes),
          JSON.stringify(warnings),
          texts === null ? null : JSON.stringify(texts),
          chain.rehearses,
        ],
      )
      .catch((error: { code?: string }) => {
        throw error.code === uniqueViolation ? alertExists(alert) : error
      })
    const row = await transition(client, id, 'edit', by)
    await forgetOverlaps(client, id)
    return row
  })
}

const uniqueViolation = '23505'
