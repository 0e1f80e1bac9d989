import { float8Column, int8Column, textColumn, timeColumn } from '../columns.ts'
import type { Client } from '../database.ts'

export interface RoamerRow {
  readonly msisdn: string
  readonly hplmn: string | null
  readonly vplmn: string | null
  /** BCP 47; null: not known. */
  readonly language: string | null
  readonly countries: readonly string[]
  readonly enteredAt: Date | null
  readonly seenAt: Date
  readonly lon: number | null
  readonly lat: number | null
  readonly radiusM: number | null
  readonly cell: number | null
  readonly placedAt: Date | null
  /** Where he was before; several candidates joined by `/`. */
  readonly leftCountry: string | null
  readonly leftAt: Date | null
}

/** What is kept of a roamer, without what follows from it. */
export type KnownRoamer = Omit<RoamerRow, 'cell'>

/**
 * What is known of these numbers, under their row locks. Numbers that are new get an empty row first, or two batches could both
 * find nothing and both see an entry. In the order of number, so that two batches never deadlock. No number may come twice.
 */
export async function lockRoamers(db: Client, msisdns: readonly string[]): Promise<KnownRoamer[]> {
  if (msisdns.length === 0) return []
  const numbers = int8Column(msisdns, Number)
  for (;;) {
    await db.query({
      name: 'new-roamers',
      // Who is there already is looked up, which costs a third of a speculative insertion.
      text: `
        INSERT INTO roamer (msisdn, seen_at) SELECT msisdn, '-infinity' FROM unnest($1::bigint[]) AS n (msisdn)
         WHERE NOT EXISTS (SELECT FROM roamer r WHERE r.msisdn = n.msisdn) ORDER BY msisdn
        ON CONFLICT DO NOTHING`,
      values: [numbers],
    })
    const { rows } = await db.query<Columns>({ name: 'lock-roamers', text: lockText, values: [numbers] })
    const columns = rows[0] as Columns
    // Fewer: the purge took one away in between.
    if (columns.n === msisdns.length) return rowsOf(columns)
  }
}

/** What is known of those of these numbers that were heard of, at this moment and without a lock. */
export async function readRoamers(db: Client, msisdns: readonly string[]): Promise<KnownRoamer[]> {
  if (msisdns.length === 0) return []
  const values = [int8Column(msisdns, Number)]
  const { rows } = await db.query<Columns>({ name: 'read-roamers', text: readText, values })
  const columns = rows[0] as Columns
  return columns.n === 0 ? [] : rowsOf(columns)
}

/** Those who are surely in a country, in the order of number. */
export async function roamersIn(db: Client, country: string, after: number, limit: number): Promise<KnownRoamer[]> {
  const { rows } = await db.query<Columns>({ name: 'roamers-in', text: inCountryText, values: [country, after, limit] })
  const columns = rows[0] as Columns
  return columns.n === 0 ? [] : rowsOf(columns)
}

interface Columns {
  /** How many were locked, the new ones too. */
  readonly n: number
  readonly msisdn: string
  readonly hplmn: string
  readonly vplmn: string
  readonly language: string
  readonly country: string
  readonly entered: string
  readonly seen: string
  readonly lon: string
  readonly lat: string
  readonly radius: string
  readonly placed: string
  readonly leftCountry: string
  readonly leftAt: string
}

/** A column is one text: a thousand rows of ten values to be made and read one by one took a fifth of the engine's time. */
const columnsOf = (roamers: string) => `
  SELECT count(*)::int n, array_agg(msisdn)::text msisdn, array_agg(hplmn)::text hplmn, array_agg(vplmn)::text vplmn,
         array_agg(language)::text AS language,
         array_agg(coalesce(country, nullif(array_to_string(candidates, '/'), '')))::text country,
         array_agg(date_part('epoch', entered_at))::text entered, array_agg(date_part('epoch', seen_at))::text seen,
         array_agg(lon)::text lon, array_agg(lat)::text lat, array_agg(radius_m)::text radius,
         array_agg(date_part('epoch', placed_at))::text placed,
         array_agg(left_country)::text "leftCountry", array_agg(date_part('epoch', left_at))::text "leftAt"
    FROM (${roamers}) AS r`

