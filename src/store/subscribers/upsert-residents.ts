import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import type { Resident } from '../../subscribers/resident.ts'
import { broadcastsInForce } from '../alerts/in-force.ts'
import { holdSelections } from '../audience/entrants-barrier.ts'
import type { Client } from '../database.ts'

export interface Upserted {
  /** Numbers that were not registered before. */
  readonly added: number
  /** An alert is in force: the arrivals are to be looked at. */
  readonly alerted: boolean
}

const importLock = 0x72657369

const columns = 'msisdn, mission, country, lon, lat, cell, address, language, name_ref, registered_at'

/**
 * Which of these numbers are registered at a mission that is none of these; call it in the transaction of `upsertResidents`, before it.
 * Other imports wait from here on, so it holds until then.
 */
export async function registeredElsewhere(
  client: Client,
  residents: readonly Resident[],
  missions: readonly string[],
): Promise<Set<string>> {
  await holdSelections(client)
  await client.query('SELECT pg_advisory_xact_lock($1)', [importLock])
  const { rows } = await client.query<{ msisdn: string }>(
    'SELECT msisdn::text FROM resident WHERE msisdn = ANY ($1::bigint[]) AND mission <> ALL ($2::text[])',
    [residents.map(({ msisdn }) => msisdn), missions],
  )
  return new Set(rows.map(({ msisdn }) => msisdn))
}

/**
 * Registers residents, or replaces what is known of their numbers; call it once in a transaction. COPY into a table of the
 * transaction's own, then one upsert. No number may come twice.
 *
 * Rows are written in the order of their places, so that neighbours share pages: selecting a zone whose rows were changed lately
 * then looks at few pages, not at one a person. One import after the other, because in that order two would deadlock.
 *
 * Where an alert is in force, they are noted as arrivals: whoever is in its zone is a late entrant.
 */
export async function upsertResidents(client: Client, residents: readonly Resident[]): Promise<Upserted> {
  if (residents.length === 0) return { added: 0, alerted: false }
  await holdSelections(client)
  await client.query('SELECT pg_advisory_xact_lock($1)', [importLock])
  await client.query(`CREATE TEMP TABLE resident_in ON COMMIT DROP AS SELECT ${columns} FROM resident WITH NO DATA`)
  const copy = client.query(copyFrom(`COPY resident_in (${columns}) FROM STDIN`))
  await pipeline(Readable.from(lines(residents)), copy)
  const { rows } = await client.query<{ added: number }>(
    `WITH put AS (
       INSERT INTO resident AS r (${columns}) SELECT ${columns} FROM resident_in ORDER BY cell, msisdn
       ON CONFLICT (msisdn) DO UPDATE SET mission = excluded.mission, country = excluded.country, lon = excluded.lon, lat = excluded.lat,
              cell = excluded.cell, address = excluded.address, language = excluded.language, name_ref = excluded.name_ref,
              registered_at = coalesce(excluded.registered_at, r.registered_at), updated_at = now()
       RETURNING xmax = 0 AS added)
     SELECT count(*) FILTER (WHERE added) AS added FROM put`,
  )
  const alerted = (await broadcastsInForce(client)).length > 0
  if (alerted) await client.query('INSERT INTO resident_arrival SELECT msisdn FROM resident_in ON CONFLICT DO NOTHING')
  return { added: rows[0]?.added ?? 0, alerted }
}

/** COPY's text format (PostgreSQL, COPY, File Formats): tabs between, `\N` for null, backslash escapes. */
function* lines(residents: readonly Resident[]): Generator<string> {
  for (const r of residents) {
    const fields = [
      r.msisdn,
      r.mission,
      r.country,
      r.lon,
      r.lat,
      r.cell,
      r.address,
      r.language,
      r.nameRef,
      r.registeredAt?.toISOString(),
    ]
    yield `${fields.map(escaped).join('\t')}\n`
  }
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function escaped(value: string | number | undefined): string {
  if (value === undefined) return '\\N'
  return String(value).replace(/[\\\t\n\r]/g, (character) => escapes[character] as string)
}
