import { int8Column, textColumn, timeColumn } from '../columns.ts'
import type { Client } from '../database.ts'

/** The newest journey of each number into each country (several candidates joined by `/`) since a time. */
export async function recentJourneys(
  db: Client,
  msisdns: readonly string[],
  since: Date,
): Promise<{ msisdn: string; country: string; enteredAt: Date }[]> {
  if (msisdns.length === 0) return []
  const { rows } = await db.query<{ msisdn: string; country: string; enteredAt: Date }>({
    name: 'recent-journeys',
    // A look-up each: with = ANY and a GROUP BY the planner may read the whole table.
    text: `
      SELECT n.msisdn::text, j.country, j.entered_at "enteredAt" FROM unnest($1::bigint[]) AS n (msisdn)
       CROSS JOIN LATERAL (
         SELECT country, max(entered_at) entered_at FROM journey
          WHERE msisdn = n.msisdn AND entered_at > $2 GROUP BY country) AS j`,
    values: [int8Column(msisdns, Number), since.toISOString()],
  })
  return rows
}

/** The newest journey of each of these numbers into one country, or into several that it may have been, since a time: where it was entered, and the newest level that its texts knew. */
export async function newestJourneys(
  db: Client,
  country: string,
  msisdns: readonly string[],
  since: Date,
): Promise<{ msisdn: string; enteredAt: Date; levels: number }[]> {
  if (msisdns.length === 0) return []
  const { rows } = await db.query<{ msisdn: string; enteredAt: Date; levels: number }>({
    name: 'newest-journeys',
    text: `
      SELECT n.msisdn::text, j.entered_at "enteredAt", j.levels FROM unnest($1::bigint[]) AS n (msisdn)
       CROSS JOIN LATERAL (
         SELECT entered_at, levels FROM journey
          WHERE msisdn = n.msisdn AND $2 = ANY (string_to_array(country, '/')) AND entered_at > $3
          ORDER BY entered_at DESC, id DESC LIMIT 1) AS j`,
    values: [int8Column(msisdns, Number), country, since.toISOString()],
  })
  return rows
}

/** Makes journeys; their ids come back in the order given. @param levels the newest row of travel_level that their texts know; 0: none */
export async function insertJourneys(
  db: Client,
  journeys: readonly { msisdn: string; country: string; enteredAt: Date }[],
  levels = 0,
): Promise<number[]> {
  if (journeys.length === 0) return []
  const { rows } = await db.query<{ ids: number[] }>({
    name: 'insert-journeys',
    text: `
      WITH n AS (SELECT nextval(pg_get_serial_sequence('journey', 'id')) id, n.* FROM
                   unnest($1::bigint[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS n (msisdn, country, entered_at, i)),
      made AS (INSERT INTO journey (id, msisdn, country, entered_at, levels) OVERRIDING SYSTEM VALUE
               SELECT id, msisdn, country, entered_at, $4 FROM n)
      SELECT array_agg(id ORDER BY i) ids FROM n`,
    values: [
      int8Column(journeys, (j) => Number(j.msisdn)),
      textColumn(journeys, (j) => j.country),
      timeColumn(journeys, (j) => j.enteredAt.getTime()),
      levels,
    ],
  })
  return (rows[0] as { ids: number[] }).ids
}
