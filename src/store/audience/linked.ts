import type { Client } from '../database.ts'
import { type PersonRow, personColumns } from './persons.ts'

/** Where somebody has to be, by what is indexed, for an alert to concern him at all. */
export interface Reach {
  readonly countries: readonly string[]
  /** First and last cell; from above to where there are none. */
  readonly cells: { readonly from: number; readonly to: number }
}

export interface LinkedRow extends PersonRow {
  /** The same for the numbers of one person, and perhaps for one who was the same: mission and reference decide. */
  readonly person: string
}

const beforeAll = '00000000-0000-0000-0000-000000000000'

/**
 * The next of the numbers that are looked at one by one and may be concerned: of about `limit` numbers, whole persons, in their order.
 * `last`: where to go on; undefined after the last.
 */
export async function linkedPage(
  db: Client,
  reach: Reach,
  after: string | undefined,
  limit: number,
): Promise<{ rows: LinkedRow[]; last: string | undefined }> {
  const ends = await db.query<{ person: string }>(
    'SELECT person FROM linked_number WHERE person > $1::uuid ORDER BY person, msisdn OFFSET $2 LIMIT 1',
    [after ?? beforeAll, limit - 1],
  )
  const last = ends.rows[0]?.person
  const { rows } = await db.query<LinkedRow>(
    linkedRows(`person > $4::uuid AND ($5::uuid IS NULL OR person <= $5::uuid)`),
    [reach.countries, reach.cells.from, reach.cells.to, after ?? beforeAll, last ?? null],
  )
  return { rows, last }
}

/** The next of the numbers that are in both populations and may be concerned: after an MSISDN, of about `limit`. */
export async function twicePage(
  db: Client,
  reach: Reach,
  after: number,
  limit: number,
): Promise<{ rows: LinkedRow[]; last: number | undefined }> {
  const ends = await db.query<{ msisdn: number }>(
    'SELECT msisdn FROM linked_number WHERE twice AND msisdn > $1 ORDER BY msisdn OFFSET $2 LIMIT 1',
    [after, limit - 1],
  )
  const last = ends.rows[0]?.msisdn
  const { rows } = await db.query<LinkedRow>(
    linkedRows('twice AND msisdn > $4 AND ($5::bigint IS NULL OR msisdn <= $5::bigint)'),
    [reach.countries, reach.cells.from, reach.cells.to, after, last ?? null],
  )
  return { rows, last }
}

/**
 * All that is known of the numbers of persons of whom one may be concerned: where another number was seen decides which is told first.
 * $1 countries, $2 and $3 first and last cell.
 */
const linkedRows = (which: string) => `
  WITH linked AS MATERIALIZED (SELECT msisdn, person FROM linked_number WHERE ${which}),
  near AS MATERIALIZED (
    SELECT l.person FROM linked l JOIN resident p ON p.msisdn = l.msisdn
     WHERE p.country = ANY ($1::char(2)[]) OR p.cell BETWEEN $2 AND $3
    UNION
    SELECT l.person FROM linked l JOIN roamer p ON p.msisdn = l.msisdn
     WHERE p.country = ANY ($1::char(2)[]) OR p.candidates && $1::char(2)[] OR p.cell BETWEEN $2 AND $3)
  SELECT * FROM (
    SELECT l.person, ${personColumns.residents} FROM near JOIN linked l USING (person) JOIN resident p ON p.msisdn = l.msisdn
    UNION ALL
    SELECT l.person, ${personColumns.roamers} FROM near JOIN linked l USING (person) JOIN roamer p ON p.msisdn = l.msisdn
     WHERE p.seen_at > '-infinity') n
   ORDER BY person, msisdn, population`

/** Whether any number is in both populations. */
export async function someTwice(db: Client): Promise<boolean> {
  const { rows } = await db.query('SELECT FROM linked_number WHERE twice LIMIT 1')
  return rows.length > 0
}
