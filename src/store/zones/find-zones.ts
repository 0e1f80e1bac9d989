import type { Zone, ZoneSource } from '../../geo/zone.ts'
import type { Client } from '../database.ts'

export interface ZoneVersion extends Zone {
  readonly madeBy: string
  readonly madeAt: Date
}

export type ZoneVersionHead = Omit<ZoneVersion, 'shapes'>

const head = 'id, version, name, source, made_by "madeBy", made_at "madeAt"'

type Row<T> = Omit<T, 'source'> & { source: ZoneSource | null }

function withoutNull<T>({ source, ...rest }: Row<T>): T {
  return (source === null ? rest : { ...rest, source }) as T
}

/** The newest version of each of the ids that there are. */
export async function newestZones(db: Client, ids: readonly string[]): Promise<ZoneVersion[]> {
  const { rows } = await db.query<Row<ZoneVersion>>(
    `SELECT DISTINCT ON (id) ${head}, shapes FROM zone_version WHERE id = ANY($1::text[]) ORDER BY id, version DESC`,
    [ids],
  )
  return rows.map((row) => withoutNull<ZoneVersion>(row))
}

export async function zoneOfVersion(db: Client, id: string, version: number): Promise<ZoneVersion | undefined> {
  const { rows } = await db.query<Row<ZoneVersion>>(
    `SELECT ${head}, shapes FROM zone_version WHERE id = $1 AND version = $2`,
    [id, version],
  )
  return rows[0] && withoutNull<ZoneVersion>(rows[0])
}

/** Newest versions without outlines, by id, behind the id `after`; `search` in id or name. */
export async function zoneHeads(
  db: Client,
  { search, after, limit }: { search: string; after: string; limit: number },
): Promise<ZoneVersionHead[]> {
  const { rows } = await db.query<Row<ZoneVersionHead>>(
    `SELECT DISTINCT ON (id COLLATE "C") ${head} FROM zone_version
      WHERE id COLLATE "C" > $1 AND (strpos(lower(id), lower($2)) > 0 OR strpos(lower(name), lower($2)) > 0)
      ORDER BY id COLLATE "C", version DESC LIMIT $3`,
    [after, search, limit],
  )
  return rows.map((row) => withoutNull<ZoneVersionHead>(row))
}

/** All versions of a zone, the newest first. */
export async function versionsOf(db: Client, id: string): Promise<number[]> {
  const { rows } = await db.query<{ version: number }>(
    'SELECT version FROM zone_version WHERE id = $1 ORDER BY version DESC',
    [id],
  )
  return rows.map(({ version }) => version)
}
