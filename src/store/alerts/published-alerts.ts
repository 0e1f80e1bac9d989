import type { PublishedAlert } from '../../alerts/cap-feed.ts'
import type { Client } from '../database.ts'
import { isAlertId } from './alert-row.ts'

/** What the public may know of: launched, meant for everybody, and not turned back by selection for reaching too many. */
const isPublic = `a.launched_at IS NOT NULL AND a.document->>'scope' = 'Public'
  AND NOT EXISTS (SELECT FROM broadcast b WHERE b.alert_id = a.id AND b.refused IS NOT NULL)`

const columns = 'a.id, a.document, a.launched_at "launchedAt"'

/**
 * The alerts of a status that are in force, the newest first, and after them the Cancels and all-clears that have not expired:
 * whoever asks once an hour has to learn that an alert was taken back.
 */
export async function publishedAlerts(db: Client, status: string, limit: number): Promise<PublishedAlert[]> {
  const { rows } = await db.query<PublishedAlert>(
    `SELECT ${columns} FROM alert a
      WHERE a.phase = 'live' AND a.expires > now() AND a.status = $1 AND ${isPublic}
      ORDER BY a.msg_type = 'Cancel' OR a.all_clear, a.launched_at DESC, a.id LIMIT $2`,
    [status, limit],
  )
  return rows
}

/** When what `publishedAlerts` lists last changed; the epoch where nothing was ever published. */
export async function publishedChange(db: Client, status: string): Promise<Date> {
  const { rows } = await db.query<{ changed: Date | null }>(
    `SELECT max(greatest(a.launched_at, (a.lifecycle#>>'{ended,at}')::timestamptz, CASE WHEN a.expires <= now() THEN a.expires END)) changed
       FROM alert a WHERE a.status = $1 AND ${isPublic}`,
    [status],
  )
  return rows[0]?.changed ?? new Date(0)
}

/** One of them, however long ago it ended; undefined where it is not public, or no id at all. */
export async function publishedAlert(db: Client, id: string): Promise<PublishedAlert | undefined> {
  if (!isAlertId(id)) return undefined
  const { rows } = await db.query<PublishedAlert>(`SELECT ${columns} FROM alert a WHERE a.id = $1 AND ${isPublic}`, [
    id,
  ])
  return rows[0]
}

/** The same for the life of the database, and of no other one: the hash that its audit log begins with. */
export async function installationOf(db: Client): Promise<string> {
  const { rows } = await db.query<{ hash: Buffer }>('SELECT hash FROM audit ORDER BY id LIMIT 1')
  return rows[0]?.hash.toString('hex') ?? 'new'
}
