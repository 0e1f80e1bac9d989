import { isIPv6 } from 'node:net'
import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import { Problem } from '../lib/problem.ts'
import type { Seal } from '../lib/seal.ts'
import { appendAudit } from '../store/audit.ts'
import { type Database, transaction } from '../store/database.ts'
import {
  type Credentials,
  credentialsOf,
  lockCredentials,
  takeRecovery,
  takeStep,
} from '../store/people/credentials.ts'
import { forgetSessions, openSession } from '../store/people/sessions.ts'
import { clearAttempts, giveBackAttempt, type Patience, takeAttempt } from '../store/people/sign-in-attempts.ts'
import { passwordFits } from './passwords.ts'
import { isRecoveryCode, recoveryHash, sealOr503, stepOf } from './second-factor.ts'

export interface SignIn {
  readonly name: string
  readonly password: string
  readonly code?: string | undefined
}

interface SignInDeps {
  readonly db: Database
  readonly seal?: Seal | undefined
  readonly log: Logger
}

const hourS = 3_600
/**
 * A name from one address: the fifth failure locks. A name from everywhere has ten times as many, because otherwise anybody could keep a
 * duty officer out; he has his second factor besides, and his key. An address is slowed down, not locked out: many may be behind it.
 */
export const ofBoth: Patience = { locksAt: 5, firstLockS: 15, longestLockS: 900, forgottenAfterS: 24 * hourS }
const ofName: Patience = { locksAt: 50, firstLockS: 15, longestLockS: 300, forgottenAfterS: hourS }
const ofAddress: Patience = { locksAt: 30, firstLockS: 2, longestLockS: 60, forgottenAfterS: hourS }

/**
 * Opens a session. Whatever is wrong, the answer is the same and takes as long: who guesses learns neither which names there are nor
 * which half was right.
 * @returns the session's token
 * @throws Problem `sign-in-failed` (401), `sign-in-locked` (429), `busy`, `secret-key-missing` (503)
 */
export async function signIn(deps: SignInDeps, given: SignIn, address: string): Promise<string> {
  const { db, log } = deps
  const network = networkOf(address)
  const subjects = { both: `both:${network}:${given.name}`, name: `name:${given.name}`, address: `address:${network}` }
  await take(db, subjects.address, ofAddress)
  const failures = await take(db, subjects.both, ofBoth)
  await take(db, subjects.name, ofName)

  const credentials = await credentialsOf(db.pool, given.name)
  const fits = await passwordFits(credentials?.passwordHash, given.password)
  if (credentials === undefined || !fits || !(await codeFits(deps, credentials, given.code))) {
    metrics.signIns.inc({ outcome: 'failed' })
    // After the answer, or a name that there is would take longer.
    if (credentials !== undefined && failures === ofBoth.locksAt) void noteLock(db, given.name, log)
    throw failed()
  }
  await clearAttempts(db.pool, [subjects.both, subjects.name])
  await giveBackAttempt(db.pool, subjects.address)
  await forgetSessions(db.pool)
  return transaction(db.pool, async (client) => {
    if (!(await lockCredentials(client, credentials))) throw failed()
    metrics.signIns.inc({ outcome: 'opened' })
    return openSession(client, credentials.personId, `person:${given.name}`)
  })
}

const failed = () =>
  new Problem('sign-in-failed', 'Name, password or code are not right', {
    status: 401,
    hint: 'Whoever has set up a second factor sends `code` too; each code is taken once.',
  })

/** @throws Problem `sign-in-locked` (429) */
export async function take(db: Database, subject: string, patience: Patience): Promise<number> {
  const taken = await takeAttempt(db.pool, subject, patience)
  if ('failures' in taken) return taken.failures
  metrics.signIns.inc({ outcome: 'locked' })
  throw new Problem('sign-in-locked', 'Too many sign-ins failed', {
    status: 429,
    retryAfterS: taken.lockedForS,
    hint: `Try again in ${taken.lockedForS} s. Keys work meanwhile.`,
  })
}

async function codeFits(
  { db, seal }: SignInDeps,
  { personId, totpSecret }: Credentials,
  code: string | undefined,
): Promise<boolean> {
  if (totpSecret === null) return true
  if (code === undefined) return false
  if (isRecoveryCode(code)) return takeRecovery(db.pool, personId, recoveryHash(code))
  const step = stepOf(sealOr503(seal), personId, totpSecret, code, Date.now())
  return step !== undefined && takeStep(db.pool, personId, step)
}

function noteLock(db: Database, name: string, log: Logger): Promise<void> {
  const entry = { actor: 'engine', act: 'sign-in.lock', subject: `person:${name}` }
  return transaction(db.pool, (client) => appendAudit(client, entry)).catch((error: Error) =>
    log.error({ err: error.message }, 'that sign-ins are locked could not be noted'),
  )
}

/** One customer has a whole /64 of IPv6 addresses. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [before = '', after] = address.replace(/%.*$/, '').split('::')
  const left = before === '' ? [] : before.split(':')
  const right = after === undefined || after === '' ? [] : after.split(':')
  const groups = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
