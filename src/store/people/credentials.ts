import type { Client } from '../database.ts'

/** What somebody's sign-in is checked against. */
export interface Credentials {
  readonly personId: number
  /** argon2id, PHC string format; null: he has none and cannot sign in. */
  readonly passwordHash: string | null
  /** Sealed; null: no second factor, or none that was shown to work. */
  readonly totpSecret: Buffer | null
}

/** Undefined where there is nobody of this name who may sign in. */
export async function credentialsOf(db: Client, name: string): Promise<Credentials | undefined> {
  const { rows } = await db.query<Credentials>(
    `SELECT id "personId", password_hash "passwordHash", CASE WHEN totp_confirmed_at IS NOT NULL THEN totp_secret END "totpSecret"
       FROM person WHERE name = $1 AND disabled_at IS NULL AND roles <> '{}'`,
    [name],
  )
  return rows[0]
}

/** Takes the code of a time step; false where it, or a later one, was taken before (RFC 6238 §5.2). */
export async function takeStep(db: Client, personId: number, step: number): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE person SET totp_step = $2 WHERE id = $1 AND (totp_step IS NULL OR totp_step < $2)',
    [personId, step],
  )
  return rowCount === 1
}

/** Takes a recovery code, by its hash; false where there is no such code left. */
export async function takeRecovery(db: Client, personId: number, hash: Buffer): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE person SET recovery_hashes = array_remove(recovery_hashes, $2::bytea) WHERE id = $1 AND $2::bytea = ANY (recovery_hashes)',
    [personId, hash],
  )
  return rowCount === 1
}

/**
 * Whether he may still sign in with what was checked a moment ago; locks him, so that what disables or resets him comes before or after,
 * never between the check and the session.
 */
export async function lockCredentials(client: Client, { personId, passwordHash }: Credentials): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT FROM person WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL FOR UPDATE',
    [personId, passwordHash],
  )
  return rowCount === 1
}

/** His own new password, which nobody else knows. */
export async function setPassword(db: Client, personId: number, passwordHash: string): Promise<void> {
  await db.query('UPDATE person SET password_hash = $2, password_set_at = now(), must_change = false WHERE id = $1', [
    personId,
    passwordHash,
  ])
}

/** A second factor that is not asked for before `confirmSecondFactor`; false where one was confirmed before. */
export async function proposeSecondFactor(db: Client, personId: number, sealed: Buffer): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE person SET totp_secret = $2, totp_step = NULL WHERE id = $1 AND totp_confirmed_at IS NULL',
    [personId, sealed],
  )
  return rowCount === 1
}

/** The secret that was proposed and is not confirmed; undefined where there is none. */
export async function proposedSecret(db: Client, personId: number): Promise<Buffer | undefined> {
  const { rows } = await db.query<{ secret: Buffer }>(
    `SELECT totp_secret secret FROM person WHERE id = $1 AND totp_secret IS NOT NULL AND totp_confirmed_at IS NULL FOR UPDATE`,
    [personId],
  )
  return rows[0]?.secret
}

export async function confirmSecondFactor(
  db: Client,
  personId: number,
  step: number,
  recoveryHashes: readonly Buffer[],
): Promise<void> {
  await db.query(
    'UPDATE person SET totp_confirmed_at = now(), totp_step = $2, recovery_hashes = $3::bytea[] WHERE id = $1',
    [personId, step, recoveryHashes],
  )
}
