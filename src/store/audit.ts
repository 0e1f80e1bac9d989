import { entryHash, genesis } from './audit-chain.ts'
import type { Client } from './database.ts'
import { disguise } from './pseudonyms.ts'

export interface AuditEntry {
  /** `person:NAME`, `key:ID`, `cli` or `engine`. A name is kept as a pseudonym. */
  readonly actor: string
  /** For example `alert.approve`. */
  readonly act: string
  /** What it was done to, for example `alert:UUID`; `subscriber:MSISDN` and `person:NAME` are kept as pseudonyms. */
  readonly subject: string
  /** Never a name or a number: nobody could erase them here. */
  readonly detail?: Readonly<Record<string, unknown>>
}

const lockKey = 0x61756469

/** Puts writers of the log in a row until their transactions end: a chain has one end. */
export async function lockAudit(client: Client): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey])
}

/**
 * Appends to the hash-chained log; run it in the transaction of the act itself, so that neither stands without the other.
 */
export async function appendAudit(client: Client, entry: AuditEntry): Promise<void> {
  await lockAudit(client)
  const [actor, subject] = (await disguise(client, entry.actor, entry.subject)) as [string, string]
  const last = await client.query<{ id: number; hash: Buffer }>('SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1')
  const id = (last.rows[0]?.id ?? 0) + 1
  const previous = last.rows[0]?.hash ?? genesis
  const at = new Date().toISOString()
  // As JSON has it, because that is what is kept and verified: a Date becomes its text.
  const detail: unknown = JSON.parse(JSON.stringify(entry.detail ?? {}))
  const hash = entryHash(previous, { id, at, actor, act: entry.act, subject, detail })
  await client.query(
    'INSERT INTO audit (id, at, actor, act, subject, detail, previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
    [id, at, actor, entry.act, subject, JSON.stringify(detail), previous, hash],
  )
}
