import type { Client } from '../database.ts'

const lockKey = 0x656e7472

/**
 * Call it in a transaction that writes where people are, before it asks which alerts are in force: until the transaction ends,
 * no selection that was not in that answer begins to look.
 */
export async function holdSelections(client: Client): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock_shared($1)', [lockKey])
}

/**
 * Waits for the transactions that asked before this broadcast was there: what they wrote is seen by the selection now, and
 * whoever writes later finds the alert in force. Without it, somebody who comes into the zone just then is told by neither.
 */
export async function awaitEntrants(db: Client): Promise<void> {
  await db.query('SELECT pg_advisory_xact_lock($1)', [lockKey])
}
