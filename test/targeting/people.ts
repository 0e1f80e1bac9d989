import { cellOf } from '../../src/geo/cells.ts'
import type { Database } from '../../src/store/database.ts'

export interface ResidentRow {
  readonly msisdn: string
  readonly country: string
  readonly place?: readonly [lon: number, lat: number]
  readonly language?: string
}

export interface RoamerRow {
  readonly msisdn: string
  /** Several: candidates; none: at sea. */
  readonly countries: readonly string[]
  readonly place?: readonly [lon: number, lat: number]
  readonly hplmn?: string
}

const cell = (place: readonly [number, number] | undefined) => (place ? cellOf(...place) : null)

export async function addResidents(db: Database, people: readonly ResidentRow[]): Promise<void> {
  await db.pool.query(
    `INSERT INTO resident (msisdn, mission, country, lon, lat, cell, language)
     SELECT msisdn, 'tokyo', country, lon, lat, cell, language
       FROM unnest($1::bigint[], $2::text[], $3::float8[], $4::float8[], $5::bigint[], $6::text[])
            AS n (msisdn, country, lon, lat, cell, language)`,
    [
      people.map((p) => p.msisdn),
      people.map((p) => p.country),
      people.map((p) => p.place?.[0] ?? null),
      people.map((p) => p.place?.[1] ?? null),
      people.map((p) => cell(p.place)),
      people.map((p) => p.language ?? null),
    ],
  )
}

export async function addRoamers(db: Database, people: readonly RoamerRow[]): Promise<void> {
  await db.pool.query(
    `INSERT INTO roamer (msisdn, hplmn, country, candidates, seen_at, lon, lat, cell)
     SELECT msisdn, hplmn, country, candidates::char(2)[], now() - interval '1 hour', lon, lat, cell
       FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::bigint[])
            AS n (msisdn, hplmn, country, candidates, lon, lat, cell)`,
    [
      people.map((p) => p.msisdn),
      people.map((p) => p.hplmn ?? '45008'),
      people.map((p) => (p.countries.length === 1 ? p.countries[0] : null)),
      people.map((p) => (p.countries.length > 1 ? `{${p.countries.join()}}` : '{}')),
      people.map((p) => p.place?.[0] ?? null),
      people.map((p) => p.place?.[1] ?? null),
      people.map((p) => cell(p.place)),
    ],
  )
}
