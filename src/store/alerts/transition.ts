import { needsArea } from '../../alerts/accept.ts'
import type { SubmittedForecast } from '../../alerts/approval.ts'
import { channels } from '../../alerts/channels.ts'
import { digestOf } from '../../alerts/digest.ts'
import { type Act, type ActContext, type AlertState, apply, type Role } from '../../alerts/lifecycle.ts'
import { reviewHoursOf } from '../../alerts/rules.ts'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import type { Client } from '../database.ts'
import { heldRoles } from '../people/held-roles.ts'
import { noteEvent } from './alert-events.ts'
import { type AlertRow, alertColumns, findAlert } from './alert-row.ts'
import { forgetWon } from './overlaps.ts'

export type Acting = { readonly person: string; readonly roles: readonly Role[] } | 'engine'

/** What goes with an act. */
export interface Said {
  readonly reason?: string | undefined
  /** Of what the person looked at: refused where the alert is not that any more. */
  readonly seenDigest?: string | undefined
  /** Whom it reaches, counted for this act: from now on a part of what is approved. */
  readonly forecast?: SubmittedForecast | undefined
  /** Of `schedule`. */
  readonly launchAt?: Date | undefined
  /** Of `approve-in-advance`. */
  readonly inAdvance?: ActContext['inAdvance']
  /** More for the audit log: no name, no number. */
  readonly detail?: Readonly<Record<string, unknown>>
}

/**
 * Takes an alert one step further, under its row lock; call it in a transaction. The digest is made from what stands in the
 * database now. What becomes a draft has lost its forecast, its approval and its schedule; what is rejected, what was decided in its favour.
 * @throws Problem `alert-unknown` (404), `alert-changed` (409) and those of lifecycle.ts.
 */
export async function transition(
  client: Client,
  id: string,
  act: Act,
  by: Acting,
  { reason, seenDigest, inAdvance, detail, ...said }: Said = {},
): Promise<AlertRow> {
  const alert = await findAlert(client, id, true)
  if (!alert) throw new Problem('alert-unknown', `there is no alert ${id}`, { status: 404 })
  const found = digestOf(alert, channels)
  if (seenDigest !== undefined && seenDigest !== found) {
    throw new Problem('alert-changed', 'the alert is no longer what was looked at', {
      status: 409,
      hint: 'Look at it again, then decide.',
    })
  }
  const forecast = said.forecast ?? alert.forecast
  const digest = said.forecast ? digestOf({ ...alert, forecast }, channels) : found
  const context: ActContext = {
    actor:
      by === 'engine' ? { kind: 'engine' } : { kind: 'person', person: by.person, roles: await rolesOf(client, by) },
    at: new Date().toISOString(),
    digest,
    ...(reason === undefined ? {} : { reason }),
    ...(inAdvance === undefined ? {} : { inAdvance }),
  }
  const next = apply(alert.lifecycle, act, context)
  if (next instanceof Problem) throw next
  const isDraft = next.phase === 'draft'
  const scheduled = act === 'schedule' ? { at: said.launchAt, by } : scheduleOf(alert, act, next)
  const { rows } = await client.query<AlertRow>(
    `UPDATE alert SET lifecycle = $2, phase = $3::alert_phase, approved_digest = $4, version = version + 1,
            launched_at = CASE WHEN $5 THEN now() ELSE launched_at END,
            digest = $6, forecast = $7, launch_at = $8, launch_by = $9,
            launch_failed = CASE WHEN $3::alert_phase = 'approved' AND $10 NOT IN ('schedule', 'unschedule') THEN launch_failed END,
            review_at = CASE WHEN $10 NOT IN ('launch', 'review') THEN review_at
                             WHEN expires > now() + $11 * interval '1 hour' THEN now() + $11 * interval '1 hour' END
      WHERE id = $1 RETURNING ${alertColumns}`,
    [
      id,
      JSON.stringify(next),
      next.phase,
      next.approval?.digest ?? null,
      act === 'launch',
      isDraft ? digestOf({ ...alert, forecast: null }, channels) : digest,
      isDraft || !forecast ? null : JSON.stringify(forecast),
      scheduled?.at ?? null,
      scheduled ? JSON.stringify(scheduled.by) : null,
      act,
      needsArea(alert.document) ? reviewHoursOf(alert.rules) : null,
    ],
  )
  if (act === 'reject') await forgetWon(client, id)
  await noteEvent(client, act, rows[0] as AlertRow)
  const actor = by === 'engine' ? 'engine' : `person:${by.person}`
  await appendAudit(client, {
    actor,
    act: `alert.${act}`,
    subject: `alert:${id}`,
    detail: { digest, ...(reason === undefined ? {} : { reason }), ...detail },
  })
  return rows[0] as AlertRow
}

/** What was scheduled stays so only as long as nothing but the clock is waited for. */
const scheduleOf = ({ launchAt, launchBy }: AlertRow, act: Act, { phase }: AlertState) =>
  launchAt && phase === 'approved' && act !== 'unschedule' ? { at: launchAt, by: launchBy } : undefined

/** The roles of the key or session in use; an administrator stays one whichever of his keys he uses. */
async function rolesOf(client: Client, by: Exclude<Acting, 'engine'>): Promise<Role[]> {
  const { rows } = await client.query<{ disabled: boolean; administrator: boolean }>(
    `SELECT p.disabled_at IS NOT NULL AS disabled, 'administrator' = ANY (${heldRoles('p')}) AS administrator
       FROM person p WHERE p.name = $1`,
    [by.person],
  )
  const [person] = rows
  // A key is believed for three seconds, and a launch may have been asked for days ago.
  if (person?.disabled) {
    throw new Problem('person-disabled', 'Who is disabled does nothing about alerts', {
      status: 403,
      hint: 'Somebody else has to do it.',
    })
  }
  return person?.administrator ? [...by.roles, 'administrator'] : [...by.roles]
}
