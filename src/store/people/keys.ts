import { createHash, randomBytes } from 'node:crypto'
import { ROLES, type Role } from '../../alerts/lifecycle.ts'
import { nearest } from '../../lib/nearest.ts'
import { Problem } from '../../lib/problem.ts'
import { checkFeedName, checkFeedRights, type FeedRights } from '../../subscribers/feed-rights.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { openFeeds } from '../feeds/rights.ts'
import type { Holder } from './holder.ts'
import { refuseNameAlike } from './name-alike.ts'
import { refuseConflict } from './role-conflict.ts'

/** Who a key stands for. */
export interface KeyHolder extends Holder {
  readonly keyId: number
}

/** What a key may besides its role, and until when. */
export interface KeyRights extends FeedRights {
  /** What it is for. */
  readonly label?: string | undefined
  readonly expiresAt?: Date | undefined
  /** Tags of the API, each alone or with `:read`. */
  readonly scopes?: readonly string[] | undefined
}

const hashOf = (key: string) => createHash('sha256').update(key).digest()

/** 256 random bits with a prefix that secret scanners can find. */
const newKey = () => `bongsu_${randomBytes(32).toString('base64url')}`

/**
 * Makes a key of a person, who is made if new. The key is returned here and never again; by its id it is revoked.
 * @throws Problem `unknown-role`, `missing-name`, `not-a-feed`, `expires-past` (400), `role-conflict`, `person-disabled` (409)
 */
export async function makeKey(
  db: Database,
  name: string,
  role: string,
  actor: string,
  rights: KeyRights = {},
): Promise<{ id: number; key: string }> {
  if (!(ROLES as readonly string[]).includes(role)) {
    const near = nearest(role, ROLES)
    throw new Problem('unknown-role', `"${role}" is not a role`, {
      hint: near ? `Did you mean "${near}"?` : `The roles are ${ROLES.join(', ')}.`,
    })
  }
  if (name.trim() === '') throw new Problem('missing-name', 'A key belongs to a person: name him')
  checkRights(role as Role, rights)
  if (rights.expiresAt !== undefined && rights.expiresAt.getTime() <= Date.now()) {
    throw new Problem('expires-past', 'The key would be void from the start', { where: '/expiresAt' })
  }
  const key = newKey()
  const id = await transaction(db.pool, async (client) => {
    if (role === 'carrier') checkFeedName(name.trim(), (await openFeeds(client)).keys())
    return insertKey(client, name.trim(), role as Role, key, actor, rights)
  })
  return { id, key }
}

/** The same for who needs nothing but the key. */
export const addKey = async (...of: Parameters<typeof makeKey>): Promise<string> => (await makeKey(...of)).key

function checkRights(role: Role, rights: FeedRights): void {
  if (role === 'carrier') checkFeedRights(rights)
  else if (rights.hplmns !== undefined || rights.silentAfterMs !== undefined) {
    throw new Problem('not-a-feed', `A key of the role ${role} has no home networks and no feed`, {
      hint: 'Leave hplmns and silentAfter out, or make a key of the role carrier.',
    })
  }
}

/** Makes the given key the first administrator's, unless there are keys already. Returns whether it did. */
export async function addBootstrapKey(
  db: Database,
  given: string | undefined,
): Promise<{ key: string; made: boolean } | undefined> {
  return transaction(db.pool, async (client) => {
    await client.query('LOCK TABLE api_key IN SHARE ROW EXCLUSIVE MODE')
    const { rows } = await client.query('SELECT FROM api_key LIMIT 1')
    if (rows.length > 0) return undefined
    if (given !== undefined && given.length < 16) {
      throw new Problem('weak-bootstrap-key', 'BONGSU_BOOTSTRAP_KEY has fewer than 16 characters', {
        hint: 'Use a random one, for example from `openssl rand -base64 32`.',
      })
    }
    const key = given ?? newKey()
    await insertKey(client, 'bootstrap', 'administrator', key, 'engine')
    return { key, made: given === undefined }
  })
}

async function insertKey(
  client: Client,
  name: string,
  role: Role,
  key: string,
  actor: string,
  { hplmns, silentAfterMs, label, expiresAt, scopes }: KeyRights = {},
): Promise<number> {
  await refuseNameAlike(client, name)
  const { rows } = await client.query<{ id: number; disabled: boolean }>(
    `INSERT INTO person (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name
     RETURNING id, disabled_at IS NOT NULL AS disabled`,
    [name],
  )
  const person = rows[0] as { id: number; disabled: boolean }
  if (person.disabled) {
    throw new Problem('person-disabled', 'Who is disabled gets no key', {
      status: 409,
      hint: 'Enable the person first.',
    })
  }
  await refuseConflict(client, person.id, [role])
  const { rows: made } = await client.query<{ id: number }>(
    `INSERT INTO api_key (person_id, role, hash, hplmns, silent_after_s, label, expires_at, scopes)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
    [
      person.id,
      role,
      hashOf(key),
      hplmns === undefined ? null : [...new Set(hplmns)],
      silentAfterMs === undefined ? null : Math.round(silentAfterMs / 1000),
      label ?? null,
      expiresAt?.toISOString() ?? null,
      scopes === undefined ? null : [...new Set(scopes)],
    ],
  )
  const detail = {
    role,
    ...(hplmns === undefined ? {} : { hplmns }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(scopes === undefined ? {} : { scopes }),
  }
  await appendAudit(client, { actor, act: 'key.add', subject: `person:${name}`, detail })
  return (made[0] as { id: number }).id
}

const holds = 'k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now()) AND p.disabled_at IS NULL'

/** What may have changed of a key that was found before; undefined: it holds no longer. */
export async function stillHolds(db: Database, keyId: number): Promise<Pick<Holder, 'missions'> | undefined> {
  const { rows } = await db.pool.query<Pick<Holder, 'missions'>>(
    `SELECT p.missions FROM api_key k JOIN person p ON p.id = k.person_id WHERE k.id = $1 AND ${holds}`,
    [keyId],
  )
  return rows[0]
}

/** The holder of a key; undefined where there is none, it was revoked or has expired, or the person is disabled. */
export async function findKey(db: Client, key: string): Promise<KeyHolder | undefined> {
  const { rows } = await db.query<KeyHolder>(
    `UPDATE api_key k SET last_used_at = now() FROM person p
      WHERE k.hash = $1 AND p.id = k.person_id AND ${holds}
     RETURNING k.id "keyId", p.name person, ARRAY[k.role]::text[] roles, k.hplmns, p.missions, k.scopes`,
    [hashOf(key)],
  )
  return rows[0]
}

/** Makes a key void. @throws Problem `key-unknown` (404) where there is none that holds. */
export async function revokeKey(db: Database, id: number, actor: string): Promise<void> {
  await transaction(db.pool, async (client) => {
    const { rowCount } = await client.query(
      'UPDATE api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL',
      [id],
    )
    if (rowCount === 0) throw new Problem('key-unknown', 'There is no such key that holds', { status: 404 })
    await appendAudit(client, { actor, act: 'key.revoke', subject: `key:${id}` })
  })
}
