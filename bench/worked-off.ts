import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../src/store/database.ts'

const pollMs = 4
const limitMs = 120_000

/** Waits until nothing is left in the inbox of notifications. @throws after two minutes */
export async function workedOff({ pool }: Database): Promise<void> {
  const giveUp = Date.now() + limitMs
  for (;;) {
    const { rowCount } = await pool.query('SELECT FROM roaming_batch WHERE done_at IS NULL LIMIT 1')
    if (rowCount === 0) return
    if (Date.now() > giveUp) throw new Error(`notifications were not worked off within ${limitMs / 1000} s`)
    await pause(pollMs)
  }
}
