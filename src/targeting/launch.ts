import { acceptAlert } from '../alerts/accept.ts'
import { channels } from '../alerts/channels.ts'
import { digestOf } from '../alerts/digest.ts'
import { LANES, laneOf } from '../alerts/lane.ts'
import type { Alert } from '../alerts/model.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import type { Countries } from '../geo/countries.ts'
import { Problem } from '../lib/problem.ts'
import { useOf } from '../lib/use.ts'
import { selectionBell, withdrawBell } from '../queue/names.ts'
import type { Queues } from '../queue/queues.ts'
import { type AlertRow, chainOf, findAlert } from '../store/alerts/alert-row.ts'
import { lockChain } from '../store/alerts/lock-alerts.ts'
import { newestOfChain } from '../store/alerts/taken-back.ts'
import { type Acting, transition } from '../store/alerts/transition.ts'
import { cancelBroadcasts, launchedBroadcast } from '../store/audience/launched-broadcasts.ts'
import { openBroadcast } from '../store/audience/open-broadcast.ts'
import { type Client, type Database, transaction } from '../store/database.ts'
import { checkFallBack, textsOf, unableToWrite } from './audience-text.ts'
import { checkBound } from './forecast-bound.ts'
import { noteOverlaps, refuseOverlapping } from './overlaps.ts'

export interface LaunchDeps {
  readonly db: Database
  readonly queues: Queues
  readonly profiles: readonly CarrierProfile[]
  readonly countries: Countries
}

/**
 * Launches an approved alert: it goes live, its broadcast is made, and what it corrects is withdrawn, all or nothing. Launching
 * what is live already answers with its broadcast: a double click makes one broadcast.
 *
 * @throws Problem of acceptance (it may have expired since it was approved), of the lifecycle, `chain-not-live`, `forecast-exceeded`,
 * `overlap-undecided` and `overlap-lost` (409).
 */
export async function launchAlert(deps: LaunchDeps, alertId: string, by: Acting): Promise<{ broadcastId: number }> {
  const alert = await findAlert(deps.db.pool, alertId)
  const seenDigest = alert && (await foresee(deps, alert))
  const launched = await transaction(deps.db.pool, (client) => launchIn(client, deps, alertId, by, seenDigest))
  await ringForLaunch(deps, launched)
  return { broadcastId: launched.broadcastId }
}

/**
 * What takes long about a launch, before anything is locked: counts whom it reaches now, and compares it with other issuers' alerts.
 * @returns the digest of what was looked at
 * @throws Problem `forecast-exceeded` (409)
 */
export async function foresee(deps: Omit<LaunchDeps, 'queues'>, alert: AlertRow): Promise<string> {
  const digest = digestOf(alert, channels)
  if (alert.phase === 'approved' && digest === alert.lifecycle.approval?.digest) {
    await checkBound(deps, alert)
    await noteOverlaps(deps, alert)
  }
  return digest
}

export interface Launched {
  readonly broadcastId: number
  readonly lane: number
  /** Whether it withdraws what is queued of earlier alerts. */
  readonly corrects: boolean
  /** Ids of carriers that cannot write it: their messages fail. Only of what was approved in advance. */
  readonly unable: readonly string[]
}

/**
 * The launch within a transaction; when that is committed, `ringForLaunch`.
 * @param seenDigest of what was counted and compared with others: refused where it is not that any more
 */
export async function launchIn(
  client: Client,
  { profiles }: Pick<LaunchDeps, 'profiles'>,
  alertId: string,
  by: Acting,
  seenDigest?: string,
): Promise<Launched> {
  await lockChain(client, alertId)
  const before = await findAlert(client, alertId)
  if (before?.phase === 'live') return { ...(await launchedBroadcast(client, alertId)), corrects: false, unable: [] }
  if (before) acceptAlert(before.document, { now: Date.now() })
  // Profiles may have changed since its words were approved: one carrier must not keep the others from taking an alert back.
  const inAdvance = before?.lifecycle.approval?.inAdvance !== undefined
  const unable = inAdvance ? unableToWrite(before.document, profiles, useOf(before)) : []
  const detail = unable.length > 0 ? { unable } : {}
  const alert = await transition(client, alertId, 'launch', by, { seenDigest, detail })
  await refuseOverlapping(client, alert)
  if (!inAdvance) checkFallBack(alert.document, profiles, useOf(alert))
  const predecessors = await supersede(client, alert)
  const lane: number = laneOf(
    alert.document,
    predecessors.map((row) => row.document),
  )
  const broadcastId = await openBroadcast(client, {
    alertId,
    day: null,
    lane,
    state: 'selecting',
    exercise: alert.status !== 'Actual',
    resend: alert.rules.resend === 'resend',
    digest: alert.digest,
    expires: alert.expires,
    validityMs: null,
    texts: textsOf(alert.document),
  })
  return { broadcastId, lane, corrects: predecessors.length > 0, unable }
}

/** Tells those who work it off: nothing is lost without, but it would wait for the reconciler. */
export async function ringForLaunch(
  { queues }: Pick<LaunchDeps, 'queues'>,
  { broadcastId, lane, corrects }: Launched,
): Promise<void> {
  if (corrects) void queues.ring(withdrawBell, {}, { priority: LANES.extremeCorrection + 1 })
  await queues.ring(selectionBell, { broadcastId }, { id: `select-${broadcastId}`, priority: lane + 1 })
}

/** Ends the live alerts of the chain and stops their broadcasts: what is queued of them never leaves. Returns the whole chain before this one. */
async function supersede(client: Client, alert: AlertRow): Promise<AlertRow[]> {
  if (alert.msgType === 'Alert') return []
  // Two corrections of one chain at once: `transition` has put them in a row, because the audit log has one end. The second reads
  // the chain when the first is committed, and corrects that one as well.
  const chain = (await chainOf(client, alert.chainId)).filter((row) => row.id !== alert.id && row.launchedAt !== null)
  const live = chain.filter((row) => row.phase === 'live')
  if (live.length === 0 && !(takesBack(alert) && (await hasExpired(client, alert.chainId)))) {
    throw new Problem('chain-not-live', `none of the alerts that ${alert.identifier} refers to is live`, {
      status: 409,
      hint: 'What has ended cannot be corrected, and what has expired only taken back by a Cancel or an all-clear: launch an Alert of its own.',
    })
  }
  for (const row of live) await transition(client, row.id, endingAct(alert.document, alert.allClear), 'engine')
  await cancelBroadcasts(
    client,
    live.map((row) => row.id),
  )
  return chain
}

const takesBack = ({ msgType, allClear }: AlertRow) => msgType === 'Cancel' || allClear

/** Whether what people were told last ran out without having been taken back: its text is still on their phones. */
async function hasExpired(client: Client, chainId: string): Promise<boolean> {
  const newest = await newestOfChain(client, chainId)
  if (newest === undefined || newest.takesBack) return false
  return (await findAlert(client, newest.id))?.lifecycle.ended?.reason === 'expired'
}

function endingAct(alert: Alert, allClear: boolean): 'all-clear' | 'cancel' | 'supersede' {
  if (allClear) return 'all-clear'
  return alert.msgType === 'Cancel' ? 'cancel' : 'supersede'
}
