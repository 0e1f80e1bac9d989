import type { Client } from '../database.ts'

/** Every broadcast of a chain of alerts before the given one, or so far; the first one first. */
export async function broadcastsOfChain(db: Client, chainId: string, before?: number): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `SELECT b.id FROM broadcast b JOIN alert a ON a.id = b.alert_id
      WHERE a.chain_id = $1 AND ($2::bigint IS NULL OR b.id < $2) ORDER BY b.id`,
    [chainId, before ?? null],
  )
  return rows.map((row) => row.id)
}
