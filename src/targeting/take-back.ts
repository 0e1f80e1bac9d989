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
import { lockTakeBack, newestOfChain, takenBackBy, unableAtLaunch } from '../store/alerts/taken-back.ts'
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
  /** Ids of carriers that could not write the words when it was launched: their people are not told. */
  readonly unable: readonly string[]
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
      return {
        taken: { alertId: already, broadcastId, unable: await unableAtLaunch(client, already) },
        launched: undefined,
      }
    }
    const { id, approval } = await draftOf(client, known, kind, by.person)
    // The audit log has one end: from the draft on nobody else launches a correction, and what is read now stands.
    await requireNewest(client, (await findAlert(client, alertId)) as AlertRow, kind)
    await transition(client, id, 'approve-in-advance', 'engine', {
      reason,
      inAdvance: { alert: alertId, approval },
      detail: { inAdvance: alertId },
    })
    const launched = await launchIn(client, deps, id, by)
    return { taken: { alertId: id, broadcastId: launched.broadcastId, unable: launched.unable }, launched }
  })
  if (launched && taken.unable.length > 0) {
    const about = { alert: taken.alertId, carriers: taken.unable }
    deps.log.warn(about, 'carriers cannot write a correction: theirs will fail')
  }
  if (launched) await ringForLaunch(deps, launched)
  return taken
}

async function draftOf(client: Client, row: AlertRow, kind: TakeBack, person: string) {
  const { document, corrections, lifecycle, rules } = row
  await requireNewest(client, row, kind)
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

/**
 * Only the last alert of a chain is taken back, while its text is on telephones: it is live, or has expired. After a Cancel by two people
 * another one would withdraw what is queued of theirs, and tell everybody twice.
 */
async function requireNewest(client: Client, row: AlertRow, kind: TakeBack): Promise<void> {
  const { phase, lifecycle, launchedAt } = row
  if (row.msgType === 'Cancel' || row.allClear) {
    throw nothing(
      'It takes an alert back itself',
      'To say something else, launch an alert that refers to it and to what it corrects.',
    )
  }
  if (launchedAt === null) {
    const why = lifecycle.ended === undefined ? phase : `${phase} (${lifecycle.ended.reason})`
    throw nothing(
      `It was never launched, it is ${why}: nobody has a text of it`,
      phase === 'ended' ? 'There is nothing to do.' : 'Discard it, so that nobody launches it.',
    )
  }
  const newest = await newestOfChain(client, row.chainId)
  if (newest === undefined || newest.id === row.id) return
  const by = `${newest.identifier} (${newest.id})`
  if (newest.takesBack === null) {
    throw nothing(`People were told something newer: ${by}`, 'Only the last alert of a chain is taken back.')
  }
  throw new Problem('already-taken-back', `${takenBack[newest.takesBack].was}, by ${by}`, {
    status: 409,
    hint: takenBack[newest.takesBack].hint[kind],
  })
}

const nothing = (message: string, hint: string) => new Problem('nothing-to-take-back', message, { status: 409, hint })

/** What was said of an alert already, and what is left to do for who wants to say that it was sent in error, or that it is over. */
const takenBack: Readonly<Record<TakeBack, { was: string; hint: Readonly<Record<TakeBack, string>> }>> = {
  retract: {
    was: 'The alert was retracted already',
    hint: {
      retract:
        'Whoever has its text is told that it was sent in error. To say something else, launch an alert that refers to both.',
      end: 'Whoever has its text is told to disregard it, so there is nothing to give the all-clear of.',
    },
  },
  end: {
    was: 'The alert was ended by an all-clear already',
    hint: {
      retract:
        'Whoever has its text is told that it is over. To say that it was sent in error after all, launch a Cancel that refers to both, by two people.',
      end: 'Whoever has its text is told that it is over. To say something else, launch an alert that refers to both.',
    },
  },
}

const byTwo = (kind: TakeBack) =>
  `Write ${kind === 'retract' ? 'a Cancel' : 'an Update with responseType AllClear'} that refers to it, and have it approved.`
