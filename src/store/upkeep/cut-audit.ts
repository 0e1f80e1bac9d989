import { appendAudit, lockAudit } from '../audit.ts'
import { type AuditAnchor, cutAct } from '../audit-chain.ts'
import { type Database, transaction } from '../database.ts'

/**
 * Cuts off what of the audit log is older than it is kept, by whole months, so that the log holds one line a month about it. The chain
 * goes on from the anchor. At least the last entry stays.
 *
 * @returns how many entries were cut off
 */
export async function cutAudit(db: Database, keepMs: number, now = new Date()): Promise<number> {
  const oldest = new Date(now.getTime() - keepMs)
  const cutoff = new Date(Date.UTC(oldest.getUTCFullYear(), oldest.getUTCMonth()))
  return transaction(db.pool, async (client) => {
    await lockAudit(client)
    // A clock that was set back must not take entries with it that are younger: all before the first young one go, and no others.
    const { rows } = await client.query<AuditAnchor>(
      `SELECT id AS upto, encode(hash, 'hex') AS hash FROM audit
        WHERE id < coalesce((SELECT min(id) FROM audit WHERE at >= $1), (SELECT max(id) FROM audit))
        ORDER BY id DESC LIMIT 1`,
      [cutoff.toISOString()],
    )
    const [anchor] = rows
    if (anchor === undefined) return 0
    await client.query(
      `UPDATE installation SET identity = coalesce(identity, (SELECT encode(hash, 'hex') FROM audit ORDER BY id LIMIT 1))`,
    )
    await client.query(
      `INSERT INTO audit_anchor (upto, hash) VALUES ($1, decode($2, 'hex'))
       ON CONFLICT (only_row) DO UPDATE SET upto = excluded.upto, hash = excluded.hash`,
      [anchor.upto, anchor.hash],
    )
    const cut = await client.query('DELETE FROM audit WHERE id <= $1', [anchor.upto])
    const entries = cut.rowCount ?? 0
    await appendAudit(client, { actor: 'engine', act: cutAct, subject: 'audit', detail: { ...anchor, entries } })
    // Whom no entry names any more needs no pseudonym.
    await client.query(
      `DELETE FROM pseudonym p WHERE NOT EXISTS (
         SELECT FROM audit a WHERE a.actor = p.kind || ':~' || p.pseudonym)
         AND NOT EXISTS (SELECT FROM audit a WHERE a.subject = p.kind || ':~' || p.pseudonym)`,
    )
    return entries
  })
}
