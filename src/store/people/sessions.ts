import { createHash, randomBytes } from 'node:crypto'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import type { Holder } from './holder.ts'

/** Nobody keeps a session for longer, nor without using it for longer than `idleMinutes`. */
const lifeHours = 12
const idleMinutes = 30
/** `seen_at` is written this often: a page asks many times a second. */
const seenSeconds = 60
/** Who was signed in when is in the audit log; the rows themselves go. */
const keptDays = 30

export interface SessionHolder extends Holder {
  readonly sessionId: number
  readonly personId: number
  readonly expiresAt: Date
  /** Its end, unless it is used before. */
  readonly unusedUntil: Date
  /** The password is known to somebody else. */
  readonly mustChange: boolean
  /** A second factor is set up and was shown to work. */
  readonly secondFactor: boolean
}

const hashOf = (token: string) => createHash('sha256').update(token).digest()

/** Forgets sessions of long ago; not in the transaction of another. */
export async function forgetSessions(db: Client): Promise<void> {
  await db.query(`DELETE FROM session WHERE expires_at < now() - make_interval(days => ${keptDays})`)
}

/** Opens a session of who is not disabled; the token is returned here and never again. @throws Problem `session-ended` (401) */
export async function openSession(client: Client, personId: number, actor: string): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const { rowCount } = await client.query(
    `INSERT INTO session (person_id, hash, expires_at) SELECT id, $2, now() + make_interval(hours => ${lifeHours})
       FROM person WHERE id = $1 AND disabled_at IS NULL`,
    [personId, hashOf(token)],
  )
  if (rowCount === 0) throw new Problem('session-ended', 'The session has ended', { status: 401 })
  await appendAudit(client, { actor, act: 'session.open', subject: actor })
  return token
}

const holds = `s.ended_at IS NULL AND s.expires_at > now() AND s.seen_at > now() - make_interval(mins => ${idleMinutes})`

const held = `SELECT s.id "sessionId", p.id "personId", p.name person, p.roles::text[], NULL AS hplmns, p.missions, NULL AS scopes,
            s.expires_at "expiresAt", p.must_change "mustChange", p.totp_confirmed_at IS NOT NULL "secondFactor",
            s.seen_at + make_interval(mins => ${idleMinutes}) "unusedUntil", extract(epoch FROM now() - s.seen_at)::float8 "seenAgo"
       FROM session s JOIN person p ON p.id = s.person_id WHERE ${holds} AND p.disabled_at IS NULL`

/**
 * Whose session it is, as he is now; undefined where there is none that holds.
 * @param used false: asked for by itself, and nobody need be there; it goes on to its end as if it had not been
 */
export async function findSession(
  db: Client,
  token: string,
  { used }: { readonly used: boolean },
): Promise<SessionHolder | undefined> {
  const { rows } = await db.query<SessionHolder & { seenAgo: number }>(`${held} AND s.hash = $1`, [hashOf(token)])
  const [row] = rows
  if (row === undefined) return undefined
  const { seenAgo, ...holder } = row
  if (used && seenAgo > seenSeconds) {
    await db.query('UPDATE session SET seen_at = now() WHERE id = $1', [holder.sessionId])
  }
  return holder
}

/** The same of a session that was found before. It is not used by that: whoever looks on and does nothing is signed out. */
export async function sessionNow(db: Client, sessionId: number): Promise<Holder | undefined> {
  const { rows } = await db.query<SessionHolder>(`${held} AND s.id = $1`, [sessionId])
  return rows[0]
}

export interface SessionRow {
  readonly id: number
  readonly person: string
  readonly createdAt: Date
  /** To the minute. */
  readonly seenAt: Date
  readonly expiresAt: Date
}

/** The sessions that hold, the newest first. */
export async function listSessions(db: Client): Promise<SessionRow[]> {
  const { rows } = await db.query<SessionRow>(
    `SELECT s.id, p.name person, s.created_at "createdAt", s.seen_at "seenAt", s.expires_at "expiresAt"
       FROM session s JOIN person p ON p.id = s.person_id WHERE ${holds} AND p.disabled_at IS NULL ORDER BY s.id DESC LIMIT 1000`,
  )
  return rows
}

/** @throws Problem `session-unknown` (404) where there is none that holds */
export async function endSession(db: Database, id: number, actor: string): Promise<void> {
  await transaction(db.pool, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `UPDATE session s SET ended_at = now() FROM person p WHERE s.id = $1 AND p.id = s.person_id AND ${holds} RETURNING p.name`,
      [id],
    )
    const [whose] = rows
    if (whose === undefined) {
      throw new Problem('session-unknown', 'There is no such session that holds', { status: 404 })
    }
    await appendAudit(client, { actor, act: 'session.end', subject: `person:${whose.name}`, detail: { session: id } })
  })
}

/** Signs a person out everywhere; locks him before his sessions, as everybody does, so that no two wait for each other. */
export async function endSessionsOf(client: Client, personId: number): Promise<void> {
  await client.query('SELECT FROM person WHERE id = $1 FOR UPDATE', [personId])
  await client.query('UPDATE session SET ended_at = now() WHERE person_id = $1 AND ended_at IS NULL', [personId])
}
