import { randomUUID } from 'node:crypto'
import { channels } from '../../alerts/channels.ts'
import { digestOf } from '../../alerts/digest.ts'
import { draft } from '../../alerts/lifecycle.ts'
import { type Alert, expiresAt, isAllClear, type Note, refersTo, severityOf } from '../../alerts/model.ts'
import type { AlertRules } from '../../alerts/rules.ts'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { type AlertRow, alertColumns } from './alert-row.ts'

/**
 * Keeps a new alert as a draft of `person`. An Update or Cancel joins the chain that its references name.
 * @throws Problem `alert-exists` (409), `reference-unknown`, `reference-status-differs` and `references-several-chains` (422).
 */
export async function createAlert(
  db: Database,
  alert: Alert,
  rules: AlertRules,
  notes: readonly Note[],
  person: string,
): Promise<AlertRow> {
  return transaction(db.pool, async (client) => {
    const id = randomUUID()
    const chainId = alert.msgType === 'Alert' ? id : await chainOfReferences(client, alert)
    const { rows } = await client.query<AlertRow>(
      `INSERT INTO alert (id, chain_id, identifier, sender, sent, msg_type, status, severity, all_clear, expires, document, rules, notes,
                          lifecycle, phase, digest)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'draft', $15)
       ON CONFLICT (sender, identifier, sent) DO NOTHING RETURNING ${alertColumns}`,
      [
        id,
        chainId,
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
        digestOf(alert, rules, channels),
      ],
    )
    const row = rows[0]
    if (!row) {
      throw new Problem(
        'alert-exists',
        `there is already an alert ${alert.identifier} of ${alert.sender} sent ${alert.sent}`,
        {
          status: 409,
          hint: 'A changed alert needs an identifier or a sent time of its own.',
        },
      )
    }
    await appendAudit(client, {
      actor: `person:${person}`,
      act: 'alert.create',
      subject: `alert:${id}`,
      detail: { identifier: alert.identifier, digest: row.digest },
    })
    return row
  })
}

async function chainOfReferences(client: Client, alert: Alert): Promise<string> {
  const chains = new Set<string>()
  for (const [i, reference] of alert.references.entries()) {
    const { rows } = await client.query<{ chainId: string; document: Alert }>(
      'SELECT chain_id "chainId", document FROM alert WHERE sender = $1 AND identifier = $2',
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
    chains.add(found.chainId)
  }
  const [chain] = chains
  if (chain === undefined || chains.size > 1) {
    throw new Problem('references-several-chains', `the references lead to ${chains.size} chains of alerts`, {
      status: 422,
      where: '/references',
      hint: 'An Update or Cancel corrects exactly one chain.',
    })
  }
  return chain
}
