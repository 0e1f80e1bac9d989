import type { Client } from '../database.ts'

/** Of table `p`: who may be in several countries, because his network serves them. */
export const isPerhaps = `p.country IS NULL AND p.candidates <> '{}'`

/**
 * A WITH clause whose `served` has each set of countries that some network serves and of which one is asked for. The index is entered once
 * a set, of which there are dozens: to compare everybody's countries with those asked for would take 2 us a person.
 *
 * @param countries place of a char(2)[]
 */
export const servedSets = (countries: string) => `
  WITH RECURSIVE sets AS (
    (SELECT p.candidates FROM roamer p WHERE ${isPerhaps} ORDER BY p.candidates LIMIT 1)
    UNION ALL
    SELECT (SELECT p.candidates FROM roamer p WHERE ${isPerhaps} AND p.candidates > s.candidates ORDER BY p.candidates LIMIT 1)
      FROM sets s WHERE s.candidates IS NOT NULL),
  served AS MATERIALIZED (SELECT candidates FROM sets WHERE candidates && ${countries})`

/** These countries, and those of which somebody may be as well whose network serves one of these: he is told as theirs too. */
export async function servedWith(db: Client, countries: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ country: string }>(
    `${servedSets('$1::char(2)[]')} SELECT unnest($1::text[]) country UNION SELECT unnest(candidates)::text FROM served`,
    [countries],
  )
  return rows.map(({ country }) => country)
}
