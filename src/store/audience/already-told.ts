import { int8Column } from '../columns.ts'
import type { Client } from '../database.ts'

/** Which of these have a message of the broadcast already: their positions in the list. One statement for all broadcasts. */
export async function alreadyTold(
  db: Client,
  wanted: readonly { readonly broadcastId: number; readonly msisdn: string }[],
): Promise<Set<number>> {
  if (wanted.length === 0) return new Set()
  const { rows } = await db.query<{ i: number }>({
    name: 'already-told',
    text: `
      SELECT (n.i - 1)::int i FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS n (broadcast_id, key, i)
       WHERE EXISTS (SELECT FROM message m WHERE m.broadcast_id = n.broadcast_id AND m.recipient_key = n.key)`,
    values: [int8Column(wanted, (w) => w.broadcastId), int8Column(wanted, (w) => Number(w.msisdn))],
  })
  return new Set(rows.map(({ i }) => i))
}
