import type { Client } from '../database.ts'
import type { OutcomeRecord } from './records.ts'

/**
 * Gives refused or unanswered messages a next attempt: raises `attempt` on those that still stand at the old one and are
 * pending, and makes chunks of exactly these; where another carrier gets them, their tallies move too. In one statement: a message never stands at an attempt that no chunk carries.
 */
export async function sendAgain(db: Client, records: readonly OutcomeRecord[]): Promise<void> {
  const groups = new Map<string, OutcomeRecord[]>()
  for (const record of records) {
    if (!record.again) continue
    const key = [
      record.ref.broadcastId,
      record.ref.carrierNo,
      record.again.carrierNo,
      record.again.lane,
      record.ref.attempt,
      record.again.notBefore,
      record.again.fallbacks.join('>'),
      record.again.refused,
      record.again.unanswered,
    ].join()
    const group = groups.get(key)
    if (group) group.push(record)
    else groups.set(key, [record])
  }
  for (const group of groups.values()) {
    const first = group[0] as OutcomeRecord
    const again = first.again as NonNullable<OutcomeRecord['again']>
    await db.query({
      name: 'send-again',
      text: `
        WITH raised AS (
          UPDATE message SET attempt = attempt + 1, carrier_no = $3
           WHERE broadcast_id = $1 AND seq = ANY ($2::int[]) AND state = 'pending' AND attempt = $5
          RETURNING seq),
        moved AS (
          INSERT INTO tally (broadcast_id, carrier_no, was, state, n)
          SELECT $1, side.no, side.was, side.state, count(*) FROM raised,
                 (VALUES ($8::smallint, 'pending'::message_state, NULL::message_state), ($3, NULL, 'pending')) AS side (no, was, state)
           WHERE $3 <> $8 GROUP BY 2, 3, 4)
        INSERT INTO chunk (broadcast_id, carrier_no, lane, seq_from, seq_to, seqs, attempt, not_before, fallbacks, refused, unanswered)
        SELECT $1, $3, $4, min(seq), max(seq), array_agg(seq ORDER BY seq), $5::smallint + 1, $6::timestamptz, $7, $9, $10
          FROM raised HAVING count(*) > 0`,
      values: [
        first.ref.broadcastId,
        group.map((r) => r.ref.seq),
        again.carrierNo,
        again.lane,
        first.ref.attempt,
        new Date(again.notBefore).toISOString(),
        again.fallbacks,
        first.ref.carrierNo,
        again.refused,
        again.unanswered,
      ],
    })
  }
}
