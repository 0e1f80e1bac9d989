import { formatTime } from '../alerts/cap-time.ts'
import { channels } from '../alerts/channels.ts'
import { type TakeBack, takingBack } from '../alerts/corrections.ts'
import { digestOf } from '../alerts/digest.ts'
import { rulesFor } from '../alerts/rules.ts'
import type { Logger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'
import { type AlertRow, findAlert } from '../store/alerts/alert-row.ts'
import { insertAlert } from '../store/alerts/create-alert.ts'
import { lockChain } from '../store/alerts/lock-alerts.ts'
import { lockTakeBack, newestOfChain, takenBackBy } from '../store/alerts/taken-back.ts'
import { type Acting, transition } from '../store/alerts/transition.ts'
import { launchedBroadcast } from '../store/audience/launched-broadcasts.ts'
import { type Client, transaction } from '../store/database.ts'
import { type LaunchDeps, launchIn, ringForLaunch } from './launch.ts'

/** Telephones that are off tonight are on again tomorrow; who reads the alert later reads with it that it is over. */
const validMs = 24 * 3_600_000

export interface TakenBack {
  /** Of the Cancel or the all-clear. */
  readonly alertId: string
  readonly broadcastId: number
}

/**
 * One person takes a live alert back, or says that the danger is over, in exactly the words that were approved with it: they were read
 * when there was time to. All of it is one transaction, and once: asked again it answers with what was launched then.
 *
 * @throws Problem `alert-unknown` (404), `nothing-to-take-back`, `already-taken-back`, `no-correction-approved`, `approval-void` (409), and those of a launch
 */
export async function takeBack(
  deps: LaunchDeps & { readonly log: Logger },
  alertId: string,
  kind: TakeBack,
  by: Exclude<Acting, 'engine'>,
  reason: string,
): Promise<TakenBack> {
  const { taken, launched } = await transaction(deps.db.pool, async (client) => {
    const known = await findAlert(client, alertId)
    if (!known) throw new Problem('alert-unknown', `there is no alert ${alertId}`, { status: 404 })
    await lockTakeBack(client, known.chainId)
    await lockChain(client, alertId)
    const already = await takenBackBy(client, alertId, kind)
    if (already !== undefined) {
      const { broadcastId } = await launchedBroadcast(client, already)
      return { taken: { alertId: already, broadcastId }, launched: undefined }
    }
    const { id, approval } = await draftOf(client, known, kind, by.person)
    // The audit log has one end: from the draft on nobody else launches a correction, and what is read now stands.
    await requireNewest(client, (await findAlert(client, alertId)) as AlertRow)
    await transition(client, id, 'approve-in-advance', 'engine', {
      reason,
      inAdvance: { alert: alertId, approval },
      detail: { inAdvance: alertId },
    })
    const launched = await launchIn(client, deps, id, by)
    return { taken: { alertId: id, broadcastId: launched.broadcastId }, launched }
  })
  if (launched?.unable.length) {
    deps.log.warn(
      { alert: taken.alertId, carriers: launched.unable },
      'carriers cannot write a correction: theirs will fail',
    )
  }
  if (launched) await ringForLaunch(deps, launched)
  return taken
}

async function draftOf(client: Client, row: AlertRow, kind: TakeBack, person: string) {
  const { document, corrections, lifecycle, rules } = row
  await requireNewest(client, row)
  if (corrections === null || lifecycle.approval === undefined) {
    throw new Problem('no-correction-approved', 'No words that take this alert back were approved with it', {
      status: 409,
      hint: byTwo(kind),
    })
  }
  if (digestOf(row, channels) !== lifecycle.approval.digest) {
    throw new Problem('approval-void', 'The alert is not what was approved', { status: 409, hint: byTwo(kind) })
  }
  const now = Date.now()
  const correction = takingBack(document, corrections, kind, {
    identifier: `${document.identifier}.${kind === 'retract' ? 'retraction' : 'all-clear'}`,
    sent: formatTime(now),
    expires: formatTime(now + validMs),
  })
  const chosen = rulesFor(correction, { resend: rules.resend, numbers: 'every' })
  const { id } = await insertAlert(client, correction, chosen, [], person, { corrections: null })
  return { id, approval: lifecycle.approval }
}

/** What has expired is still on telephones: it can be taken back as well. */
function requireInForce({ phase, lifecycle, msgType, allClear }: AlertRow): void {
  const on = phase === 'live' || (phase === 'ended' && lifecycle.ended?.reason === 'expired')
  if (on && msgType !== 'Cancel' && !allClear && lifecycle.approval !== undefined) return
  const why = lifecycle.ended === undefined ? phase : `${phase} (${lifecycle.ended.reason})`
  throw new Problem('nothing-to-take-back', `The alert is ${why}: nobody has a text of it that could be taken back`, {
    status: 409,
    hint: 'Only a live alert is taken back, the last one of its chain; before its launch it is discarded.',
  })
}

/** After a Cancel by two people another one would withdraw what is queued of theirs, and tell everybody twice. */
async function requireNewest(client: Client, row: AlertRow): Promise<void> {
  requireInForce(row)
  const newest = await newestOfChain(client, row.chainId)
  if (newest === undefined || newest.id === row.id) return
  const { identifier, id, takesBack } = newest
  if (takesBack) {
    throw new Problem('already-taken-back', `The alert was taken back already, by ${identifier} (${id})`, {
      status: 409,
      hint: 'Whoever has its text is told so. To say something else, launch an alert that refers to both.',
    })
  }
  throw new Problem('nothing-to-take-back', `People were told something newer: ${identifier} (${id})`, {
    status: 409,
    hint: 'Only the last alert of a chain is taken back.',
  })
}

const byTwo = (kind: TakeBack) =>
  `Write ${kind === 'retract' ? 'a Cancel' : 'an Update with responseType AllClear'} that refers to it, and have it approved.`
