import type { Resident } from '../../subscribers/resident.ts'
import type { Client } from '../database.ts'

export async function findResident(db: Client, msisdn: string): Promise<(Resident & { updatedAt: Date }) | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(
    `SELECT msisdn::text, mission, country, lon, lat, cell, address, language, name_ref "nameRef", registered_at "registeredAt",
            updated_at "updatedAt" FROM resident WHERE msisdn = $1`,
    [msisdn],
  )
  const row = rows[0]
  if (row === undefined) return undefined
  const present = Object.entries(row).filter(([, value]) => value !== null)
  return Object.fromEntries(present) as unknown as Resident & { updatedAt: Date }
}

/** Returns whether the number was registered. */
export async function deleteResident(db: Client, msisdn: string): Promise<boolean> {
  const { rowCount } = await db.query('DELETE FROM resident WHERE msisdn = $1', [msisdn])
  return rowCount === 1
}
