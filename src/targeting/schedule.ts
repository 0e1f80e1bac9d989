import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import { Problem } from '../lib/problem.ts'
import { type AlertRow, findAlert } from '../store/alerts/alert-row.ts'
import { dueLaunches, failLaunch } from '../store/alerts/due-launches.ts'
import { type Acting, transition } from '../store/alerts/transition.ts'
import { type Database, transaction } from '../store/database.ts'
import { type LaunchDeps, launchAlert } from './launch.ts'

const furthestMs = 30 * 86_400_000

/**
 * Has an approved alert launched at a time to come, for who asks now. Whatever voids its approval takes the schedule with it.
 * @throws Problem `schedule-refused` (422), of the lifecycle
 */
export async function scheduleLaunch(
  { db }: { readonly db: Database },
  id: string,
  by: Acting,
  at: Date,
  now = Date.now(),
): Promise<AlertRow> {
  return transaction(db.pool, async (client) => {
    const alert = await findAlert(client, id, true)
    const refused = alert && reasonAgainst(alert, at.getTime(), now)
    if (refused) throw new Problem('schedule-refused', refused, { status: 422, where: '/at' })
    return transition(client, id, 'schedule', by, { launchAt: at, detail: { at: at.toISOString() } })
  })
}

function reasonAgainst({ expires }: AlertRow, at: number, now: number): string | undefined {
  if (at <= now) return 'That time is past: launch it without a time'
  if (at >= expires.getTime()) return `It expires at ${expires.toISOString()}, before it would be launched`
  if (at > now + furthestMs) return 'Nobody knows what holds in more than 30 days'
  return undefined
}

/**
 * Launches what is due. The engine that was down at the time does it when it is up again, until the alert expires. What is refused then
 * (more people, another issuer's alert, expired, a person who was disabled or has lost his roles) is not tried again: it is an alarm, and the
 * alert says so. What fails otherwise is tried again with the next call, and holds up none of the others.
 */
export async function launchDue(deps: LaunchDeps & { readonly log: Logger }): Promise<void> {
  const { db, log } = deps
  for (const { id, by, disabled } of await dueLaunches(db.pool)) {
    try {
      if (disabled) throw new Problem('person-disabled', 'Who asked for the launch may not act any more')
      const { broadcastId } = await launchAlert(deps, id, by)
      log.info({ alert: id, broadcast: broadcastId }, 'launched as scheduled')
    } catch (error) {
      await noteFailure(deps, id, error).catch((err: unknown) =>
        log.error({ alert: id, err }, 'a refusal was not noted'),
      )
    }
  }
}

async function noteFailure({ db, log }: { db: Database; log: Logger }, id: string, error: unknown): Promise<void> {
  if (!(error instanceof Problem)) {
    log.error({ alert: id, err: error }, 'a scheduled launch failed: it is tried again')
    return
  }
  if (!(await failLaunch(db, id, error))) return
  metrics.scheduledRefused.inc({ code: error.code })
  log.error({ alert: id, code: error.code, err: error.message }, 'a scheduled launch was refused')
}
