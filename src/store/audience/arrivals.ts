import type { Client } from '../database.ts'

export interface ArrivedResident {
  /** Digits. */
  readonly msisdn: string
  readonly country: string
  readonly mission: string
  readonly language: string | null
  readonly lon: number | null
  readonly lat: number | null
}

/**
 * Takes the next arrivals out, with what is registered of them; call it in the transaction that tells them. Nobody where there
 * are none, or others have them in hand.
 */
export async function takeArrivals(client: Client, limit: number): Promise<ArrivedResident[]> {
  const { rows } = await client.query<ArrivedResident>(
    `WITH taken AS (
       DELETE FROM resident_arrival WHERE msisdn IN
         (SELECT msisdn FROM resident_arrival ORDER BY msisdn LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING msisdn)
     SELECT msisdn::text, country, mission, language, lon, lat FROM taken JOIN resident USING (msisdn)`,
    [limit],
  )
  return rows
}

export async function hasArrivals(db: Client): Promise<boolean> {
  const { rows } = await db.query('SELECT FROM resident_arrival LIMIT 1')
  return rows.length > 0
}
