import { randomUUID } from 'node:crypto'
import type { Corrections } from '../../alerts/approval.ts'
import { channels } from '../../alerts/channels.ts'
import { generalCorrections } from '../../alerts/corrections.ts'
import { digestOf } from '../../alerts/digest.ts'
import { draft } from '../../alerts/lifecycle.ts'
import type { Alert, Note, Warning } from '../../alerts/model.ts'
import type { AlertRules } from '../../alerts/rules.ts'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { noteEvent } from './alert-events.ts'
import { type AlertRow, alertColumns } from './alert-row.ts'
import { chainOf } from './chain-of.ts'
import { refuseIdAsIdentifier } from './identifier-use.ts'
import { writtenColumns, writtenPlaces, writtenValues } from './written-columns.ts'

/** What comes with an alert besides its document. */
export interface Drafted {
  /** Left out: the general texts. */
  readonly corrections?: Corrections | null | undefined
  readonly warnings?: readonly Warning[] | undefined
  /** `ID@VERSION` */
  readonly template?: string | undefined
  /** The real alert that this Exercise is a copy of. */
  readonly rehearses?: string | undefined
}

/** `insertAlert` in a transaction of its own. */
export function createAlert(
  db: Database,
  alert: Alert,
  rules: AlertRules,
  notes: readonly Note[],
  person: string,
  drafted: Drafted = {},
): Promise<AlertRow> {
  return transaction(db.pool, (client) => insertAlert(client, alert, rules, notes, person, drafted))
}

/**
 * Keeps a new alert as a draft of `person`. An Update or Cancel joins the chain that its references name; in the chain of a rehearsal
 * it belongs to the rehearsal.
 * @throws Problem `alert-exists` and `identifier-is-an-id` (409), `reference-unknown`, `reference-status-differs` and `references-several-chains` (422).
 */
export async function insertAlert(
  client: Client,
  alert: Alert,
  rules: AlertRules,
  notes: readonly Note[],
  person: string,
  { corrections = generalCorrections(alert), warnings = [], template, rehearses }: Drafted = {},
): Promise<AlertRow> {
  const id = randomUUID()
  await refuseIdAsIdentifier(client, alert.identifier, id)
  const chain = await chainOf(client, alert, { id, rehearses: rehearses ?? null })
  const { rows } = await client.query<AlertRow>(
    `INSERT INTO alert (id, lifecycle, phase, digest, template, ${writtenColumns})
     VALUES ($1, $2, 'draft', $3, $4, ${writtenPlaces(5)})
     ON CONFLICT (sender, identifier, sent) DO NOTHING RETURNING ${alertColumns}`,
    [
      id,
      JSON.stringify(draft(person)),
      digestOf({ document: alert, rules, corrections }, channels),
      template ?? null,
      ...writtenValues(chain, { alert, rules, notes, warnings, corrections }),
    ],
  )
  const row = rows[0]
  if (!row) throw alertExists(alert)
  await noteEvent(client, 'create', row)
  await appendAudit(client, {
    actor: `person:${person}`,
    act: 'alert.create',
    subject: `alert:${id}`,
    detail: { identifier: alert.identifier, digest: row.digest },
  })
  return row
}

/** What identifies an alert is taken. */
export const alertExists = ({ identifier, sender, sent }: Alert): Problem =>
  new Problem('alert-exists', `there is already an alert ${identifier} of ${sender} sent ${sent}`, {
    status: 409,
    hint: 'A changed alert needs an identifier or a sent time of its own.',
  })
