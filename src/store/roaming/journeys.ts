import type { Client } from '../database.ts'

/** The newest journey of each number into each country (several candidates joined by `/`) since a time. */
export async function recentJourneys(
  db: Client,
  msisdns: readonly string[],
  since: Date,
): Promise<{ msisdn: string; country: string; enteredAt: Date }[]> {
  const { rows } = await db.query<{ msisdn: string; country: string; enteredAt: Date }>({
    name: 'recent-journeys',
    text: `SELECT msisdn::text, country, max(entered_at) "enteredAt" FROM journey
            WHERE msisdn = ANY ($1::bigint[]) AND entered_at > $2 GROUP BY journey.msisdn, country`,
    values: [msisdns, since.toISOString()],
  })
  return rows
}

/** Makes journeys; their ids come back in the order given. */
export async function insertJourneys(
  db: Client,
  journeys: readonly { msisdn: string; country: string; enteredAt: Date }[],
): Promise<number[]> {
  if (journeys.length === 0) return []
  const { rows } = await db.query<{ id: number }>({
    name: 'insert-journeys',
    text: `
      WITH n AS (SELECT nextval(pg_get_serial_sequence('journey', 'id')) id, n.* FROM
                   unnest($1::bigint[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS n (msisdn, country, entered_at, i)),
      made AS (INSERT INTO journey (id, msisdn, country, entered_at) OVERRIDING SYSTEM VALUE SELECT id, msisdn, country, entered_at FROM n)
      SELECT id FROM n ORDER BY i`,
    values: [
      journeys.map((j) => j.msisdn),
      journeys.map((j) => j.country),
      journeys.map((j) => j.enteredAt.toISOString()),
    ],
  })
  return rows.map((row) => row.id)
}
