import type { Client } from '../database.ts'

/**
 * Values of a column that cut its table into parts of about the same number of people, ascending: the planner's histogram. None while
 * the table has no statistics yet. An estimate: good for sharing work, not for counting.
 */
export async function boundsOf(
  db: Client,
  table: 'resident' | 'roamer',
  column: 'cell' | 'msisdn',
): Promise<{ bounds: number[]; rows: number }> {
  const { rows } = await db.query<{ bounds: number[] | null; rows: number }>(
    `SELECT s.histogram_bounds::text::bigint[] AS bounds, greatest(c.reltuples, 0)::float8 AS rows
       FROM pg_class c LEFT JOIN pg_stats s ON s.tablename = c.relname AND s.schemaname = current_schema() AND s.attname = $2
      WHERE c.oid = $1::regclass`,
    [table, column],
  )
  return { bounds: rows[0]?.bounds ?? [], rows: rows[0]?.rows ?? 0 }
}

/** About which share of a table is in each of the countries where most are, by the planner's statistics; none while there are none. */
export async function sharesOfCountries(
  db: Client,
  table: 'resident' | 'roamer',
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ country: string; share: number }>(
    `SELECT v.country, v.share FROM pg_stats s
      CROSS JOIN LATERAL unnest(s.most_common_vals::text::text[], s.most_common_freqs) AS v (country, share)
      WHERE s.schemaname = current_schema() AND s.tablename = $1 AND s.attname = 'country'`,
    [table],
  )
  return new Map(rows.map(({ country, share }) => [country, share]))
}
