import type { Claimed } from '../../store/camara/claim.ts'
import {
  becomeActive,
  becomeEnded,
  becomeRequested,
  beginEnding,
  beginRenewal,
  lookAgain,
} from '../../store/camara/outcomes.ts'
import { transaction } from '../../store/database.ts'
import type { AccountDeps } from './deps.ts'
import { backoffMs, checkMs, refusedMs, renewAt, shortLifeMs, unknownMs } from './timing.ts'

/** Does what is due about a subscription. @throws CamaraRefusal */
export async function settleSubscription(deps: AccountDeps, row: Claimed): Promise<void> {
  switch (row.was) {
    case 'due':
      return create(deps, row)
    case 'requested':
      return check(deps, row)
    case 'active':
      return renew(deps, row)
    case 'ending':
      await deps.api.end(row.remoteId as string)
      return end(deps, row, null)
  }
}

async function create(deps: AccountDeps, row: Claimed): Promise<void> {
  const { api, db, operator, now } = deps
  const { id, type, msisdn } = row
  if (!isWanted(deps, row) || msisdn === null) return end(deps, row, null)
  const until = row.askedUntil as Date
  const initialEvent = operator.initialEvent && !row.covered
  const made = await api.create({ id, msisdn, type, until, initialEvent })
  if (made.active) return activate(deps, { id, remoteId: made.remoteId, expiresAt: made.expiresAt ?? until })
  const at = now()
  await becomeRequested(db.pool, operator.id, {
    id,
    remoteId: made.remoteId,
    now: at,
    checkAt: new Date(at.getTime() + checkMs),
  })
}

/** A number may be forgotten, or a type taken from the profile, while its subscription is being asked for. */
const isWanted = ({ operator }: AccountDeps, { wanted, type }: Claimed) =>
  wanted && operator.types.some((one) => one === type)

/** Whether what the operator took on works by now. */
async function check(deps: AccountDeps, row: Claimed): Promise<void> {
  const { api, db, now } = deps
  const remoteId = row.remoteId as string
  const found = await api.get(remoteId)
  const ageMs = now().getTime() - row.changedAt.getTime()
  if (found?.status === 'ACTIVE') {
    const expiresAt = found.expiresAt ?? (row.askedUntil as Date)
    return activate(deps, { id: row.id, remoteId, expiresAt })
  }
  const gone = found === undefined ? ageMs > unknownMs : found.status === 'EXPIRED' || found.status === 'DELETED'
  if (gone) return end(deps, row, 'The operator took it on and did not make it.')
  // The longer it takes, the more rarely it is asked about; one that is suspended once a day.
  const pauseMs = found?.status === 'INACTIVE' ? refusedMs : Math.max(checkMs, ageMs)
  await lookAgain(db.pool, row.id, new Date(now().getTime() + Math.min(pauseMs, refusedMs)))
}

/** One that should work is due: to be renewed, or because it is missing in the operator's list. */
async function renew(deps: AccountDeps, row: Claimed): Promise<void> {
  const { api, db, operator, now } = deps
  const expiresAt = row.expiresAt as Date
  if (now() >= expiresAt) return end(deps, row, null)
  if (!isWanted(deps, row)) return beginEnding(db.pool, row.id, now())
  const found = await api.get(row.remoteId as string)
  if (found === undefined || found.status === 'EXPIRED' || found.status === 'DELETED') {
    return end(deps, row, 'The operator has ended it.')
  }
  const due = renewAt(operator, row.id, row.changedAt, expiresAt)
  if (now() < due) return lookAgain(db.pool, row.id, due)
  await transaction(db.pool, (client) => beginRenewal(client, { id: row.id, endsAt: expiresAt, now: now() }))
}

export async function activate(
  { db, operator, now }: Pick<AccountDeps, 'db' | 'operator' | 'now'>,
  { id, remoteId, expiresAt }: { id: string; remoteId: string; expiresAt: Date },
): Promise<void> {
  const at = now()
  const made = { id, remoteId, expiresAt, renewAt: renewAt(operator, id, at, expiresAt), now: at }
  await becomeActive(db.pool, operator.id, made)
}

interface Ending {
  readonly id: string
  readonly changedAt: Date
  readonly shortLives: number
}

/** It is no more; another one takes its place where the number is still watched. One that hardly worked is followed later each time. */
export async function end(
  { db, operator, now }: Pick<AccountDeps, 'db' | 'operator' | 'now'>,
  { id, changedAt, shortLives, ...row }: Ending & ({ readonly was: string } | { readonly state: string }),
  problem: string | null,
): Promise<void> {
  const at = now()
  const worked = ('was' in row ? row.was : row.state) === 'active'
  const short = !worked || at.getTime() - changedAt.getTime() < shortLifeMs
  await becomeEnded(db.pool, {
    id,
    now: at,
    renewAt: short ? new Date(at.getTime() + backoffMs(shortLives)) : at,
    types: operator.types,
    shortLives: short ? shortLives + 1 : 0,
    problem,
  })
}
