import type { Client } from '../database.ts'

export interface PersonRow {
  readonly id: number
  readonly name: string
  readonly createdAt: Date
  /** Of his sessions; a key has a role of its own. */
  readonly roles: readonly string[]
  /** null: everything. */
  readonly missions: readonly string[] | null
  readonly disabledAt: Date | null
  readonly password: boolean
  readonly secondFactor: boolean
  readonly recoveryCodes: number
  readonly keys: readonly {
    readonly id: number
    readonly role: string
    readonly label: string | null
    /** Home networks of a carrier's key; null: all, or no carrier's. */
    readonly hplmns: readonly string[] | null
    readonly scopes: readonly string[] | null
    readonly createdAt: string
    readonly lastUsedAt: string | null
    readonly expiresAt: string | null
    readonly revokedAt: string | null
  }[]
}

/**
 * Who has or had a key, and which, by name; of the keys themselves nothing is known.
 * @param after the id of the last that is known; null: from the beginning @param limit null: all
 */
export async function listPeople(
  db: Client,
  after: number | null = null,
  limit: number | null = null,
): Promise<PersonRow[]> {
  const { rows } = await db.query<PersonRow>(
    `SELECT p.id, p.name, p.created_at "createdAt", p.roles::text[], p.missions, p.disabled_at "disabledAt",
            p.password_hash IS NOT NULL "password", p.totp_confirmed_at IS NOT NULL "secondFactor",
            cardinality(p.recovery_hashes) "recoveryCodes",
            coalesce(json_agg(json_build_object('id', k.id, 'role', k.role, 'label', k.label, 'hplmns', k.hplmns, 'scopes', k.scopes,
                                                'createdAt', k.created_at, 'lastUsedAt', k.last_used_at, 'expiresAt', k.expires_at,
                                                'revokedAt', k.revoked_at) ORDER BY k.id) FILTER (WHERE k.id IS NOT NULL), '[]') AS keys
       FROM person p LEFT JOIN api_key k ON k.person_id = p.id
      WHERE $1::integer IS NULL OR p.name > (SELECT name FROM person WHERE id = $1)
      GROUP BY p.id ORDER BY p.name LIMIT $2`,
    [after, limit],
  )
  return rows
}
