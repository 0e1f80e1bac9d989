import { appendAudit, lockAudit } from '../audit.ts'
import { type AuditAnchor, cutAct } from '../audit-chain.ts'
import { type Database, transaction } from '../database.ts'

/** Rows a statement: each is looked at by a trigger. */
const rowsAtOnce = 1000

/**
 * Cuts off what of the audit log is older than it is kept, by whole months, so that the log holds one line a month about it. The chain
 * goes on from the anchor. At least the last entry stays.
 *
 * Whoever acts waits for the log's lock: under it the anchor is set and the cut noted, and no more. What lies before the anchor is deleted
 * after that; what a crash leaves of it, the next call deletes.
 *
 * @returns how many entries were cut off
 */
export async function cutAudit(db: Database, keepMs: number, now = new Date()): Promise<number> {
  const entries = await moveAnchor(db, keepMs, now)
  if ((await deleteCut(db)) > 0) await forgetUnnamed(db)
  return entries
}

async function moveAnchor(db: Database, keepMs: number, now: Date): Promise<number> {
  const oldest = new Date(now.getTime() - keepMs)
  const cutoff = new Date(Date.UTC(oldest.getUTCFullYear(), oldest.getUTCMonth()))
  // A clock that was set back must not take entries with it that are younger: all before the first young one go, and no others.
  const { rows } = await db.pool.query<AuditAnchor & { entries: number }>(
    `SELECT id AS upto, encode(e.hash, 'hex') AS hash, id - coalesce(a.upto, 0) AS entries
       FROM audit e LEFT JOIN audit_anchor a ON true
      WHERE id > coalesce(a.upto, 0)
        AND id < coalesce((SELECT min(id) FROM audit WHERE at >= $1), (SELECT max(id) FROM audit))
      ORDER BY id DESC LIMIT 1`,
    [cutoff.toISOString()],
  )
  const [found] = rows
  if (found === undefined) return 0
  const { entries, ...anchor } = found
  return transaction(db.pool, async (client) => {
    await lockAudit(client)
    await client.query(
      `UPDATE installation SET identity = coalesce(identity, (SELECT encode(hash, 'hex') FROM audit ORDER BY id LIMIT 1))`,
    )
    const moved = await client.query(
      `INSERT INTO audit_anchor AS a (upto, hash) VALUES ($1, decode($2, 'hex'))
       ON CONFLICT (only_row) DO UPDATE SET upto = excluded.upto, hash = excluded.hash WHERE a.upto < excluded.upto`,
      [anchor.upto, anchor.hash],
    )
    // Somebody else has cut it off meanwhile.
    if (moved.rowCount === 0) return 0
    await appendAudit(client, { actor: 'engine', act: cutAct, subject: 'audit', detail: { ...anchor, entries } })
    return entries
  })
}

/** The oldest first, so that what is left of it goes on up to the anchor. */
async function deleteCut(db: Database): Promise<number> {
  for (let deleted = 0; ; ) {
    const { rowCount } = await db.pool.query(
      `DELETE FROM audit WHERE id IN (
         SELECT id FROM audit WHERE id <= (SELECT upto FROM audit_anchor) ORDER BY id LIMIT ${rowsAtOnce})`,
    )
    deleted += rowCount ?? 0
    if ((rowCount ?? 0) < rowsAtOnce) return deleted
  }
}

const unnamed = `NOT EXISTS (SELECT FROM audit a WHERE a.actor = p.kind || ':~' || p.pseudonym)
  AND NOT EXISTS (SELECT FROM audit a WHERE a.subject = p.kind || ':~' || p.pseudonym)`

/**
 * Whom no entry names any more needs no pseudonym. All are looked at without the log's lock, those of the last day left out, whose entry may
 * be still to come; under it only those that were found are looked at again, because an entry may have been written about one meanwhile.
 */
async function forgetUnnamed(db: Database): Promise<void> {
  const { rows } = await db.pool.query<{ pseudonym: string }>(
    `SELECT pseudonym FROM pseudonym p WHERE made_at < now() - interval '1 day' AND ${unnamed}`,
  )
  for (let i = 0; i < rows.length; i += rowsAtOnce) {
    const found = rows.slice(i, i + rowsAtOnce).map(({ pseudonym }) => pseudonym)
    await transaction(db.pool, async (client) => {
      await lockAudit(client)
      await client.query(`DELETE FROM pseudonym p WHERE pseudonym = ANY ($1) AND ${unnamed}`, [found])
    })
  }
}
