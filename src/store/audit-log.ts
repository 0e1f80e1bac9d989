import { type AuditAnchor, type AuditCheck, type ChainEntry, ChainWalk } from './audit-chain.ts'
import { type Client, type Database, snapshot } from './database.ts'
import { misnamed } from './pseudonyms.ts'

const pageSize = 1000

/** A time with more than milliseconds, or none at all, is none that was hashed: it stays as it is, and does not hold. */
const columns = `id, actor, act, subject, detail, encode(previous, 'hex') AS previous, encode(hash, 'hex') AS hash,
  coalesce(regexp_replace(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '000Z$', 'Z'), '') AS at`

/** Up to where the log was cut off; undefined: nowhere. */
export async function auditAnchor(db: Client): Promise<AuditAnchor | undefined> {
  const { rows } = await db.query<AuditAnchor>(`SELECT upto, encode(hash, 'hex') AS hash FROM audit_anchor`)
  return rows[0]
}

/** The log as it is kept, from after an entry, a page at a time. */
export async function* auditPages(db: Client, after: number, upto?: number): AsyncGenerator<ChainEntry[]> {
  for (let last = after; ; ) {
    const { rows } = await db.query<ChainEntry>(
      `SELECT ${columns} FROM audit WHERE id > $1 AND ($2::bigint IS NULL OR id <= $2) ORDER BY id LIMIT ${pageSize}`,
      [last, upto],
    )
    if (rows.length > 0) yield rows
    if (rows.length < pageSize) return
    last = (rows.at(-1) as ChainEntry).id
  }
}

/** Of the log in a database, where names stand beside the pseudonyms. */
export interface LogCheck extends AuditCheck {
  /** Pseudonyms whose names somebody changed, or took away by no erasure. */
  readonly misnamed: readonly string[]
}

/** Walks the chain, and looks whose its pseudonyms are, in one instant of the database. @param head a hash that was written down elsewhere, hex */
export function verifyAudit(db: Database, head?: string): Promise<LogCheck> {
  return snapshot(db.pool, async (client) => {
    const anchor = await auditAnchor(client)
    const walk = new ChainWalk(anchor, head)
    // What stands before the anchor is no part of the chain any more: it is being deleted. Without one there is nothing before the first entry.
    for await (const page of auditPages(client, anchor?.upto ?? Number.MIN_SAFE_INTEGER)) {
      for (const entry of page) if (!walk.take(entry)) return { ...walk.end(), misnamed: [] }
    }
    return { ...walk.end(), misnamed: await misnamed(client) }
  })
}

/** The log as lines of JSON that `bongsu audit verify --file` reads, up to the entry that is the last one now; a page a piece. */
export async function* exportAudit(db: Client): AsyncGenerator<string> {
  const { rows } = await db.query<{ upto: number }>('SELECT coalesce(max(id), 0) AS upto FROM audit')
  const anchor = await auditAnchor(db)
  if (anchor) yield `${JSON.stringify({ anchor })}\n`
  for await (const page of auditPages(db, anchor?.upto ?? 0, rows[0]?.upto)) {
    yield page.map((entry) => `${JSON.stringify(entry)}\n`).join('')
  }
}
