import type { Client } from '../database.ts'

export interface EntryTemplate {
  readonly country: string
  readonly language: string
  readonly body: string
}

export interface MissionRow {
  readonly id: string
  readonly country: string
  readonly nameKo: string
  readonly nameEn: string
  readonly phone: string
}

export interface EntrySources {
  readonly templates: readonly EntryTemplate[]
  /** Embassies first. */
  readonly missions: readonly MissionRow[]
}

/** All templates and the missions that they name: small tables, read once a batch. */
export async function entryTemplates(db: Client): Promise<EntrySources> {
  const templates = await db.query<EntryTemplate>('SELECT country, language, body FROM entry_text')
  const missions = await db.query<MissionRow>(
    'SELECT id, country, name_ko "nameKo", name_en "nameEn", phone FROM mission ORDER BY is_embassy DESC, id',
  )
  return { templates: templates.rows, missions: missions.rows }
}

/**
 * The broadcast of one UTC day's entry texts, if it is open already; where it is not, the caller opens it, and everybody else
 * who asks waits for the end of his transaction.
 */
export async function lockEntryBroadcast(client: Client, day: string): Promise<number | undefined> {
  await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`entry-${day}`])
  const { rows } = await client.query<{ id: number }>('SELECT id FROM broadcast WHERE day = $1', [day])
  return rows[0]?.id
}

/** The number of a text within a broadcast, by its key; made if new. One caller at a time. */
export async function textVariant(
  db: Client,
  broadcastId: number,
  text: { key: string; language: string; text: string },
): Promise<number> {
  const { rows } = await db.query<{ variant: number }>(
    `WITH known AS (SELECT variant FROM broadcast_text WHERE broadcast_id = $1 AND text = $4),
     made AS (
       INSERT INTO broadcast_text (broadcast_id, variant, key, language, text)
       SELECT $1, coalesce(max(variant), 0) + 1, CASE WHEN count(*) FILTER (WHERE key = $2) = 0 THEN $2 ELSE $2 || '#' || coalesce(max(variant), 0) + 1 END, $3, $4
         FROM broadcast_text WHERE broadcast_id = $1 HAVING NOT EXISTS (SELECT FROM known)
       RETURNING variant)
     SELECT variant FROM known UNION ALL SELECT variant FROM made LIMIT 1`,
    [broadcastId, text.key, text.language, text.text],
  )
  return (rows[0] as { variant: number }).variant
}
