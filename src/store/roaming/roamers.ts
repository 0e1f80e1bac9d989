import type { Client } from '../database.ts'

export interface RoamerRow {
  readonly msisdn: string
  readonly hplmn: string | null
  readonly vplmn: string | null
  readonly countries: readonly string[]
  readonly enteredAt: Date | null
  readonly seenAt: Date
  readonly lon: number | null
  readonly lat: number | null
  readonly radiusM: number | null
  readonly cell: number | null
  readonly placedAt: Date | null
}

/**
 * What is known of these numbers, under their row locks. Numbers that are new get an empty row first, or two batches could both
 * find nothing and both see an entry. In the order of number, so that two batches never deadlock. No number may come twice.
 */
export async function lockRoamers(db: Client, msisdns: readonly string[]): Promise<RoamerRow[]> {
  for (;;) {
    const rows = await insertAndLock(db, msisdns)
    // Fewer: the purge took one away in between.
    if (rows.length === msisdns.length) return rows.filter(({ seen }) => seen)
  }
}

async function insertAndLock(db: Client, msisdns: readonly string[]): Promise<(RoamerRow & { seen: boolean })[]> {
  await db.query({
    name: 'new-roamers',
    text: `
      INSERT INTO roamer (msisdn, seen_at) SELECT msisdn, '-infinity' FROM unnest($1::bigint[]) AS n (msisdn) ORDER BY msisdn
      ON CONFLICT DO NOTHING`,
    values: [msisdns],
  })
  const { rows } = await db.query<RoamerRow & { seen: boolean }>({
    name: 'lock-roamers',
    text: `
      SELECT msisdn::text, hplmn, vplmn, CASE WHEN country IS NULL THEN candidates::text[] ELSE ARRAY[country]::text[] END AS countries,
             entered_at "enteredAt", seen_at "seenAt", lon, lat, radius_m "radiusM", cell, placed_at "placedAt",
             seen_at > '-infinity' AS seen
        FROM roamer WHERE msisdn = ANY ($1::bigint[]) ORDER BY roamer.msisdn FOR UPDATE`,
    values: [msisdns],
  })
  return rows
}

/** Writes what is known now of numbers that `lockRoamers` has locked. */
export async function saveRoamers(db: Client, roamers: readonly RoamerRow[]): Promise<void> {
  if (roamers.length === 0) return
  const iso = (date: Date | null) => date?.toISOString() ?? null
  await db.query({
    name: 'save-roamers',
    text: `
      UPDATE roamer r
         SET hplmn = n.hplmn, vplmn = n.vplmn, country = n.country, candidates = n.candidates::char(2)[], entered_at = n.entered_at,
             seen_at = n.seen_at, lon = n.lon, lat = n.lat, radius_m = n.radius_m, cell = n.cell, placed_at = n.placed_at
        FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
                    $8::float8[], $9::float8[], $10::float8[], $11::bigint[], $12::timestamptz[])
             AS n (msisdn, hplmn, vplmn, country, candidates, entered_at, seen_at, lon, lat, radius_m, cell, placed_at)
       WHERE r.msisdn = n.msisdn`,
    values: [
      roamers.map((r) => r.msisdn),
      roamers.map((r) => r.hplmn),
      roamers.map((r) => r.vplmn),
      roamers.map((r) => (r.countries.length === 1 ? r.countries[0] : null)),
      roamers.map((r) => (r.countries.length > 1 ? `{${r.countries.join()}}` : '{}')),
      roamers.map((r) => iso(r.enteredAt)),
      roamers.map((r) => r.seenAt.toISOString()),
      roamers.map((r) => r.lon),
      roamers.map((r) => r.lat),
      roamers.map((r) => r.radiusM),
      roamers.map((r) => r.cell),
      roamers.map((r) => iso(r.placedAt)),
    ],
  })
}
