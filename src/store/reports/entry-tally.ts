import type { Client } from '../database.ts'

/** Days of the events' own time, UTC, both included; left out: from the first, until the last. */
export interface Days {
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** What the sums are made for; `carrier` is who was to carry the text. */
export const tallyKeys = ['day', 'month', 'country', 'carrier'] as const
export type TallyKey = (typeof tallyKeys)[number]

export interface TallyRow {
  readonly day?: string
  readonly month?: string
  /** Several candidates joined by `/`; null: none. */
  readonly country?: string | null
  /** null: nobody, as no text was due, or it had no route. */
  readonly carrier?: string | null
  readonly outcome: string
  readonly n: number
}

const columns: Readonly<Record<TallyKey, string>> = {
  day: 'e.day::text',
  month: `to_char(e.day, 'YYYY-MM')`,
  country: 'e.country',
  carrier: 'c.id',
}

/** What became of roaming notifications, one row for each of the keys and outcome, in the order of the keys. */
export async function entryTally(
  db: Client,
  { from, to }: Days,
  by: readonly TallyKey[] = [],
  limit?: number,
): Promise<TallyRow[]> {
  const keys = by.map((key) => `${columns[key]} AS ${key}, `).join('')
  const groups = [...by, 'outcome'].map((_, i) => i + 1).join()
  const { rows } = await db.query<TallyRow>(
    `SELECT ${keys}e.outcome, sum(e.n)::bigint AS n FROM event_tally e LEFT JOIN carrier c ON c.no = e.carrier_no
      WHERE ($1::date IS NULL OR e.day >= $1) AND ($2::date IS NULL OR e.day <= $2)
      GROUP BY ${groups} HAVING sum(e.n) <> 0 ORDER BY ${groups} LIMIT $3`,
    [from ?? null, to ?? null, limit ?? null],
  )
  return rows
}
