import { column } from '../columns.ts'
import type { Client } from '../database.ts'
import type { MessageState } from '../states.ts'

/** A message's new state; for one message at most one row a call, its last in rank. */
export interface StateChange {
  readonly broadcastId: number
  readonly seq: number
  readonly attempt: number
  readonly state: MessageState
  readonly error: number | null
  /** ms since the epoch. */
  readonly submittedAt: number | null
  readonly finalAt: number | null
  readonly parts: number | null
}

/**
 * Moves messages on, never back: the guard is `mayFollow` (src/store/states.ts) in SQL. An earlier attempt may only bring good
 * news (submitted, delivered): its failure says nothing about the attempt that is under way. Once an earlier attempt turns out
 * to have been submitted it is the one that counts: the later one is not sent any more, and no receipt will speak of it. One statement writes states and
 * tallies, so the sums hold at any instant; `was` lets it tell the old state without a join of the table to itself.
 */
export async function applyStates(db: Client, changes: readonly StateChange[]): Promise<void> {
  if (changes.length === 0) return
  await db.query({
    name: 'apply-states',
    text: `
      WITH moved AS (
        UPDATE message m
           SET was = m.state, state = n.state, error = coalesce(n.error, m.error),
               submitted_at = coalesce(m.submitted_at, to_timestamp(n.submitted_ms / 1000.0)),
               final_at = CASE WHEN n.state > 'unconfirmed' THEN to_timestamp(n.final_ms / 1000.0) ELSE m.final_at END,
               parts = coalesce(n.parts, m.parts),
               attempt = CASE WHEN n.state = 'submitted' THEN n.attempt ELSE m.attempt END
          FROM unnest($1::bigint[], $2::int[], $3::smallint[], $4::message_state[], $5::int[],
                      $6::bigint[], $7::bigint[], $8::smallint[])
               AS n (broadcast_id, seq, attempt, state, error, submitted_ms, final_ms, parts)
         WHERE m.broadcast_id = n.broadcast_id AND m.seq = n.seq
           AND n.state > m.state AND (m.state < 'suppressed' OR n.state = 'delivered')
           AND (n.attempt = m.attempt OR n.state IN ('submitted', 'delivered'))
        RETURNING m.broadcast_id, m.carrier_no, m.was, m.state)
      INSERT INTO tally (broadcast_id, carrier_no, was, state, n)
      SELECT broadcast_id, carrier_no, was, state, count(*) FROM moved GROUP BY 1, 2, 3, 4`,
    values: [
      column(changes, (c) => c.broadcastId),
      column(changes, (c) => c.seq),
      column(changes, (c) => c.attempt),
      column(changes, (c) => c.state),
      column(changes, (c) => c.error),
      column(changes, (c) => c.submittedAt),
      column(changes, (c) => c.finalAt),
      column(changes, (c) => c.parts),
    ],
  })
}
