import { type Database, transaction } from '../database.ts'

/** What was heard of one feed within some seconds. */
export interface Heard {
  readonly source: string
  /** When the first and the last of it were kept; null: all of it was refused. */
  readonly firstAt: Date | null
  readonly lastAt: Date | null
  /** The latest time that any notification told of itself. */
  readonly newest: Date | null
  readonly accepted: number
  /** By the codes of their Problems. */
  readonly rejects: ReadonlyMap<string, number>
}

/** Adds what was heard to what is known of the feeds. A gap is counted to the hour in which it ended. */
export async function addHeard(db: Database, heard: readonly Heard[]): Promise<void> {
  // In one order: two processes that hear the same feeds must not wait for each other.
  const inOrder = heard.toSorted((a, b) => (a.source < b.source ? -1 : 1))
  await transaction(db.pool, async (client) => {
    for (const { source, firstAt, lastAt, newest, accepted, rejects } of inOrder) {
      if (firstAt !== null && lastAt !== null) {
        const { rows } = await client.query<{ at: Date }>('SELECT last_at at FROM feed WHERE source = $1 FOR UPDATE', [
          source,
        ])
        const before = rows[0]?.at.getTime() ?? firstAt.getTime()
        const gapS = Math.max(0, Math.round((firstAt.getTime() - before) / 1000))
        await client.query(
          `INSERT INTO feed AS f (source, last_at, newest) VALUES ($1, $2, $3)
           ON CONFLICT (source) DO UPDATE SET last_at = greatest(f.last_at, excluded.last_at), newest = greatest(f.newest, excluded.newest)`,
          [source, lastAt, newest ?? lastAt],
        )
        await client.query(
          `INSERT INTO feed_hour AS h (source, hour, accepted, longest_gap_s) VALUES ($1, date_trunc('hour', $2::timestamptz, 'UTC'), $3, $4)
           ON CONFLICT (source, hour) DO UPDATE
             SET accepted = h.accepted + excluded.accepted, longest_gap_s = greatest(h.longest_gap_s, excluded.longest_gap_s)`,
          [source, firstAt, accepted, gapS],
        )
      }
      for (const [code, n] of [...rejects].sort(([a], [b]) => (a < b ? -1 : 1))) {
        await client.query(
          `INSERT INTO feed_reject AS r (source, hour, code, n) VALUES ($1, date_trunc('hour', now(), 'UTC'), $2, $3)
           ON CONFLICT (source, hour, code) DO UPDATE SET n = r.n + excluded.n`,
          [source, code, n],
        )
      }
    }
  })
}
