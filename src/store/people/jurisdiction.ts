import type { Client } from '../database.ts'

/** What mission staff see: residents of their missions, and who travels in the countries of these. */
export interface Jurisdiction {
  readonly missions: readonly string[]
  /** ISO 3166-1 alpha-2; none of a mission that is in no list. */
  readonly countries: readonly string[]
}

/** null: everything. */
export async function jurisdictionOf(db: Client, missions: readonly string[] | null): Promise<Jurisdiction | null> {
  if (missions === null) return null
  const { rows } = await db.query<{ country: string }>(
    'SELECT DISTINCT country::text FROM mission WHERE id = ANY ($1::text[]) ORDER BY 1',
    [missions],
  )
  return { missions, countries: rows.map(({ country }) => country) }
}

/** SQL: whether a number is one that they see. Both parameters are null for who sees everything. */
export const seesNumber = (msisdn: string, missions: number, countries: number): string =>
  `($${missions}::text[] IS NULL
     OR EXISTS (SELECT FROM resident r WHERE r.msisdn = ${msisdn} AND r.mission = ANY ($${missions}::text[]))
     OR EXISTS (SELECT FROM roamer o WHERE o.msisdn = ${msisdn}
                   AND (o.country::text = ANY ($${countries}::text[]) OR o.candidates::text[] && $${countries}::text[])))`

export async function concernsNumber(
  db: Client,
  { missions, countries }: Jurisdiction,
  msisdn: string,
): Promise<boolean> {
  const { rowCount } = await db.query(`SELECT WHERE ${seesNumber('$1::bigint', 2, 3)}`, [msisdn, missions, countries])
  return rowCount === 1
}

/** The same of whom a message went to; false too where there is no such message. */
export async function concernsMessage(
  db: Client,
  { missions, countries }: Jurisdiction,
  broadcastId: number,
  seq: number,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `SELECT FROM message m WHERE m.broadcast_id = $1 AND m.seq = $2 AND ${seesNumber('m.msisdn', 3, 4)}`,
    [broadcastId, seq, missions, countries],
  )
  return rowCount === 1
}

/**
 * How an alert stands to them: it touches a country of theirs, or neither it nor what was launched of its chain touches any other (an act
 * on one of a chain reaches those who have the text of another).
 */
export async function concernsAlert(
  db: Client,
  { countries }: Jurisdiction,
  id: string,
): Promise<'no' | 'touches' | 'within'> {
  const { rows } = await db.query<{ touches: boolean; within: boolean }>(
    `SELECT a.countries && $2::text[] AS touches,
            (SELECT bool_and(coalesce(c.countries <@ $2::text[], false)) FROM alert c
              WHERE c.chain_id = a.chain_id AND (c.id = a.id OR c.launched_at IS NOT NULL)) AS within
       FROM alert a WHERE a.id = $1`,
    [id, countries],
  )
  const [row] = rows
  return row?.touches !== true ? 'no' : row.within ? 'within' : 'touches'
}
