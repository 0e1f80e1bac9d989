import { int4Column, textColumn, timeColumn } from '../columns.ts'
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
  /** It is in the tally already. */
  readonly counted?: boolean
}

/**
 * Writes down the ids that the SMSC gave, and counts the segments in the broadcast's tally. What they have in common goes as one
 * value. A segment without an id is counted only: nothing would ever find its row.
 */
export async function insertSegments(db: Client, rows: readonly SegmentRow[]): Promise<void> {
  const sent = alike(rows).map((group) => {
    const { broadcastId, carrierNo, attempt, part, parts, state, counted } = group[0] as SegmentRow
    return db.query({
      name: 'insert-segments',
      text: `
        WITH s AS (
          INSERT INTO segment (at, broadcast_id, seq, carrier_no, attempt, part, parts, smsc_id, state)
          SELECT n.at, $1, n.seq, $2, $3, $4, $5, n.smsc_id, $6
            FROM unnest($7::timestamptz[], $8::int[], $9::text[]) AS n (at, seq, smsc_id)
           WHERE n.smsc_id <> '')
        INSERT INTO tally (broadcast_id, carrier_no, n, segments) SELECT $1, $2, 0, cardinality($8::int[]) WHERE NOT $10`,
      values: [
        broadcastId,
        carrierNo,
        attempt,
        part,
        parts,
        state ?? 'submitted',
        timeColumn(group, (r) => r.at),
        int4Column(group, (r) => r.seq),
        textColumn(group, (r) => r.smscId),
        counted ?? false,
      ],
    })
  })
  await Promise.all(sent)
}

/** Those that differ in time, seq and id only. */
function alike(rows: readonly SegmentRow[]): SegmentRow[][] {
  const groups = new Map<string, SegmentRow[]>()
  let last: SegmentRow[] | undefined
  for (const row of rows) {
    if (last === undefined || !isAlike(last[0] as SegmentRow, row)) {
      const { broadcastId, carrierNo, attempt, part, parts, state, counted } = row
      const key = `${broadcastId} ${carrierNo} ${attempt} ${part} ${parts} ${state} ${counted}`
      last = groups.get(key) ?? []
      groups.set(key, last)
    }
    last.push(row)
  }
  return [...groups.values()]
}

const isAlike = (a: SegmentRow, b: SegmentRow) =>
  a.broadcastId === b.broadcastId &&
  a.carrierNo === b.carrierNo &&
  a.attempt === b.attempt &&
  a.part === b.part &&
  a.parts === b.parts &&
  a.state === b.state &&
  a.counted === b.counted
