import type { Client } from '../database.ts'
import { type Population, tableOf } from './choice.ts'
import { isPerhaps, servedSets } from './served-sets.ts'

/** All that is known of a number in one population, for a look at him alone. */
export interface PersonRow {
  readonly msisdn: number
  readonly population: Population
  /** ISO 3166-1 alpha-2; several where his network serves several, none at sea. */
  readonly countries: readonly string[]
  readonly language: string | null
  readonly hplmn: string | null
  readonly mission: string | null
  /** The mission's reference of the person. */
  readonly nameRef: string | null
  readonly lon: number | null
  readonly lat: number | null
  /** Uncertainty in metres. */
  readonly radiusM: number | null
  readonly placedAt: Date | null
  readonly seenAt: Date | null
  /** When the number was last seen, or last registered. */
  readonly lastAt: Date
}

/** Columns of table `p`. */
export const personColumns = {
  residents: `p.msisdn, 'residents' AS population, ARRAY[p.country]::text[] AS countries, p.language, NULL::text AS hplmn, p.mission,
    p.name_ref AS "nameRef", p.lon, p.lat, NULL::float8 AS "radiusM", NULL::timestamptz AS "placedAt", NULL::timestamptz AS "seenAt",
    p.updated_at AS "lastAt"`,
  roamers: `p.msisdn, 'roamers' AS population, CASE WHEN p.country IS NULL THEN p.candidates ELSE ARRAY[p.country] END::text[] AS countries,
    NULL::text AS language, p.hplmn, NULL::text AS mission, NULL::text AS "nameRef", p.lon, p.lat, p.radius_m AS "radiusM",
    p.placed_at AS "placedAt", p.seen_at AS "seenAt", p.seen_at AS "lastAt"`,
} as const

/** What is known of these numbers: none, one or two rows each; `linked`: they are looked at one by one. */
export async function personsOf(
  db: Client,
  msisdns: readonly number[],
): Promise<(PersonRow & { readonly linked: boolean })[]> {
  const { rows } = await db.query<PersonRow & { readonly linked: boolean }>(
    `SELECT n.*, EXISTS (SELECT FROM linked_number l WHERE l.msisdn = n.msisdn) AS linked FROM (
     SELECT ${personColumns.residents} FROM resident p WHERE p.msisdn = ANY ($1::bigint[])
     UNION ALL
     SELECT ${personColumns.roamers} FROM roamer p WHERE p.msisdn = ANY ($1::bigint[]) AND p.seen_at > '-infinity') n`,
    [msisdns],
  )
  return rows
}

/** The next of a country after an MSISDN, in the order of their numbers. `withoutLinked`: but those who are looked at one by one. */
export async function personsInCountry(
  db: Client,
  population: Population,
  country: string,
  withoutLinked: boolean,
  after: number,
  limit: number,
): Promise<PersonRow[]> {
  const table = tableOf[population]
  const { rows } = await db.query<PersonRow>(
    `SELECT ${personColumns[population]} FROM ${table} p
      WHERE p.country = $1 AND p.msisdn > $2 ${but(withoutLinked)} ORDER BY p.msisdn LIMIT $3`,
    [country, after, limit],
  )
  return rows
}

/** A run of numbers that was looked through. */
export interface PersonsPage {
  /** Those of the run who have a place, or are or may be in one of the countries. */
  readonly rows: readonly PersonRow[]
  /** The last number of the run; null: nobody comes after it. */
  readonly last: number | null
}

/**
 * The next of a population after an MSISDN, whoever they are, in the order of their numbers: of `limit` of them those whom a zone may
 * concern. It is the run that is limited, or one page of a small country would go through all the world.
 */
export async function personsAfter(
  db: Client,
  population: Population,
  countries: readonly string[],
  after: number,
  limit: number,
): Promise<PersonsPage> {
  const table = tableOf[population]
  const run = await db.query<{ last: number | null; n: number }>(
    `SELECT max(msisdn) AS last, count(*)::int AS n FROM (SELECT msisdn FROM ${table} WHERE msisdn > $1 ORDER BY msisdn LIMIT $2) p`,
    [after, limit],
  )
  const { last, n } = run.rows[0] as { last: number | null; n: number }
  if (last === null) return { rows: [], last }
  const { rows } = await db.query<PersonRow>(
    `SELECT ${personColumns[population]} FROM ${table} p WHERE p.msisdn > $1 AND p.msisdn <= $2
        AND (p.cell IS NOT NULL OR p.country = ANY ($3::char(2)[])${population === 'roamers' ? ' OR p.candidates && $3::char(2)[]' : ''})
      ORDER BY p.msisdn`,
    [after, last, countries],
  )
  return { rows, last: n < limit ? null : last }
}

/** Roamers whose network serves several countries, these among them: their MSISDNs, ascending. Read once a walk. */
export async function perhapsIn(db: Client, countries: readonly string[], withoutLinked: boolean): Promise<number[]> {
  const { rows } = await db.query<{ msisdns: number[] | null }>(
    `${servedSets('$1::char(2)[]')}
     SELECT array_agg(p.msisdn ORDER BY p.msisdn) AS msisdns FROM served s CROSS JOIN LATERAL (
       SELECT p.msisdn FROM roamer p WHERE ${isPerhaps} AND p.candidates = s.candidates ${but(withoutLinked)} OFFSET 0) p`,
    [countries],
  )
  return rows[0]?.msisdns ?? []
}

const but = (withoutLinked: boolean) =>
  withoutLinked ? 'AND NOT EXISTS (SELECT FROM linked_number l WHERE l.msisdn = p.msisdn)' : ''
