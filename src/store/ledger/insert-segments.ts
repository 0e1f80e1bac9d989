import { column, textColumn } from '../columns.ts'
import type { Client } from '../database.ts'
import type { MessageState } from '../states.ts'

export interface SegmentRow {
  readonly at: number
  readonly broadcastId: number
  readonly seq: number
  readonly carrierNo: number
  readonly attempt: number
  readonly part: number
  readonly parts: number
  readonly smscId: string
  readonly state?: MessageState
}

/** Writes down the ids that the SMSC gave, and counts the segments in the broadcast's tally. */
export async function insertSegments(db: Client, rows: readonly SegmentRow[]): Promise<void> {
  if (rows.length === 0) return
  await db.query({
    name: 'insert-segments',
    text: `
      WITH s AS (
        INSERT INTO segment (at, broadcast_id, seq, carrier_no, attempt, part, parts, smsc_id, state)
        SELECT to_timestamp(ms / 1000.0), broadcast_id, seq, carrier_no, attempt, part, parts, smsc_id, state
          FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::smallint[], $5::smallint[], $6::smallint[],
                             $7::smallint[], $8::text[], $9::message_state[])
               AS n (ms, broadcast_id, seq, carrier_no, attempt, part, parts, smsc_id, state)
        RETURNING broadcast_id, carrier_no)
      INSERT INTO tally (broadcast_id, carrier_no, n, segments)
      SELECT broadcast_id, carrier_no, 0, count(*) FROM s GROUP BY 1, 2`,
    values: [
      column(rows, (r) => r.at),
      column(rows, (r) => r.broadcastId),
      column(rows, (r) => r.seq),
      column(rows, (r) => r.carrierNo),
      column(rows, (r) => r.attempt),
      column(rows, (r) => r.part),
      column(rows, (r) => r.parts),
      textColumn(rows, (r) => r.smscId),
      column(rows, (r) => r.state ?? 'submitted'),
    ],
  })
}
