import { type Alert, refersTo } from '../../alerts/model.ts'
import { Problem } from '../../lib/problem.ts'
import type { Client } from '../database.ts'
import type { AlertRow } from './alert-row.ts'

/** An alert and what updates, cancels and ends it. */
export interface Chain {
  readonly id: string
  /** The real alert that all of it rehearses. */
  readonly rehearses: string | null
}

/**
 * An Update or a Cancel joins the chain that its references name, any other alert begins `own`.
 * @throws Problem `reference-unknown`, `reference-status-differs` and `references-several-chains` (422)
 */
export async function chainOf(client: Client, alert: Alert, own: Chain): Promise<Chain> {
  if (alert.msgType === 'Alert') return own
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
