import type { Role } from '../../alerts/lifecycle.ts'
import { Problem } from '../../lib/problem.ts'
import { unknownMissions } from '../audience/missions.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { refuseNameAlike } from './name-alike.ts'
import { refuseConflict } from './role-conflict.ts'
import { endSessionsOf } from './sessions.ts'

/** What is set of a person; what is left out stays. */
export interface PersonChange {
  readonly roles?: readonly Role[] | undefined
  /** null: no mission's staff, he sees everything. */
  readonly missions?: readonly string[] | null | undefined
  readonly disabled?: boolean | undefined
}

interface Person {
  readonly id: number
  readonly name: string
}

/** Makes a person known. @throws Problem `person-exists` (409), and those of `changePerson` */
export async function addPerson(db: Database, name: string, change: PersonChange, actor: string): Promise<number> {
  return transaction(db.pool, async (client) => {
    await refuseNameAlike(client, name)
    const { rows } = await client.query<Person>(
      'INSERT INTO person (name) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id, name',
      [name],
    )
    const [person] = rows
    if (person === undefined) {
      throw new Problem('person-exists', 'There is a person of this name already', { status: 409 })
    }
    await apply(client, person, change, actor, 'person.add')
    return person.id
  })
}

/**
 * Changes what a person is. Who is disabled is signed out at once, and his keys are void within three seconds, everywhere.
 * @throws Problem `oneself` (403), `person-unknown` (404), `role-conflict` (409), `role-of-systems`, `mission-unknown` (400)
 */
export async function changePerson(db: Database, id: number, change: PersonChange, actor: string): Promise<void> {
  await transaction(db.pool, async (client) => apply(client, await lockedPerson(client, id, actor), change, actor))
}

/**
 * Gives a person a password that somebody else knows, so that he has to change it first. With it goes his second factor, and every
 * session of his ends.
 * @throws Problem `oneself` (403), `person-unknown` (404), `person-disabled` (409)
 */
export async function resetPassword(db: Database, id: number, passwordHash: string, actor: string): Promise<void> {
  await transaction(db.pool, async (client) => {
    const { name, disabled } = await lockedPerson(client, id, actor)
    if (disabled) {
      throw new Problem('person-disabled', 'Who is disabled cannot sign in', {
        status: 409,
        hint: 'Enable the person first.',
      })
    }
    await client.query(
      `UPDATE person SET password_hash = $2, password_set_at = now(), must_change = true, totp_secret = NULL, totp_confirmed_at = NULL,
              totp_step = NULL, recovery_hashes = '{}' WHERE id = $1`,
      [id, passwordHash],
    )
    await endSessionsOf(client, id)
    await appendAudit(client, { actor, act: 'person.reset', subject: `person:${name}` })
  })
}

/** An administrator who gives himself rights, or locks himself out, needs another one. */
async function lockedPerson(client: Client, id: number, actor: string): Promise<Person & { disabled: boolean }> {
  const { rows } = await client.query<Person & { disabled: boolean }>(
    'SELECT id, name, disabled_at IS NOT NULL AS disabled FROM person WHERE id = $1 FOR UPDATE',
    [id],
  )
  const [person] = rows
  if (person === undefined) {
    throw new Problem('person-unknown', 'There is no such person', {
      status: 404,
      hint: 'GET /v1/people lists them with their ids.',
    })
  }
  if (actor !== `person:${person.name}`) return person
  throw new Problem('oneself', 'Nobody changes his own rights', {
    status: 403,
    hint: 'Ask another administrator, or use `bongsu users` on the machine of the database.',
  })
}

/** Sets what is to be set, and notes it: rows before the audit log, whose lock is the last that anybody takes. */
async function apply(
  client: Client,
  { id, name }: Person,
  { roles, missions, disabled }: PersonChange,
  actor: string,
  act?: 'person.add',
): Promise<void> {
  if (roles !== undefined) {
    if (roles.includes('carrier')) {
      throw new Problem('role-of-systems', 'Carriers write by key and do not sign in', {
        where: '/roles',
        hint: 'Make a key of the role carrier.',
      })
    }
    // What he holds as a person is replaced, so only his keys stand beside the new roles.
    await client.query("UPDATE person SET roles = '{}' WHERE id = $1", [id])
    await refuseConflict(client, id, roles)
    await client.query('UPDATE person SET roles = $2::person_role[] WHERE id = $1', [id, [...new Set(roles)].sort()])
  }
  if (missions !== undefined) {
    if (missions !== null) await refuseUnknownMissions(client, missions)
    await client.query('UPDATE person SET missions = $2 WHERE id = $1', [id, missions && [...new Set(missions)].sort()])
  }
  if (disabled !== undefined) {
    await client.query(
      'UPDATE person SET disabled_at = CASE WHEN $2 THEN coalesce(disabled_at, now()) END WHERE id = $1',
      [id, disabled],
    )
    if (disabled) await endSessionsOf(client, id)
  }
  const note = (what: string, detail?: Record<string, unknown>) =>
    appendAudit(client, { actor, act: what, subject: `person:${name}`, ...(detail && { detail }) })
  if (act !== undefined) await note(act)
  if (roles !== undefined) await note('person.roles', { roles: [...roles].sort() })
  if (missions !== undefined) await note('person.missions', { missions })
  if (disabled !== undefined) await note(disabled ? 'person.disable' : 'person.enable')
}

async function refuseUnknownMissions(client: Client, missions: readonly string[]): Promise<void> {
  const { unknown } = await unknownMissions(client, missions)
  if (unknown.length === 0) return
  throw new Problem('mission-unknown', `Nobody knows the mission ${unknown.join(', ')}`, {
    where: '/missions',
    hint: 'GET /v1/entry/facts lists those that are known; a mission is also known by its residents.',
  })
}
