import type { Client } from '../database.ts'

/** Statistics change with each ANALYZE: by the hour, by the day. */
const goodForMs = 10_000

interface Kept {
  readonly at: number
  readonly answer: Promise<unknown>
}

const keptOf = new WeakMap<Client, Map<string, Kept>>()

/** An answer of a moment ago is as good: a selection or a preview would ask half a dozen times. */
function lately<T>(db: Client, what: string, ask: () => Promise<T>): Promise<T> {
  const kept = keptOf.get(db) ?? new Map<string, Kept>()
  keptOf.set(db, kept)
  const known = kept.get(what)
  if (known && performance.now() - known.at < goodForMs) return known.answer as Promise<T>
  const answer = ask()
  kept.set(what, { at: performance.now(), answer })
  answer.catch(() => kept.delete(what))
  return answer
}

/**
 * Values of a column that cut its table into parts of about the same number of people, ascending: the planner's histogram. None while
 * the table has no statistics yet. An estimate: good for sharing work, not for counting.
 */
export function boundsOf(
  db: Client,
  table: 'resident' | 'roamer',
  column: 'cell' | 'msisdn',
): Promise<{ readonly bounds: readonly number[]; readonly rows: number }> {
  return lately(db, `${table} ${column}`, () => askBounds(db, table, column))
}

async function askBounds(db: Client, table: string, column: string): Promise<{ bounds: number[]; rows: number }> {
  const { rows } = await db.query<{ bounds: number[] | null; rows: number }>(
    `SELECT s.histogram_bounds::text::bigint[] AS bounds, greatest(c.reltuples, 0)::float8 AS rows
       FROM pg_class c LEFT JOIN pg_stats s ON s.tablename = c.relname AND s.schemaname = current_schema() AND s.attname = $2
      WHERE c.oid = $1::regclass`,
    [table, column],
  )
  return { bounds: rows[0]?.bounds ?? [], rows: rows[0]?.rows ?? 0 }
}

/** About which share of a table is in each of the countries where most are, by the planner's statistics; none while there are none. */
export function sharesOfCountries(db: Client, table: 'resident' | 'roamer'): Promise<ReadonlyMap<string, number>> {
  return lately(db, table, () => askShares(db, table))
}

async function askShares(db: Client, table: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ country: string; share: number }>(
    `SELECT v.country, v.share FROM pg_stats s
      CROSS JOIN LATERAL unnest(s.most_common_vals::text::text[], s.most_common_freqs) AS v (country, share)
      WHERE s.schemaname = current_schema() AND s.tablename = $1 AND s.attname = 'country'`,
    [table],
  )
  return new Map(rows.map(({ country, share }) => [country, share]))
}
