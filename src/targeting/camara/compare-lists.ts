import type { RemoteSubscription } from '../../carriers/camara/operator-api.ts'
import { type Account, noteListed } from '../../store/camara/account.ts'
import { type InDoubt, inDoubt, putOffDoubts } from '../../store/camara/claim.ts'
import { lookAtMissing, ownedOf, purgeEnded } from '../../store/camara/compare.ts'
import { becomeRequested, endStray, tryAgain } from '../../store/camara/outcomes.ts'
import type { AccountDeps } from './deps.ts'
import { activate } from './settle-subscription.ts'
import { backoffMs, doubtMs, keptMs, listMs, unlistedMs } from './timing.ts'

const doubtsAtOnce = 10_000

/** Whether something is in doubt that only the operator's list can tell, or the list was not looked at for a day. */
export async function isListDue({ db, operator, now }: AccountDeps, { listedAt }: Account): Promise<boolean> {
  if (listedAt === null || now().getTime() - listedAt.getTime() > listMs) return true
  return (await inDoubt(db.pool, operator.id, now(), 1)).length > 0
}

/**
 * Compares the operator's subscriptions with ours. What is in doubt (asked for, and the answer was lost) becomes what the list says; what
 * is in the list under our sink and nothing of ours stands for is deleted there; what should work and is not in the list is looked at.
 *
 * @throws CamaraRefusal
 */
export async function compareLists(deps: AccountDeps): Promise<void> {
  const { db, operator, api, now, log } = deps
  const before = now()
  const listed = await api.list()
  const alive = listed.filter(({ status }) => status !== 'EXPIRED' && status !== 'DELETED')
  // Read after the list: whatever is in it was written down here before it was asked for.
  const owned = await ownedOf(
    db.pool,
    operator.id,
    alive.map(({ remoteId, tag }) => ({ remoteId, tag })),
  )
  const missing = await lookAtMissing(
    db.pool,
    operator.id,
    alive.map(({ remoteId }) => remoteId),
    { before, now: now() },
  )
  const adopted = new Set<string>()
  const doubts = await inDoubt(db.pool, operator.id, now(), doubtsAtOnce)
  const found = finder(alive, owned)
  for (const doubt of doubts) {
    const remote = found(doubt)
    if (remote === undefined) {
      await tryAgain(db.pool, { id: doubt.id, at: new Date(now().getTime() + backoffMs(doubt.tries)), problem: null })
      continue
    }
    adopted.add(remote.remoteId)
    await take(deps, doubt, remote)
  }
  const strays = alive.filter(
    ({ remoteId, tag, ours }) => ours && !adopted.has(remoteId) && (owned.get(remoteId)?.ended ?? tag !== undefined),
  )
  for (const { remoteId, msisdn, type } of strays) {
    await endStray(db.pool, operator.id, { remoteId, msisdn, type, now: now() })
  }
  await noteListed(db.pool, operator.id, before, null)
  await purgeEnded(db.pool, new Date(before.getTime() - keptMs))
  if (missing + strays.length + doubts.length > 0) {
    const figures = { listed: listed.length, missing, strays: strays.length, inDoubt: doubts.length }
    log.info({ operator: operator.id, ...figures, adopted: adopted.size }, 'CAMARA subscriptions were compared')
  }
}

/**
 * An operator that does not give its list is subscribed to all the same. What is in doubt there is asked for again after a day: one too many
 * tells twice what is known already, and ends by itself, where one too few would leave a number unreported.
 */
export async function goWithoutList({ db, operator, now, log }: AccountDeps, reason: string): Promise<void> {
  const at = new Date(now().getTime() + unlistedMs)
  const givenUp = new Date(now().getTime() - doubtMs)
  await putOffDoubts(db.pool, operator.id, { now: now(), at, givenUp, problem: reason })
  await noteListed(db.pool, operator.id, new Date(at.getTime() - listMs), reason)
  log.warn({ operator: operator.id, reason }, 'a CAMARA operator does not give its list of subscriptions')
}

/** Finds what came of one in doubt: by our id in its sink; where sinks have none, by number and type among those that are not known. */
function finder(
  alive: readonly RemoteSubscription[],
  owned: ReadonlyMap<string, unknown>,
): (doubt: InDoubt) => RemoteSubscription | undefined {
  const byTag = new Map<string, RemoteSubscription>()
  const byNumber = new Map<string, RemoteSubscription>()
  for (const one of alive) {
    if (!one.ours) continue
    if (one.tag !== undefined) byTag.set(one.tag, one)
    else if (!owned.has(one.remoteId)) byNumber.set(`${one.msisdn} ${one.type}`, one)
  }
  return ({ id, msisdn, type }) => byTag.get(id) ?? byNumber.get(`${msisdn} ${type}`)
}

async function take(deps: AccountDeps, { id, askedUntil }: InDoubt, remote: RemoteSubscription): Promise<void> {
  const { remoteId, status, expiresAt = askedUntil } = remote
  if (status === 'ACTIVE') return activate(deps, { id, remoteId, expiresAt })
  const now = deps.now()
  await becomeRequested(deps.db.pool, deps.operator.id, { id, remoteId, now, checkAt: now })
}
