import { int2Column, textColumn } from '../columns.ts'
import type { Client } from '../database.ts'

export interface FoundSegment {
  readonly index: number
  readonly broadcastId: number
  readonly seq: number
  readonly attempt: number
  readonly part: number
  readonly parts: number
  readonly at: number
}

/** Looks SMSC ids up; where an SMSC used one again, the newest segment is meant. `index` is the place in the argument. */
export async function findSegments(
  db: Client,
  ids: readonly { carrierNo: number; smscId: string }[],
): Promise<FoundSegment[]> {
  if (ids.length === 0) return []
  const { rows } = await db.query<Omit<FoundSegment, 'at'> & { at: Date }>({
    name: 'find-segments',
    text: `
      SELECT n.i::int "index", s.broadcast_id "broadcastId", s.seq, s.attempt, s.part, s.parts, s.at
        FROM unnest($1::smallint[], $2::text[]) WITH ORDINALITY AS n (carrier_no, smsc_id, i)
        CROSS JOIN LATERAL (
          SELECT * FROM segment WHERE carrier_no = n.carrier_no AND smsc_id = n.smsc_id ORDER BY at DESC LIMIT 1) s`,
    values: [int2Column(ids, (id) => id.carrierNo), textColumn(ids, (id) => id.smscId)],
  })
  return rows.map((row) => ({ ...row, index: row.index - 1, at: row.at.getTime() }))
}
