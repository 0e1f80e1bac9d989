import { createHash } from 'node:crypto'
import type { Client } from '../database.ts'

/** How failures of one subject are answered. */
export interface Patience {
  /** The failure with this number is the first that locks. */
  readonly locksAt: number
  /** s; doubled with each further failure. */
  readonly firstLockS: number
  /** s */
  readonly longestLockS: number
  /** s without a failure after which nothing is held against the subject. */
  readonly forgottenAfterS: number
}

const keptDays = 1

const hashOf = (subject: string) => createHash('sha256').update(subject).digest()

/**
 * Counts a sign-in before it is looked at, so that of many at once not one more than allowed is tried; `clearAttempts` takes it back
 * where it succeeds. Returns the number of failures with this one, or for how many more seconds the subject is locked.
 */
export async function takeAttempt(
  db: Client,
  subject: string,
  { locksAt, firstLockS, longestLockS, forgottenAfterS }: Patience,
): Promise<{ failures: number } | { lockedForS: number }> {
  const hash = hashOf(subject)
  await db.query(`DELETE FROM sign_in_attempt WHERE failed_at < now() - make_interval(days => ${keptDays})`)
  const { rows } = await db.query<{ failures: number }>(
    `INSERT INTO sign_in_attempt AS a (subject, failures, failed_at) VALUES ($1, 1, now())
     ON CONFLICT (subject) DO UPDATE SET failed_at = now(), (failures, locked_until) = (
       SELECT n, CASE WHEN n >= $2 THEN now() + make_interval(secs => least($4::float8, $3::float8 * 2 ^ least(n - $2, 30))) END
         FROM (SELECT CASE WHEN a.failed_at < now() - make_interval(secs => $5::float8) THEN 1 ELSE a.failures + 1 END AS n) f)
      WHERE a.locked_until IS NULL OR a.locked_until <= now()
     RETURNING failures`,
    [hash, locksAt, firstLockS, longestLockS, forgottenAfterS],
  )
  const [taken] = rows
  if (taken !== undefined) return taken
  const locked = await db.query<{ seconds: number }>(
    'SELECT ceil(extract(epoch FROM locked_until - now()))::int AS seconds FROM sign_in_attempt WHERE subject = $1',
    [hash],
  )
  return { lockedForS: Math.max(1, locked.rows[0]?.seconds ?? 1) }
}

/** Nothing is held against it any more. */
export async function clearAttempts(db: Client, subjects: readonly string[]): Promise<void> {
  await db.query('DELETE FROM sign_in_attempt WHERE subject = ANY ($1::bytea[])', [subjects.map(hashOf)])
}

/** One attempt of a subject was none; the others count on. */
export async function giveBackAttempt(db: Client, subject: string): Promise<void> {
  await db.query(
    'UPDATE sign_in_attempt SET failures = greatest(0, failures - 1), locked_until = NULL WHERE subject = $1',
    [hashOf(subject)],
  )
}
