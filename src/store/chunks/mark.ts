import type { Client } from '../database.ts'

/** `lost`: another holder has the chunk. `barred`: nothing of its broadcast may go out any more. */
export type MarkVerdict = 'marked' | 'lost' | 'barred'

/**
 * The write-ahead: before the messages up to `seq` go out, this row says that they may have. The same statement is the last
 * gate before the wire: it bars when the broadcast was cancelled or has expired, and when the alert is no longer what was
 * approved.
 */
export async function markChunk(db: Client, chunkId: number, epoch: number, seq: number): Promise<MarkVerdict> {
  const { rowCount } = await db.query({
    name: 'mark-chunk',
    text: `
      UPDATE chunk c SET marked_upto = $3
        FROM broadcast b LEFT JOIN alert a ON a.id = b.alert_id
       WHERE c.id = $1 AND c.epoch = $2 AND c.state = 'sending'
         AND b.id = c.broadcast_id AND b.cancelled_at IS NULL AND (b.expires IS NULL OR b.expires > now())
         AND (b.alert_id IS NULL OR (b.digest = a.digest AND b.digest = a.approved_digest))`,
    values: [chunkId, epoch, seq],
  })
  if (rowCount === 1) return 'marked'
  const { rows } = await db.query(`SELECT FROM chunk WHERE id = $1 AND epoch = $2 AND state = 'sending'`, [
    chunkId,
    epoch,
  ])
  return rows.length === 1 ? 'barred' : 'lost'
}
