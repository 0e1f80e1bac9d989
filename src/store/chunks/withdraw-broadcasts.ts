import type { Database } from '../database.ts'
import { transaction } from '../database.ts'
import { withdrawChunk } from './withdraw.ts'

/**
 * Takes back the queued chunks of every broadcast that was cancelled or has expired, one chunk a transaction. Nothing of them
 * goes out meanwhile: markChunk is the gate. Chunks that are being sent are withdrawn by their holder. Returns how many chunks.
 */
export async function withdrawBroadcasts(db: Database): Promise<number> {
  for (let withdrawn = 0; ; withdrawn++) {
    const more = await transaction(db.pool, async (client) => {
      const { rows } = await client.query<{ id: number }>(`
        SELECT c.id FROM chunk c JOIN broadcast b ON b.id = c.broadcast_id
         WHERE c.state = 'ready' AND b.state <> 'closed' AND (b.cancelled_at IS NOT NULL OR b.expires <= now())
         ORDER BY c.id LIMIT 1 FOR UPDATE OF c SKIP LOCKED`)
      if (!rows[0]) return false
      await withdrawChunk(client, rows[0], 0)
      return true
    })
    if (!more) return withdrawn
  }
}
