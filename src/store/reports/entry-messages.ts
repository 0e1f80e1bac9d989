import type { Client } from '../database.ts'
import type { MessageState } from '../states.ts'
import type { Days } from './entry-tally.ts'

export interface EntryMessageCount {
  /** Of the day on which the text was made: 2026-11. */
  readonly month: string
  /** Who carries it now. */
  readonly carrier: string | null
  readonly state: MessageState
  readonly n: number
}

/** The texts themselves, of which one entry makes one to four, where they stand now. */
export async function entryMessages(db: Client, { from, to }: Days): Promise<EntryMessageCount[]> {
  const { rows } = await db.query<EntryMessageCount>(
    `SELECT to_char(b.day, 'YYYY-MM') AS month, c.id AS carrier, s.state, sum(s.n)::bigint AS n
       FROM broadcast b JOIN tally t ON t.broadcast_id = b.id
            CROSS JOIN LATERAL (VALUES (t.state, t.n), (t.was, -t.n)) AS s (state, n)
            LEFT JOIN carrier c ON c.no = t.carrier_no
      WHERE b.day IS NOT NULL AND ($1::date IS NULL OR b.day >= $1) AND ($2::date IS NULL OR b.day <= $2) AND s.state IS NOT NULL
      GROUP BY 1, 2, 3 HAVING sum(s.n) <> 0 ORDER BY 1, 2, 3`,
    [from ?? null, to ?? null],
  )
  return rows
}
