import type { Client } from '../database.ts'
import { type MessageState, noStates, type StateCounts } from '../states.ts'

export interface Tallied {
  readonly states: StateCounts
  /** The sum of `states`. */
  readonly matched: number
  /** submit_sm that were accepted. */
  readonly segments: number
}

/**
 * The states of a broadcast from its tally: what came to a state less what left it. One statement, hence one instant: the sum
 * is what was matched, whatever moves meanwhile.
 */
export async function stateCounts(db: Client, broadcastId: number): Promise<Tallied> {
  const { rows } = await db.query<{ state: MessageState | null; n: number; segments: number }>(
    `SELECT s.state, sum(s.n)::bigint AS n, sum(s.segments)::bigint AS segments
       FROM tally t CROSS JOIN LATERAL (VALUES (t.state, t.n, t.segments), (t.was, -t.n, 0)) AS s (state, n, segments)
      WHERE t.broadcast_id = $1 GROUP BY 1`,
    [broadcastId],
  )
  const states = noStates()
  let segments = 0
  for (const row of rows) {
    segments += row.segments
    if (row.state !== null) states[row.state] = row.n
  }
  return { states, matched: Object.values(states).reduce((sum, n) => sum + n, 0), segments }
}

/** The same by counting the messages themselves: slow, and the truth that the tally has to agree with. */
export async function countMessages(db: Client, broadcastId: number): Promise<StateCounts> {
  const { rows } = await db.query<{ state: MessageState; n: number }>(
    'SELECT state, count(*) AS n FROM message WHERE broadcast_id = $1 GROUP BY 1',
    [broadcastId],
  )
  const states = noStates()
  for (const { state, n } of rows) states[state] = n
  return states
}
