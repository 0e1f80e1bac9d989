import type { Client } from '../database.ts'
import { type Holder, holdersPage } from './holders.ts'
import { type PersonRow, personsOf } from './persons.ts'

/** Rows of a number and of all numbers that may be of the same person; `linked`: they are looked at one by one. */
export async function numbersBeside(db: Client, msisdn: string): Promise<(PersonRow & { readonly linked: boolean })[]> {
  const { rows } = await db.query<{ msisdn: number }>(
    `SELECT $1::bigint AS msisdn UNION
     SELECT o.msisdn FROM linked_number l JOIN linked_number o USING (person) WHERE l.msisdn = $1::bigint`,
    [msisdn],
  )
  return personsOf(
    db,
    rows.map((row) => row.msisdn),
  )
}

/** The first of these broadcasts whose text a number may have, and how. */
export async function heldText(
  db: Client,
  broadcastIds: readonly number[],
  msisdn: string,
): Promise<{ broadcastId: number; holder: Holder } | undefined> {
  const { rows } = await db.query<{ broadcastId: number; seq: number }>(
    `SELECT m.broadcast_id "broadcastId", m.seq FROM unnest($1::bigint[]) AS b (id)
       JOIN message m ON m.broadcast_id = b.id AND m.recipient_key = $2::bigint ORDER BY 1`,
    [broadcastIds, msisdn],
  )
  for (const { broadcastId, seq } of rows) {
    // Who may have a text is said in one place. Where it is not this one the next is given, or nobody.
    const [holder] = await holdersPage(db, broadcastId, seq - 1, 1)
    if (holder?.seq === seq) return { broadcastId, holder }
  }
  return undefined
}

/** Whether a number waits for its turn: it is told should the one before it not have the text in time. */
export async function waitsAfter(db: Client, broadcastId: number, msisdn: string): Promise<string | undefined> {
  const { rows } = await db.query<{ after: string }>(
    'SELECT after_msisdn::text AS after FROM next_number WHERE broadcast_id = $1 AND msisdn = $2::bigint',
    [broadcastId, msisdn],
  )
  return rows[0]?.after
}
