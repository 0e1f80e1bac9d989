import type { Client } from '../database.ts'

/** What became of roaming notifications, over all days or of one (`2026-11-21`, UTC, of the events' own time). */
export async function entryTally(db: Client, day?: string): Promise<{ outcome: string; n: number }[]> {
  const { rows } = await db.query<{ outcome: string; n: number }>(
    'SELECT outcome, sum(n)::bigint AS n FROM event_tally WHERE $1::date IS NULL OR day = $1::date GROUP BY 1 ORDER BY 1',
    [day ?? null],
  )
  return rows
}
