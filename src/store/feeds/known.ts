import type { Client } from '../database.ts'

/** What was heard of one feed so far. */
export interface KnownFeed {
  readonly source: string
  /** null: nothing of it was ever kept. */
  readonly lastAt: Date | null
  readonly newest: Date | null
  /** Kept since the hour before this one began. */
  readonly recent: number
  /** Kept since midnight, UTC. */
  readonly today: number
  /** Refused since midnight, UTC, by the codes of their Problems. */
  readonly rejectsToday: Readonly<Record<string, number>>
  /** The longest silence that ended on each of the last 14 whole days on which anything came, seconds. */
  readonly dailyGapsS: readonly number[]
}

/** All feeds of which anything was ever heard. */
export async function knownFeeds(db: Client, now: Date): Promise<KnownFeed[]> {
  const { rows } = await db.query<KnownFeed>({
    text: `
      WITH times AS (
        SELECT date_trunc('hour', $1::timestamptz, 'UTC') - interval '1 hour' AS recent, date_trunc('day', $1::timestamptz, 'UTC') AS today),
      hours AS (
        SELECT h.source,
               sum(h.accepted) FILTER (WHERE h.hour >= t.recent) AS recent,
               sum(h.accepted) FILTER (WHERE h.hour >= t.today) AS today
          FROM feed_hour h CROSS JOIN times t WHERE h.hour >= least(t.recent, t.today) GROUP BY 1),
      gaps AS (
        SELECT source, array_agg(gap) AS gaps FROM (
          SELECT h.source, max(h.longest_gap_s) AS gap FROM feed_hour h CROSS JOIN times t
           WHERE h.hour >= t.today - interval '14 days' AND h.hour < t.today
           GROUP BY h.source, date_trunc('day', h.hour, 'UTC')) AS days GROUP BY 1),
      rejects AS (
        SELECT source, json_object_agg(code, n) AS codes FROM (
          SELECT r.source, r.code, sum(r.n) AS n FROM feed_reject r CROSS JOIN times t WHERE r.hour >= t.today GROUP BY 1, 2) AS today
         GROUP BY 1)
      SELECT s.source, f.last_at "lastAt", f.newest, coalesce(h.recent, 0)::bigint recent, coalesce(h.today, 0)::bigint today,
             coalesce(r.codes, '{}') "rejectsToday", coalesce(g.gaps, '{}') "dailyGapsS"
        FROM (SELECT source FROM feed UNION SELECT source FROM rejects) AS s
        LEFT JOIN feed f USING (source) LEFT JOIN hours h USING (source) LEFT JOIN gaps g USING (source) LEFT JOIN rejects r USING (source)
       ORDER BY 1`,
    values: [now],
  })
  return rows
}
