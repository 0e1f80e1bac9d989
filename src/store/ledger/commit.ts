import type { Client } from '../database.ts'

/** The connection broke while a COMMIT was under way: the batch may stand or not. `wasCommitted` tells. */
export class CommitUnknown extends Error {
  constructor(cause: Error) {
    super(`the answer to COMMIT did not come: ${cause.message}`, { cause })
    this.name = 'CommitUnknown'
  }
}

/** One batch of one ledger; numbers grow with each batch. */
export interface BatchMark {
  /** UUID of the ledger. */
  readonly writer: string
  readonly batch: number
}

/**
 * Makes the row in which a ledger notes its last batch; without effect where it is there. Rows of ledgers that are long gone
 * are dropped: a week is longer than any doubt lasts.
 */
export async function registerWriter(db: Client, writer: string): Promise<void> {
  await db.query('INSERT INTO ledger_writer (writer) VALUES ($1) ON CONFLICT DO NOTHING', [writer])
  await db.query(`DELETE FROM ledger_writer WHERE at < now() - interval '7 days' AND writer <> $1`, [writer])
}

/**
 * Writes the number of the batch, the last statement before its COMMIT: written twice, a batch would count its segments twice.
 * Not the transaction's own number: after a crash the server hands out again what it had not brought to the disk.
 */
export async function noteBatch(db: Client, { writer, batch }: BatchMark): Promise<void> {
  // A transaction that wrote nothing (each idle look at the parked receipts) stays without a write.
  const { rows } = await db.query<{ wrote: boolean; noted: boolean }>({
    name: 'note-batch',
    text: `
      WITH w AS MATERIALIZED (SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS wrote),
      u AS (UPDATE ledger_writer l SET batch = $2, at = now() FROM w WHERE l.writer = $1 AND w.wrote RETURNING l.batch)
      SELECT wrote, EXISTS (SELECT FROM u) AS noted FROM w`,
    values: [writer, batch],
  })
  if (rows[0]?.wrote && !rows[0].noted) throw new Error('the row of this ledger in ledger_writer is gone')
}

/** Commits, once everything before it was answered without an error. @throws CommitUnknown */
export async function commit(db: Client): Promise<void> {
  try {
    await db.query('COMMIT')
  } catch (error) {
    throw new CommitUnknown(error as Error)
  }
}

/** Whether a batch stands. Waits until the server has let go of the transaction in question. */
export async function wasCommitted(db: Client, { writer, batch }: BatchMark): Promise<boolean> {
  const { rows } = await db.query<{ stands: boolean }>(
    'SELECT batch >= $2 AS stands FROM ledger_writer WHERE writer = $1 FOR UPDATE',
    [writer, batch],
  )
  return rows[0]?.stands === true
}
