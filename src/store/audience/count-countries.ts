import type { Client } from '../database.ts'

/** How many different numbers are in these countries, certainly or as one of several. */
export async function countInCountries(db: Client, countries: readonly string[]): Promise<number> {
  const { rows } = await db.query<{ n: number }>({
    name: 'count-in-countries',
    text: `
      SELECT count(*)::int n FROM (
        SELECT msisdn FROM roamer WHERE country = ANY ($1::char(2)[])
        UNION SELECT msisdn FROM resident WHERE country = ANY ($1::char(2)[])
        UNION SELECT msisdn FROM roamer
               WHERE candidates <> '{}' AND candidates && $1::char(2)[] AND country IS NULL) p`,
    values: [countries],
  })
  return (rows[0] as { n: number }).n
}
