import type { Client } from '../database.ts'

/**
 * The broadcast of one UTC day's entry texts, if it is open already; where it is not, the caller opens it, and everybody else
 * who asks waits for the end of his transaction.
 */
export async function lockEntryBroadcast(client: Client, day: string): Promise<number | undefined> {
  await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`entry-${day}`])
  const { rows } = await client.query<{ id: number }>('SELECT id FROM broadcast WHERE day = $1', [day])
  return rows[0]?.id
}