const readText = columnsOf('SELECT r.* FROM roamer r WHERE r.msisdn = ANY ($1::bigint[])')
const lockText = columnsOf('SELECT r.* FROM roamer r WHERE r.msisdn = ANY ($1::bigint[]) ORDER BY r.msisdn FOR UPDATE')
const inCountryText = columnsOf(
  'SELECT r.* FROM roamer r WHERE r.country = $1 AND r.msisdn > $2 ORDER BY r.msisdn LIMIT $3',
)

function rowsOf(columns: Columns): KnownRoamer[] {
  const of = (text: string) => text.slice(1, -1).split(',')
  const [hplmn, vplmn, country] = [of(columns.hplmn), of(columns.vplmn), of(columns.country)]
  const language = of(columns.language)
  const [entered, seen, placed] = [of(columns.entered), of(columns.seen), of(columns.placed)]
  const [lon, lat, radius] = [of(columns.lon), of(columns.lat), of(columns.radius)]
  const [leftCountry, leftAt] = [of(columns.leftCountry), of(columns.leftAt)]
  const rows: KnownRoamer[] = []
  for (const [i, msisdn] of of(columns.msisdn).entries()) {
    const seenAt = timeOf(seen[i])
    if (seenAt === null) continue
    const countries = textOf(country[i])
    rows.push({
      msisdn,
      hplmn: textOf(hplmn[i]),
      vplmn: textOf(vplmn[i]),
      language: textOf(language[i]),
      countries: countries === null ? [] : countries.split('/'),
      enteredAt: timeOf(entered[i]),
      seenAt,
      lon: numberOf(lon[i]),
      lat: numberOf(lat[i]),
      radiusM: numberOf(radius[i]),
      placedAt: timeOf(placed[i]),
      leftCountry: textOf(leftCountry[i]),
      leftAt: timeOf(leftAt[i]),
    })
  }
  return rows
}

/** Codes of networks, countries and languages need no quotes in an array. */
const textOf = (text: string | undefined) => (text === undefined || text === 'NULL' ? null : text)
const numberOf = (text: string | undefined) => (text === undefined || text === 'NULL' ? null : Number(text))
/** Null of a row that was made for its lock as well. */
function timeOf(seconds: string | undefined): Date | null {
  const value = numberOf(seconds)
  return value === null || !Number.isFinite(value) ? null : new Date(Math.round(value * 1000))
}

/** Writes what is known now of numbers that `lockRoamers` has locked. */
export async function saveRoamers(db: Client, roamers: readonly RoamerRow[]): Promise<void> {
  if (roamers.length === 0) return
  const ms = (date: Date | null) => date?.getTime() ?? null
  await db.query({
    name: 'save-roamers',
    text: `
      UPDATE roamer r
         SET hplmn = n.hplmn, vplmn = n.vplmn, country = n.country, candidates = n.candidates::char(2)[], entered_at = n.entered_at,
             seen_at = n.seen_at, lon = n.lon, lat = n.lat, radius_m = n.radius_m, cell = n.cell, placed_at = n.placed_at,
             left_country = n.left_country, left_at = n.left_at, language = n.language
        FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
                    $8::float8[], $9::float8[], $10::float8[], $11::bigint[], $12::timestamptz[],
                    $13::text[], $14::timestamptz[], $15::text[])
             AS n (msisdn, hplmn, vplmn, country, candidates, entered_at, seen_at, lon, lat, radius_m, cell, placed_at,
                     left_country, left_at, language)
       WHERE r.msisdn = n.msisdn`,
    values: [
      int8Column(roamers, (r) => Number(r.msisdn)),
      textColumn(roamers, (r) => r.hplmn),
      textColumn(roamers, (r) => r.vplmn),
      textColumn(roamers, (r) => (r.countries.length === 1 ? (r.countries[0] as string) : null)),
      textColumn(roamers, (r) => (r.countries.length > 1 ? `{${r.countries.join()}}` : '{}')),
      timeColumn(roamers, (r) => ms(r.enteredAt)),
      timeColumn(roamers, (r) => r.seenAt.getTime()),
      float8Column(roamers, (r) => r.lon),
      float8Column(roamers, (r) => r.lat),
      float8Column(roamers, (r) => r.radiusM),
      int8Column(roamers, (r) => r.cell),
      timeColumn(roamers, (r) => ms(r.placedAt)),
      textColumn(roamers, (r) => r.leftCountry),
      timeColumn(roamers, (r) => ms(r.leftAt)),
      textColumn(roamers, (r) => r.language),
    ],
  })
}
