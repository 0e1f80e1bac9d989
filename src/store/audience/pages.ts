import type { Client } from '../database.ts'

/** A subscriber as selection sees him. */
export interface Candidate {
  /** Digits. */
  readonly msisdn: string
  readonly population: 'residents' | 'roamers'
  readonly country: string | null
  readonly language: string | null
  readonly hplmn: string | null
  /** Of the place where he was last seen; null of the unplaced. */
  readonly cell: number | null
}

export interface PlacedCandidate extends Candidate {
  readonly lon: number
  readonly lat: number
  readonly cell: number
}

const shape = {
  residents: `msisdn::text, 'residents' AS population, country, language, NULL AS hplmn`,
  roamers: `msisdn::text, 'roamers' AS population, country, NULL AS language, hplmn`,
} as const
const table = { residents: 'resident', roamers: 'roamer' } as const

/**
 * The next of the placed with a cell in one of the ranges (ascending, apart), after the given one, in the order of (cell,
 * MSISDN): index-only scans. Reads up to `limit` rows of each range, so pass few ranges where they are dense.
 */
export async function placedPage(
  db: Client,
  population: Candidate['population'],
  ranges: readonly { from: number; to: number }[],
  after: { cell: number; msisdn: string } | undefined,
  limit: number,
): Promise<PlacedCandidate[]> {
  const { rows } = await db.query<PlacedCandidate>({
    name: `placed-${population}`,
    text: `SELECT s.* FROM unnest($1::bigint[], $2::bigint[]) AS r (lo, hi)
            CROSS JOIN LATERAL (
              SELECT ${shape[population]}, lon, lat, cell FROM ${table[population]} p
               WHERE cell IS NOT NULL AND cell BETWEEN r.lo AND r.hi AND (cell, p.msisdn) > ($3, $4)
               ORDER BY cell, p.msisdn LIMIT $5) s
            ORDER BY s.cell, length(s.msisdn), s.msisdn LIMIT $5`,
    values: [ranges.map((r) => r.from), ranges.map((r) => r.to), after?.cell ?? -1, after?.msisdn ?? 0, limit],
  })
  return rows
}

/**
 * The next of those who are in this country, certainly or (roamers) as one of several, in the order of MSISDN: index-only scans
 * where the country is certain. `unplaced`: only those of whom nothing but the country is known.
 */
export async function countryPage(
  db: Client,
  population: Candidate['population'],
  country: string,
  unplaced: boolean,
  after: string | undefined,
  limit: number,
): Promise<Candidate[]> {
  const candidates =
    population === 'roamers'
      ? `UNION ALL (SELECT msisdn::text, 'roamers', $1::text, NULL, hplmn, cell FROM roamer p
                     WHERE candidates <> '{}' AND candidates @> ARRAY[$1]::char(2)[] AND country IS NULL
                       AND (cell IS NULL OR NOT $4) AND p.msisdn > $2 ORDER BY p.msisdn LIMIT $3)`
      : ''
  const { rows } = await db.query<Candidate>({
    name: `country-${population}`,
    text: `SELECT * FROM (
             (SELECT ${shape[population]}, cell FROM ${table[population]} p
               WHERE country = $1 AND (cell IS NULL OR NOT $4) AND p.msisdn > $2 ORDER BY p.msisdn LIMIT $3)
             ${candidates}) c ORDER BY length(msisdn), msisdn LIMIT $3`,
    values: [country, after ?? 0, limit, unplaced],
  })
  return rows
}
