import { Problem } from '../../lib/problem.ts'
import type { Client } from '../database.ts'
import { type AlertRow, isAlertId } from './alert-row.ts'

/**
 * Whoever writes an alert chooses its identifier. One that is the id of another alert has people act on the wrong one of the two.
 * @param own the id of the alert that gets it
 * @throws Problem `identifier-is-an-id` (409)
 */
export async function refuseIdAsIdentifier(client: Client, identifier: string, own: string): Promise<void> {
  if (!isAlertId(identifier)) return
  const { rowCount } = await client.query('SELECT FROM alert WHERE id = $1 AND id <> $2', [identifier, own])
  if (rowCount === 0) return
  throw new Problem('identifier-is-an-id', `The identifier ${identifier} is the id of another alert`, {
    status: 409,
    where: '/identifier',
    hint: 'Choose another identifier, or leave it out of JSON.',
  })
}

/** An alert that is live or approved and has the same sender and identifier, besides the one with the id `own`; the newest of several. */
export async function sharesIdentifier(
  db: Client,
  { sender, identifier }: Pick<AlertRow, 'sender' | 'identifier'>,
  own: string | undefined,
): Promise<Pick<AlertRow, 'id' | 'phase'> | undefined> {
  const { rows } = await db.query<Pick<AlertRow, 'id' | 'phase'>>(
    `SELECT id, phase FROM alert WHERE sender = $1 AND identifier = $2 AND phase IN ('approved', 'live') AND id IS DISTINCT FROM $3
      ORDER BY created_at DESC LIMIT 1`,
    [sender, identifier, own ?? null],
  )
  return rows[0]
}
