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

/** Makes journeys; their ids come back in the order given. */
export async function insertJourneys(
  db: Client,
  journeys: readonly { msisdn: string; country: string; enteredAt: Date }[],
): Promise<number[]> {
  if (journeys.length === 0) return []
  const { rows } = await db.query<{ ids: number[] }>({
    name: 'insert-journeys',
    text: `
      WITH n AS (SELECT nextval(pg_get_serial_sequence('journey', 'id')) id, n.* FROM
                   unnest($1::bigint[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS n (msisdn, country, entered_at, i)),
      made AS (INSERT INTO journey (id, msisdn, country, entered_at) OVERRIDING SYSTEM VALUE SELECT id, msisdn, country, entered_at FROM n)
      SELECT array_agg(id ORDER BY i) ids FROM n`,
    values: [
      int8Column(journeys, (j) => Number(j.msisdn)),
      textColumn(journeys, (j) => j.country),
      timeColumn(journeys, (j) => j.enteredAt.getTime()),
    ],
  })
  return (rows[0] as { ids: number[] }).ids
}
