import type { Corrections } from '../../alerts/approval.ts'
import { generalCorrections } from '../../alerts/corrections.ts'
import { Problem } from '../../lib/problem.ts'
import { type Database, transaction } from '../database.ts'
import { type AlertRow, findAlert } from './alert-row.ts'
import { chainOf } from './chain-of.ts'
import { alertExists } from './create-alert.ts'
import { refuseIdAsIdentifier } from './identifier-use.ts'
import { forgetOverlaps } from './overlaps.ts'
import { type Acting, transition } from './transition.ts'
import { type Written, writtenColumns, writtenPlaces, writtenValues } from './written-columns.ts'

/** What an alert becomes. */
export interface Edited extends Omit<Written, 'corrections'> {
  /** Left out: the general texts. */
  readonly corrections?: Corrections | undefined
}

/**
 * Puts another text, area or rule in the place of what an alert says. It is a draft again, by whoever edits it as well: its approval, its
 * forecast, its schedule and what was decided about overlaps are void, and it is not what a template made any more.
 * @param check whether who edits has seen the alert as it stands; throws where not
 * @throws Problem `alert-unknown` (404), `alert-exists` and `identifier-is-an-id` (409), of the lifecycle, and of the references
 */
export function editAlert(
  db: Database,
  id: string,
  edited: Edited,
  by: Acting,
  check: (row: AlertRow) => void,
): Promise<AlertRow> {
  return transaction(db.pool, async (client) => {
    const before = await findAlert(client, id, true)
    if (!before) throw new Problem('alert-unknown', `there is no alert ${id}`, { status: 404 })
    check(before)
    // Not the corrections that it had: they name what was there before.
    const { alert, corrections = generalCorrections(alert) } = edited
    await refuseIdAsIdentifier(client, alert.identifier, id)
    const chain = await chainOf(client, alert, { id, rehearses: before.rehearses })
    await client
      .query(
        `UPDATE alert SET (${writtenColumns}) = ROW(${writtenPlaces(2)}), forecast = NULL, template = NULL WHERE id = $1`,
        [id, ...writtenValues(chain, { ...edited, corrections })],
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
