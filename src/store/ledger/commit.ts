import type { Client } from '../database.ts'

/** The connection broke while a COMMIT was under way: the transaction may stand or not. `wasCommitted` tells. */
export class CommitUnknown extends Error {
  /** Of the transaction, as text; undefined where it had written nothing. */
  readonly xid: string | undefined

  constructor(xid: string | undefined, cause: Error) {
    super(`the answer to COMMIT did not come: ${cause.message}`, { cause })
    this.name = 'CommitUnknown'
    this.xid = xid
  }
}

/**
 * Commits the open transaction. Its number is asked for first: written twice, a batch would count its segments twice.
 * @throws CommitUnknown
 */
export async function commit(db: Client): Promise<void> {
  const { rows } = await db.query<{ xid: string | null }>({
    name: 'current-xact',
    text: 'SELECT pg_current_xact_id_if_assigned()::text AS xid',
  })
  try {
    await db.query('COMMIT')
  } catch (error) {
    throw new CommitUnknown(rows[0]?.xid ?? undefined, error as Error)
  }
}

/** Whether a transaction stands; undefined while the server is still busy with it. */
export async function wasCommitted(db: Client, { xid }: CommitUnknown): Promise<boolean | undefined> {
  if (xid === undefined) return false
  const { rows } = await db.query<{ status: string | null }>('SELECT pg_xact_status($1::text::xid8) AS status', [xid])
  const status = rows[0]?.status
  return status === 'in progress' ? undefined : status === 'committed'
}
