import type { PublishedAlert } from '../../alerts/cap-feed.ts'
import type { Client } from '../database.ts'
import { isAlertId } from './alert-row.ts'

const takesBack = (alert: string) => `(${alert}.msg_type = 'Cancel' OR ${alert}.all_clear)`

/**
 * What the public may know of: launched, and accepted by selection, which has counted whom it reaches (nobody is a count as well) and
 * found it to be what was approved. Until then, also where the engine dies between, it is in nobody's feed.
 *
 * A Cancel or an all-clear is accepted with its launch: no count can refuse it, the first of them is told before it is counted, and where it
 * expires or is superseded meanwhile it never will be.
 */
const accepted = (alert: string, broadcast: string) =>
  `(${broadcast}.expected IS NOT NULL OR ${takesBack(alert)}) AND ${broadcast}.refused IS NULL`

const isPublic = `a.document->>'scope' = 'Public'`

const columns = 'a.id, a.document, a.launched_at "launchedAt"'

/** A correction of a text stays for a day at the least, so that whoever asks now and then learns of it. */
const correctionStays = `${takesBack('a')} AND a.launched_at > now() - interval '24 hours'`

/**
 * The alerts of a status that are in force, with the Cancels and all-clears that have not expired or are not a day old; the newest
 * first. Each stays until the next of its chain was accepted, whatever its phase: were it to go when that is launched, nothing would
 * tell of the danger while selection counts, nor after selection has refused.
 *
 * Documents are read last, of what is listed alone: they may have megabytes.
 * @param after only those that were launched before this one; an id that no alert has leaves none
 */
export async function publishedAlerts(
  db: Client,
  status: string,
  limit: number,
  after?: string,
): Promise<PublishedAlert[]> {
  if (after !== undefined && !isAlertId(after)) return []
  const { rows } = await db.query<PublishedAlert>(
    `WITH listed AS MATERIALIZED (
       SELECT a.id, b.id broadcast_id FROM alert a JOIN broadcast b ON b.alert_id = a.id
        WHERE a.status = $1 AND ${accepted('a', 'b')} AND (a.expires > now() OR ${correctionStays})
          AND ($3::uuid IS NULL OR b.id < (SELECT id FROM broadcast WHERE alert_id = $3))
          AND NOT EXISTS (SELECT FROM alert later JOIN broadcast lb ON lb.alert_id = later.id
                           WHERE later.chain_id = a.chain_id AND lb.id > b.id AND ${accepted('later', 'lb')}))
     SELECT ${columns} FROM listed JOIN alert a USING (id)
      WHERE ${isPublic} ORDER BY listed.broadcast_id DESC LIMIT $2`,
    [status, limit, after ?? null],
  )
  return rows
}

/** When what `publishedAlerts` lists last changed; the epoch where nothing was ever published. */
export async function publishedChange(db: Client, status: string): Promise<Date> {
  const { rows } = await db.query<{ changed: Date | null }>(
    `SELECT max(greatest(a.launched_at, CASE WHEN a.expires <= now() AND NOT (${correctionStays})
                                             THEN greatest(a.expires, CASE WHEN ${takesBack('a')}
                                                                           THEN a.launched_at + interval '24 hours' END)
                                        END)) changed
       FROM alert a JOIN broadcast b ON b.alert_id = a.id WHERE a.status = $1 AND ${accepted('a', 'b')}`,
    [status],
  )
  return rows[0]?.changed ?? new Date(0)
}

/** One of them, however long ago it ended; undefined where it is not public, or no id at all. */
export async function publishedAlert(db: Client, id: string): Promise<PublishedAlert | undefined> {
  if (!isAlertId(id)) return undefined
  const { rows } = await db.query<PublishedAlert>(
    `SELECT ${columns} FROM alert a JOIN broadcast b ON b.alert_id = a.id WHERE a.id = $1 AND ${accepted('a', 'b')} AND ${isPublic}`,
    [id],
  )
  return rows[0]
}

/** The same for the life of the database, and of no other one: the hash that its audit log began with. */
export async function installationOf(db: Client): Promise<string> {
  const { rows } = await db.query<{ identity: string | null }>(
    `SELECT coalesce(identity, (SELECT encode(hash, 'hex') FROM audit ORDER BY id LIMIT 1)) AS identity FROM installation`,
  )
  return rows[0]?.identity ?? 'new'
}
