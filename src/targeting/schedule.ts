import { acceptAlert } from '../alerts/accept.ts'
import { Problem } from '../lib/problem.ts'
import { useOf } from '../lib/use.ts'
import { type AlertRow, findAlert } from '../store/alerts/alert-row.ts'
import { isScheduledAs } from '../store/alerts/due-launches.ts'
import { type Acting, transition } from '../store/alerts/transition.ts'
import { transaction } from '../store/database.ts'
import { checkFallBack } from './audience-text.ts'
import { foresee, type LaunchDeps } from './launch.ts'
import { refuseOverlapping } from './overlaps.ts'

const furthestMs = 30 * 86_400_000

/**
 * Has an approved alert launched at a time to come, for who asks now. Whatever voids its approval takes the schedule with it. What a launch
 * would be refused for now is refused here, while those who can mend it are awake; and no time takes the place of another without
 * somebody having said so. Asked again for the same time by the same person, it stands as it is.
 *
 * @throws Problem `schedule-refused` (422), `already-scheduled` (409), and those of a launch but `chain-not-live`: what it corrects may be
 * due before it
 */
export async function scheduleLaunch(
  deps: Omit<LaunchDeps, 'queues'>,
  id: string,
  by: Exclude<Acting, 'engine'>,
  at: Date,
  now = Date.now(),
): Promise<AlertRow> {
  const { db, profiles } = deps
  const known = await findAlert(db.pool, id)
  if (known) refuseSchedule(known, at, now)
  if (known && isScheduledAs(known, at, by)) return known
  const seenDigest = known && (await foresee(deps, known))
  return transaction(db.pool, async (client) => {
    const alert = await findAlert(client, id, true)
    if (alert) {
      refuseSchedule(alert, at, now)
      if (isScheduledAs(alert, at, by)) return alert
      refuseSecond(alert)
    }
    const said = { launchAt: at, seenDigest, detail: { at: at.toISOString() } }
    const scheduled = await transition(client, id, 'schedule', by, said)
    acceptAlert(scheduled.document, { now: at.getTime() })
    await refuseOverlapping(client, scheduled)
    checkFallBack(scheduled.document, profiles, useOf(scheduled))
    return scheduled
  })
}

/**
 * Has it launched at no time to come; it stays approved.
 * @throws Problem `not-scheduled` (409), and those of the lifecycle
 */
export async function unscheduleLaunch({ db }: Pick<LaunchDeps, 'db'>, id: string, by: Acting): Promise<AlertRow> {
  return transaction(db.pool, async (client) => {
    const alert = await findAlert(client, id, true)
    if (alert?.phase === 'approved' && !alert.launchAt) {
      const { launchFailed } = alert
      throw new Problem('not-scheduled', 'It is not to be launched at any time', {
        status: 409,
        hint: launchFailed
          ? `It was to be at ${launchFailed.at}, and was refused: ${launchFailed.message}`
          : 'There is nothing to take back.',
      })
    }
    return transition(client, id, 'unschedule', by)
  })
}

/** At night the second schedule is often that of a colleague who has not heard of the first: which of the two is meant, people decide. */
function refuseSecond({ phase, launchAt, launchBy }: AlertRow): void {
  if (phase !== 'approved' || !launchAt) return
  throw new Problem(
    'already-scheduled',
    `It is launched at ${launchAt.toISOString()} already, for ${launchBy?.person}`,
    {
      status: 409,
      where: '/at',
      hint: 'Nothing was changed. For another time unschedule it first; to launch it now, launch it without a time.',
    },
  )
}

function refuseSchedule(alert: AlertRow, at: Date, now: number): void {
  const refused = reasonAgainst(alert, at.getTime(), now)
  if (refused) throw new Problem('schedule-refused', refused, { status: 422, where: '/at' })
}

function reasonAgainst({ expires }: AlertRow, at: number, now: number): string | undefined {
  if (at <= now) return 'That time is past: launch it without a time'
  if (at >= expires.getTime()) return `It expires at ${expires.toISOString()}, before it would be launched`
  if (at > now + furthestMs) return 'Nobody knows what holds in more than 30 days'
  return undefined
}
