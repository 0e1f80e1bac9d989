import Type from 'typebox'
import type { Database } from '../store/database.ts'
import { findSession } from '../store/people/sessions.ts'
import { csrfOf } from './csrf.ts'
import { nullable, timestamp } from './schemas.ts'

export const currentSessionSchema = Type.Object(
  {
    person: Type.String(),
    roles: Type.Array(Type.String()),
    missions: nullable(Type.Array(Type.String(), { description: 'What concerns these alone; null: everything' })),
    csrfToken: Type.String({ description: 'For the header x-csrf-token' }),
    mustChangePassword: Type.Boolean({ description: 'Nothing else is open before: POST /v1/me/password' }),
    secondFactor: Type.Boolean({ description: 'Where false, nothing else is open before: POST /v1/me/second-factor' }),
    expiresAt: timestamp('Its end, however much it is used'),
    unusedUntil: timestamp('Its end, unless it is used before'),
  },
  { title: 'Session' },
)

/** A session that holds, for who is signed in. */
export async function currentSession(db: Database, token: string) {
  const session = await findSession(db.pool, token, { used: false })
  if (session === undefined) throw new Error('a session that was found a moment ago is gone')
  const { person, roles, missions, mustChange, secondFactor, expiresAt, unusedUntil } = session
  return {
    person,
    roles,
    missions,
    csrfToken: csrfOf(token),
    mustChangePassword: mustChange,
    secondFactor,
    expiresAt,
    unusedUntil,
  }
}
