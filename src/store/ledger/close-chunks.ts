import type { Client } from '../database.ts'

/** Chunks of which every message has its outcome; in the transaction that writes the last of these. */
export async function closeChunks(db: Client, chunks: readonly { id: number; epoch: number }[]): Promise<void> {
  if (chunks.length === 0) return
  await db.query({
    name: 'close-chunks',
    text: `
      UPDATE chunk c SET state = 'done' FROM unnest($1::bigint[], $2::int[]) AS n (id, epoch)
       WHERE c.id = n.id AND c.epoch = n.epoch AND c.state = 'sending'`,
    values: [chunks.map((c) => c.id), chunks.map((c) => c.epoch)],
  })
}

/** When the first segment of a broadcast was put on a wire. */
export async function noteFirstSubmits(db: Client, first: ReadonlyMap<number, number>): Promise<void> {
  for (const [broadcastId, at] of first) {
    await db.query({
      name: 'note-first-submit',
      text: `UPDATE broadcast SET first_submit_at = $2 WHERE id = $1 AND (first_submit_at IS NULL OR first_submit_at > $2)`,
      values: [broadcastId, new Date(at).toISOString()],
    })
  }
}
