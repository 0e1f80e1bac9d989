import { channels } from '../../alerts/channels.ts'
import { digestOf } from '../../alerts/digest.ts'
import { type Act, type ActContext, apply, type Role } from '../../alerts/lifecycle.ts'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import type { Client } from '../database.ts'
import { type AlertRow, alertColumns, findAlert } from './alert-row.ts'

export type Acting = { readonly person: string; readonly role: Role } | 'engine'

/**
 * Takes an alert one step further, under its row lock; call it in a transaction. The digest is made from what stands in the
 * database now; `seenDigest` is what the person looked at, and has to be the same.
 * @throws Problem `alert-unknown` (404), `alert-changed` (409) and those of lifecycle.ts.
 */
export async function transition(
  client: Client,
  id: string,
  act: Act,
  by: Acting,
  { reason, seenDigest }: { reason?: string | undefined; seenDigest?: string | undefined } = {},
): Promise<AlertRow> {
  const alert = await findAlert(client, id, true)
  if (!alert) throw new Problem('alert-unknown', `there is no alert ${id}`, { status: 404 })
  const digest = digestOf(alert.document, alert.rules, channels)
  if (seenDigest !== undefined && seenDigest !== digest) {
    throw new Problem('alert-changed', 'the alert is no longer what was looked at', {
      status: 409,
      hint: 'Look at it again, then decide.',
    })
  }
  const context: ActContext = {
    actor:
      by === 'engine' ? { kind: 'engine' } : { kind: 'person', person: by.person, roles: await rolesOf(client, by) },
    at: new Date().toISOString(),
    digest,
    ...(reason === undefined ? {} : { reason }),
  }
  const next = apply(alert.lifecycle, act, context)
  if (next instanceof Problem) throw next
  const { rows } = await client.query<AlertRow>(
    `UPDATE alert SET lifecycle = $2, phase = $3, approved_digest = $4, version = version + 1,
            launched_at = CASE WHEN $5 THEN now() ELSE launched_at END
      WHERE id = $1 RETURNING ${alertColumns}`,
    [id, JSON.stringify(next), next.phase, next.approval?.digest ?? null, act === 'launch'],
  )
  const actor = by === 'engine' ? 'engine' : `person:${by.person}`
  await appendAudit(client, {
    actor,
    act: `alert.${act}`,
    subject: `alert:${id}`,
    detail: { digest, ...(reason === undefined ? {} : { reason }) },
  })
  return rows[0] as AlertRow
}

/** The role of the key in use; an administrator stays one whichever of his keys he uses. */
async function rolesOf(client: Client, by: Exclude<Acting, 'engine'>): Promise<Role[]> {
  const { rows } = await client.query(
    `SELECT FROM api_key k JOIN person p ON p.id = k.person_id WHERE p.name = $1 AND k.role = 'administrator' AND k.revoked_at IS NULL`,
    [by.person],
  )
  return rows.length > 0 ? [by.role, 'administrator'] : [by.role]
}
