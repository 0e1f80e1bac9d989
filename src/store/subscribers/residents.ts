import type { Resident } from '../../subscribers/resident.ts'
import type { Client } from '../database.ts'

export type KeptResident = Resident & { readonly updatedAt: Date }

const columns = `msisdn::text, mission, country, lon, lat, cell, address, language, name_ref "nameRef", registered_at "registeredAt",
  updated_at "updatedAt"`

/** Without what is not known. */
const present = (row: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as KeptResident

export interface ResidentFilter {
  /** Of these missions; null: of all. */
  readonly seen: readonly string[] | null
  readonly mission?: string | undefined
  /** ISO 3166-1 alpha-2. */
  readonly country?: string | undefined
}

/** The next residents by number. @param after E.164 digits; 0: from the beginning */
export async function residentsPage(
  db: Client,
  { seen, mission, country }: ResidentFilter,
  after: string,
  limit: number,
): Promise<KeptResident[]> {
  const { rows } = await db.query<Record<string, unknown>>(
    `SELECT ${columns} FROM resident
      WHERE msisdn > $1::bigint AND ($2::text[] IS NULL OR mission = ANY ($2::text[])) AND ($3::text IS NULL OR mission = $3)
        AND ($4::text IS NULL OR country = $4) ORDER BY msisdn LIMIT $5`,
    [after, seen, mission, country, limit],
  )
  return rows.map(present)
}

/** @param seen missions whose residents are looked for; null: of all */
export async function findResident(
  db: Client,
  msisdn: string,
  seen: readonly string[] | null,
): Promise<KeptResident | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(
    `SELECT ${columns} FROM resident WHERE msisdn = $1 AND ($2::text[] IS NULL OR mission = ANY ($2::text[]))`,
    [msisdn, seen],
  )
  const row = rows[0]
  return row && present(row)
}

/** Returns whether the number was registered, at one of these missions where they are given. */
export async function deleteResident(db: Client, msisdn: string, seen: readonly string[] | null): Promise<boolean> {
  const { rowCount } = await db.query(
    'DELETE FROM resident WHERE msisdn = $1 AND ($2::text[] IS NULL OR mission = ANY ($2::text[]))',
    [msisdn, seen],
  )
  return rowCount === 1
}
