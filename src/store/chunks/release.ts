import type { Client } from '../database.ts'

/**
 * Gives what of a chunk lies beyond `afterSeq` back to the queue; without effect where another holder has it. Everything up
 * to `afterSeq` must have its outcome committed: nobody looks at it again.
 */
export async function releaseChunk(
  db: Client,
  { id, epoch }: { readonly id: number; readonly epoch: number },
  afterSeq: number,
): Promise<void> {
  await db.query(
    `UPDATE chunk SET state = 'ready', epoch = epoch + 1, marked_upto = NULL, seq_from = greatest(seq_from, $3 + 1)
      WHERE id = $1 AND epoch = $2 AND state = 'sending'`,
    [id, epoch, afterSeq],
  )
}
