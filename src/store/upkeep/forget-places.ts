import type { Database } from '../database.ts'

const atOnce = 10_000

/** Whose places are kept whatever their age, because an alert in force may ask for them. */
export interface PlacesNeeded {
  /** By the countries where people are, or may be (ISO 3166-1 alpha-2). */
  readonly countries: readonly string[]
  /** Of whom no country is known: of them the place alone decides. */
  readonly elsewhere: boolean
}

/**
 * Forgets where exactly roamers were who reported that longer ago than `keepMs`; their country stays. Rows that the stream is writing
 * just now are left for the next time. @returns how many
 */
export async function forgetPlaces(
  db: Database,
  keepMs: number,
  { countries, elsewhere }: PlacesNeeded,
  now = new Date(),
): Promise<number> {
  for (let forgotten = 0; ; ) {
    const { rowCount } = await db.pool.query(
      `UPDATE roamer SET lon = NULL, lat = NULL, cell = NULL, radius_m = NULL, placed_at = NULL
        WHERE msisdn = ANY (ARRAY (
          SELECT msisdn FROM roamer
           WHERE cell IS NOT NULL AND placed_at < $1 AND coalesce(country <> ALL ($2::char(2)[]), true) AND NOT candidates && $2::char(2)[]
             AND NOT ($3 AND country IS NULL AND candidates = '{}')
           LIMIT ${atOnce} FOR UPDATE SKIP LOCKED))`,
      [new Date(now.getTime() - keepMs).toISOString(), countries, elsewhere],
    )
    forgotten += rowCount ?? 0
    if ((rowCount ?? 0) < atOnce) return forgotten
  }
}
