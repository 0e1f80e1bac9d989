import { randomUUID } from 'node:crypto'
import type { Corrections } from '../../alerts/approval.ts'
import { channels } from '../../alerts/channels.ts'
import { generalCorrections } from '../../alerts/corrections.ts'
import { digestOf } from '../../alerts/digest.ts'
import { draft } from '../../alerts/lifecycle.ts'
import { type Alert, expiresAt, isAllClear, type Note, refersTo, severityOf, type Warning } from '../../alerts/model.ts'
import type { AlertRules } from '../../alerts/rules.ts'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { noteEvent } from './alert-events.ts'
import { type AlertRow, alertColumns } from './alert-row.ts'

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
 * @throws Problem `alert-exists` (409), `reference-unknown`, `reference-status-differs` and `references-several-chains` (422).
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
  const chain =
    alert.msgType === 'Alert' ? { id, rehearses: rehearses ?? null } : await chainOfReferences(client, alert)
  const { rows } = await client.query<AlertRow>(
    `INSERT INTO alert (id, chain_id, identifier, sender, sent, msg_type, status, severity, all_clear, expires, document, rules, notes,
                        lifecycle, phase, digest, corrections, warnings, template, rehearses)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'draft', $15, $16, $17, $18, $19)
     ON CONFLICT (sender, identifier, sent) DO NOTHING RETURNING ${alertColumns}`,
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
      JSON.stringify(draft(person)),
      digestOf({ document: alert, rules, corrections }, channels),
      corrections === null ? null : JSON.stringify(corrections),
      JSON.stringify(warnings),
      template ?? null,
      chain.rehearses,
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

/**
 * The chain that an Update or a Cancel joins.
 * @throws Problem as `insertAlert`
 */
export async function chainOfReferences(
  client: Client,
  alert: Alert,
): Promise<{ id: string; rehearses: string | null }> {
  const chains = new Map<string, string | null>()
  for (const [i, reference] of alert.references.entries()) {
    const { rows } = await client.query<Pick<AlertRow, 'chainId' | 'document' | 'rehearses'>>(
      'SELECT chain_id "chainId", document, rehearses FROM alert WHERE sender = $1 AND identifier = $2',
      [reference.sender, reference.identifier],
    )
    const found = rows.find((row) => refersTo(reference, row.document))
    if (!found) {
      throw new Problem(
        'reference-unknown',
        `no alert ${reference.identifier} of ${reference.sender} sent ${reference.sent} is known here`,
        {
          status: 422,
          where: `/references/${i}`,
          hint: 'Refer to an alert that this engine sent, by its exact sender, identifier and sent time.',
        },
      )
    }
    if (found.document.status !== alert.status) {
      throw new Problem(
        'reference-status-differs',
        `it is ${alert.status}, the alert ${reference.identifier} that it refers to is ${found.document.status}`,
        {
          status: 422,
          where: `/references/${i}`,
          hint: 'An exercise cannot end what is in force, nor the other way round.',
        },
      )
    }
    chains.set(found.chainId, found.rehearses)
  }
  const [chain] = chains
  if (chain === undefined || chains.size > 1) {
    throw new Problem('references-several-chains', `the references lead to ${chains.size} chains of alerts`, {
      status: 422,
      where: '/references',
      hint: 'An Update or Cancel corrects exactly one chain.',
    })
  }
  return { id: chain[0], rehearses: chain[1] }
}
