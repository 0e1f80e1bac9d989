import type { Client } from '../database.ts'

/** Carriers that have something due now. The reconciler rings for them what no bell rang for. */
export async function carriersWithWork(db: Client): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT id FROM carrier WHERE EXISTS
       (SELECT FROM chunk WHERE carrier_no = carrier.no AND state = 'ready' AND not_before <= now())`,
  )
  return rows.map((row) => row.id)
}
