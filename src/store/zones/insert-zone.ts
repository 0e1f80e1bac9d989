import { createHash } from 'node:crypto'
import { canonicalJson } from '../../alerts/canonical-json.ts'
import type { Zone, ZoneSource } from '../../geo/zone.ts'
import { Problem } from '../../lib/problem.ts'
import type { Client } from '../database.ts'

/**
 * Keeps one version of a zone for good. Returns whether it is new; the same outline under the same version is no error, so that a
 * directory can be read at each start.
 * @throws Problem `zone-version-taken` (409) where that version is there with another name or outline: alerts may name it
 */
export async function insertZone(db: Client, zone: Zone, madeBy: string): Promise<boolean> {
  const digest = digestOf(zone)
  const { rowCount } = await db.query(
    `INSERT INTO zone_version (id, version, name, shapes, digest, source, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT DO NOTHING`,
    [
      zone.id,
      zone.version,
      zone.name,
      JSON.stringify(zone.shapes),
      digest,
      zone.source === undefined ? null : JSON.stringify(zone.source),
      madeBy,
    ],
  )
  if (rowCount === 1) return true
  const { rows } = await db.query<{ digest: Buffer }>(
    'SELECT digest FROM zone_version WHERE id = $1 AND version = $2',
    [zone.id, zone.version],
  )
  if (rows[0]?.digest.equals(digest)) return false
  throw new Problem(
    'zone-version-taken',
    `Version ${zone.version} of the zone ${zone.id} is there with another outline`,
    {
      status: 409,
      where: `${zone.id}@${zone.version}`,
      hint: 'Alerts name it, so it never changes. Raise the version.',
    },
  )
}

/** The newest version of the zone's id, if it has the same name, shapes and source. */
export async function sameAsNewest(db: Client, zone: Omit<Zone, 'version'>): Promise<number | undefined> {
  const { rows } = await db.query<{ version: number; digest: Buffer; source: ZoneSource | null }>(
    'SELECT version, digest, source FROM zone_version WHERE id = $1 ORDER BY version DESC LIMIT 1',
    [zone.id],
  )
  const [newest] = rows
  const same =
    newest?.digest.equals(digestOf(zone)) && canonicalJson(newest.source) === canonicalJson(zone.source ?? null)
  return same ? newest?.version : undefined
}

function digestOf({ name, shapes }: Pick<Zone, 'name' | 'shapes'>): Buffer {
  return createHash('sha256').update(canonicalJson({ name, shapes })).digest()
}
