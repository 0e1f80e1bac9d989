import { int4Column, int8Column } from '../columns.ts'
import type { Client } from '../database.ts'

/** Where a message is: what it is found by without looking through all of them. */
export interface MessagePlace {
  readonly broadcastId: number
  readonly seq: number
}

/** The messages to a number. Reads every message that is kept, for minutes perhaps, and locks none of them. */
export async function messagesTo(db: Client, msisdn: string): Promise<MessagePlace[]> {
  const { rows } = await db.query<MessagePlace>(
    'SELECT broadcast_id "broadcastId", seq FROM message WHERE msisdn = $1::bigint',
    [msisdn],
  )
  return rows
}

/**
 * Makes messages of a number nobody's; call it in a short transaction that looks through nothing after it. The ledger, which is the one writer
 * of all carriers' receipts, waits for these rows: an UPDATE that finds them by the number itself would hold the first of them while it
 * reads a hundred million others.
 * @returns how many it were
 */
export async function eraseMessages(client: Client, msisdn: string, places: readonly MessagePlace[]): Promise<number> {
  // Young partitions have no statistics: joined otherwise than place by place it would read them after all.
  await client.query(
    'SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off',
  )
  const { rowCount } = await client.query(
    `UPDATE message m SET msisdn = 0, recipient_key = CASE WHEN m.recipient_key = m.msisdn THEN -m.seq ELSE m.recipient_key END
       FROM unnest($2::bigint[], $3::int[]) AS n (broadcast_id, seq)
      WHERE m.broadcast_id = n.broadcast_id AND m.seq = n.seq AND m.msisdn = $1::bigint`,
    [msisdn, int8Column(places, (p) => p.broadcastId), int4Column(places, (p) => p.seq)],
  )
  return rowCount ?? 0
}
