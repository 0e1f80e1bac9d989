import type { Client } from '../database.ts'

/** Which of these missions nobody knows: they are in no list, and nobody is registered there. */
export async function unknownMissions(
  db: Client,
  ids: readonly string[],
): Promise<{ unknown: string[]; known: string[] }> {
  const listed = (await db.query<{ id: string }>('SELECT id FROM mission ORDER BY id')).rows.map(({ id }) => id)
  const others = ids.filter((id) => !listed.includes(id))
  if (others.length === 0) return { unknown: [], known: listed }
  // Reads all residents, but only for a mission that is in no list: a second at ten million.
  const { rows } = await db.query<{ id: string }>(
    'SELECT id FROM unnest($1::text[]) AS m (id) WHERE NOT EXISTS (SELECT FROM resident r WHERE r.mission = m.id)',
    [others],
  )
  return { unknown: rows.map(({ id }) => id), known: listed }
}
