import { createHash } from 'node:crypto'
import { canonicalJson } from '../alerts/canonical-json.ts'
import type { Client } from './database.ts'

export interface AuditEntry {
  /** `person:NAME`, `key:ID` or `engine`. */
  readonly actor: string
  /** For example `alert.approve`. */
  readonly act: string
  /** What it was done to, for example `alert:UUID`. Never a number or a name of a subscriber. */
  readonly subject: string
  readonly detail?: Readonly<Record<string, unknown>>
}

const genesis = Buffer.alloc(32)
const lockKey = 0x61756469

/**
 * Appends to the hash-chained log; run it in the transaction of the act itself, so that neither stands without the other. The
 * transaction lock puts writers in a row: a chain has one end.
 */
export async function appendAudit(db: Client, entry: AuditEntry): Promise<void> {
  await db.query('SELECT pg_advisory_xact_lock($1)', [lockKey])
  const last = await db.query<{ id: number; hash: Buffer }>('SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1')
  const id = (last.rows[0]?.id ?? 0) + 1
  const previous = last.rows[0]?.hash ?? genesis
  const at = new Date()
  // As JSON has it, because that is what is kept and verified: a Date becomes its text.
  const detail: unknown = JSON.parse(JSON.stringify(entry.detail ?? {}))
  const hash = hashOf({ id, at, ...entry, detail, previous })
  await db.query(
    'INSERT INTO audit (id, at, actor, act, subject, detail, previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
    [id, at.toISOString(), entry.actor, entry.act, entry.subject, JSON.stringify(detail), previous, hash],
  )
}

interface AuditRow {
  id: number
  at: Date
  actor: string
  act: string
  subject: string
  detail: unknown
  previous: Buffer
}

function hashOf({ id, at, actor, act, subject, detail, previous }: AuditRow): Buffer {
  const content = canonicalJson({ id, at: at.toISOString(), actor, act, subject, detail })
  return createHash('sha256').update(previous).update(content).digest()
}

export interface AuditCheck {
  /** Entries that hold. */
  readonly entries: number
  /** The first that does not. */
  readonly brokenAt: number | undefined
  /** Hash of the last that holds, hex. */
  readonly head: string
}

/**
 * Walks the chain. Entries cut off at the end leave no trace in the chain itself: compare number and head with those that were
 * written down elsewhere.
 */
export async function verifyAudit(db: Client): Promise<AuditCheck> {
  let previous: Buffer = genesis
  let entries = 0
  for (;;) {
    const { rows } = await db.query<AuditRow & { hash: Buffer }>(
      'SELECT id, at, actor, act, subject, detail, previous, hash FROM audit WHERE id > $1 ORDER BY id LIMIT 1000',
      [entries],
    )
    if (rows.length === 0) return { entries, brokenAt: undefined, head: previous.toString('hex') }
    for (const row of rows) {
      const holds = row.id === entries + 1 && row.previous.equals(previous) && row.hash.equals(hashOf(row))
      if (!holds) return { entries, brokenAt: entries + 1, head: previous.toString('hex') }
      previous = row.hash
      entries++
    }
  }
}
