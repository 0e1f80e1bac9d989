import type { Client } from '../database.ts'

export interface PersonRow {
  readonly name: string
  readonly createdAt: Date
  readonly keys: readonly {
    readonly id: number
    readonly role: string
    /** Home networks of a carrier's key; null: all, or no carrier's. */
    readonly hplmns: readonly string[] | null
    readonly createdAt: string
    readonly lastUsedAt: string | null
    readonly revokedAt: string | null
  }[]
}

/** Everybody who has or had a key, and which; of the keys themselves nothing is known. */
export async function listPeople(db: Client): Promise<PersonRow[]> {
  const { rows } = await db.query<PersonRow>(
    `SELECT p.name, p.created_at "createdAt",
            coalesce(json_agg(json_build_object('id', k.id, 'role', k.role, 'hplmns', k.hplmns, 'createdAt', k.created_at, 'lastUsedAt', k.last_used_at,
                                                'revokedAt', k.revoked_at) ORDER BY k.id) FILTER (WHERE k.id IS NOT NULL), '[]') AS keys
       FROM person p LEFT JOIN api_key k ON k.person_id = p.id GROUP BY p.id ORDER BY p.name`,
  )
  return rows
}
