import type { Client } from '../database.ts'

/** Every broadcast of a chain of alerts so far, the first one first. */
export async function broadcastsOfChain(db: Client, chainId: string): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    'SELECT b.id FROM broadcast b JOIN alert a ON a.id = b.alert_id WHERE a.chain_id = $1 ORDER BY b.id',
    [chainId],
  )
  return rows.map((row) => row.id)
}
