import { REVIEW_NOTICE_MS } from '../../alerts/rules.ts'
import type { Client } from '../database.ts'

/** Standing alerts that somebody has to look at soon, or that have stopped telling those who enter. */
export async function reviewsDue(db: Client): Promise<{ id: string; at: Date; paused: boolean }[]> {
  const { rows } = await db.query<{ id: string; at: Date; paused: boolean }>(
    `SELECT id, review_at "at", review_at <= now() paused FROM alert
      WHERE phase = 'live' AND expires > now() AND review_at <= now() + $1 * interval '1 ms' ORDER BY review_at`,
    [REVIEW_NOTICE_MS],
  )
  return rows
}
