import { createHash, randomBytes } from 'node:crypto'
import { ROLES, type Role } from '../../alerts/lifecycle.ts'
import { nearest } from '../../lib/nearest.ts'
import { Problem } from '../../lib/problem.ts'
import { checkFeedName, checkFeedRights, type FeedRights } from '../../subscribers/feed-rights.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { openFeeds } from '../feeds/rights.ts'

/** Who a key stands for. */
export interface KeyHolder {
  readonly keyId: number
  readonly person: string
  readonly role: Role
  /** Home networks, of a carrier's key: it writes of their subscribers only. null: of all. */
  readonly hplmns: readonly string[] | null
}

const hashOf = (key: string) => createHash('sha256').update(key).digest()

/** 256 random bits with a prefix that secret scanners can find. */
const newKey = () => `bongsu_${randomBytes(32).toString('base64url')}`

/** Makes a key of a person, who is made if new. The key is returned here and never again. */
export async function addKey(
  db: Database,
  name: string,
  role: string,
  actor: string,
  rights: FeedRights = {},
): Promise<string> {
  if (!(ROLES as readonly string[]).includes(role)) {
    const near = nearest(role, ROLES)
    throw new Problem('unknown-role', `"${role}" is not a role`, {
      hint: near ? `Did you mean "${near}"?` : `The roles are ${ROLES.join(', ')}.`,
    })
  }
  if (name.trim() === '') throw new Problem('missing-name', 'A key belongs to a person: name him')
  checkRights(role as Role, rights)
  const key = newKey()
  await transaction(db.pool, async (client) => {
    if (role === 'carrier') checkFeedName(name.trim(), (await openFeeds(client)).keys())
    await insertKey(client, name.trim(), role as Role, key, actor, rights)
  })
  return key
}

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
  { hplmns, silentAfterMs }: FeedRights = {},
): Promise<void> {
  const person = await client.query<{ id: number }>(
    'INSERT INTO person (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id',
    [name],
  )
  await client.query(
    'INSERT INTO api_key (person_id, role, hash, hplmns, silent_after_s) VALUES ($1, $2, $3, $4, $5)',
    [
      person.rows[0]?.id,
      role,
      hashOf(key),
      hplmns === undefined ? null : [...new Set(hplmns)],
      silentAfterMs === undefined ? null : Math.round(silentAfterMs / 1000),
    ],
  )
  const detail = { role, ...(hplmns === undefined ? {} : { hplmns }) }
  await appendAudit(client, { actor, act: 'key.add', subject: `person:${name}`, detail })
}

/** Whether a key that was found before still holds. */
export async function keyHolds(db: Database, keyId: number): Promise<boolean> {
  const row = await db.query.selectFrom('api_key').select('revoked_at').where('id', '=', keyId).executeTakeFirst()
  return row?.revoked_at === null
}

/** The holder of a key; undefined where there is none, or it was revoked. */
export async function findKey(db: Client, key: string): Promise<KeyHolder | undefined> {
  const { rows } = await db.query<KeyHolder>(
    `UPDATE api_key k SET last_used_at = now() FROM person p
      WHERE k.hash = $1 AND k.revoked_at IS NULL AND p.id = k.person_id
     RETURNING k.id "keyId", p.name person, k.role, k.hplmns`,
    [hashOf(key)],
  )
  return rows[0]
}
