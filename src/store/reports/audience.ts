import type { Client } from '../database.ts'
import type { MessageReason } from '../states.ts'

/** Why people were chosen; `apart`: the unplaced that the rules of the alert leave out, counted but not told. */
export interface AudienceRow {
  readonly reason: MessageReason | 'apart'
  readonly country: string
  readonly n: number
}

export async function audienceOf(db: Client, broadcastId: number): Promise<AudienceRow[]> {
  const { rows } = await db.query<AudienceRow>(
    'SELECT reason, country, sum(n)::bigint AS n FROM audience_tally WHERE broadcast_id = $1 GROUP BY 1, 2 ORDER BY 1, 2',
    [broadcastId],
  )
  return rows
}

/**
 * Whether a message of the first selection, so not of a late entrant or a person's next number, still waits for its answer or its receipt. It reads the
 * messages: ask only where the tally does not say it.
 */
export async function initialUnfinished(db: Client, broadcastId: number): Promise<boolean> {
  const { rows } = await db.query<{ some: boolean }>(
    `SELECT EXISTS (SELECT FROM message WHERE broadcast_id = $1 AND reason NOT IN ('late-entrant', 'other-number') AND state IN ('pending', 'submitted')) AS some`,
    [broadcastId],
  )
  return rows[0]?.some ?? false
}
