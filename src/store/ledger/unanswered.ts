import type { Client } from '../database.ts'
import { daysKept } from '../partitions.ts'
import type { AttemptRef } from './records.ts'

/** An older submission is nobody's any more: its segment would find no partition. The margin is for the clocks and a late purge. */
const daysTaken = daysKept - 10

type Part = { readonly ref: AttemptRef; readonly part: number }

/** Remembers submissions without a response, so that a receipt for the number can still tell that they arrived. */
export const noteUnanswered = (db: Client, rows: readonly Part[]): Promise<void> =>
  note(db, 'note-unanswered', false, 'NOTHING', rows)

/** Remembers submissions that were accepted without an id: the number is all that their receipts have in common with them. */
export const noteNameless = (db: Client, rows: readonly Part[]): Promise<void> =>
  // Their response came late, and they were noted as unanswered in the same transaction.
  note(db, 'note-nameless', true, 'UPDATE SET accepted = true', rows)

async function note(
  db: Client,
  name: string,
  accepted: boolean,
  otherwise: string,
  rows: readonly Part[],
): Promise<void> {
  if (rows.length === 0) return
  await db.query({
    name,
    text: `
      INSERT INTO unanswered (carrier_no, msisdn, broadcast_id, seq, attempt, part, parts, at, accepted)
      SELECT *, ${accepted} FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::int[], $5::smallint[], $6::smallint[], $7::smallint[], $8::timestamptz[])
      ON CONFLICT (broadcast_id, seq, attempt, part) DO ${otherwise}`,
    values: [
      rows.map((r) => r.ref.carrierNo),
      rows.map((r) => r.ref.msisdn),
      rows.map((r) => r.ref.broadcastId),
      rows.map((r) => r.ref.seq),
      rows.map((r) => r.ref.attempt),
      rows.map((r) => r.part),
      rows.map((r) => r.ref.parts),
      rows.map((r) => new Date(r.ref.at).toISOString()),
    ],
  })
}

/** The response came after all. */
export async function forgetUnanswered(db: Client, rows: readonly Part[]): Promise<void> {
  if (rows.length === 0) return
  await db.query({
    name: 'forget-unanswered',
    text: `
      DELETE FROM unanswered u USING unnest($1::bigint[], $2::int[], $3::smallint[], $4::smallint[]) AS n (broadcast_id, seq, attempt, part)
       WHERE u.broadcast_id = n.broadcast_id AND u.seq = n.seq AND u.attempt = n.attempt AND u.part = n.part`,
    values: [
      rows.map((r) => r.ref.broadcastId),
      rows.map((r) => r.ref.seq),
      rows.map((r) => r.ref.attempt),
      rows.map((r) => r.part),
    ],
  })
}

export interface NamelessSegment extends Omit<AttemptRef, 'msisdn'> {
  readonly part: number
  /** The SMSC said that it took it: it is counted. */
  readonly accepted: boolean
}

/**
 * The submission of this carrier to this number, unanswered or accepted without an id, that a receipt belongs to, taken out:
 * every other one has an id of its own. The newest that went out before the receipt came, because an older one may never have
 * arrived; else the oldest: what a dead process left unanswered is noted when it is taken over, and the SMSC may send its
 * receipts before that. Bad news is not given to an attempt that another has followed and of which no answer has come yet: it may be
 * meant for that one, and of the message the earlier attempt's failure says nothing (see applyStates).
 *
 * @param receivedAt when the receipt came; ms since the epoch.
 * @param isGood it says submitted or delivered.
 */
export async function takeUnanswered(
  db: Client,
  carrierNo: number,
  msisdn: string,
  receivedAt: number,
  isGood: boolean,
): Promise<NamelessSegment | undefined> {
  const { rows } = await db.query<Omit<NamelessSegment, 'carrierNo' | 'at'> & { at: Date }>({
    name: 'take-unanswered',
    text: `
      DELETE FROM unanswered WHERE (broadcast_id, seq, attempt, part) =
        (SELECT broadcast_id, seq, attempt, part FROM unanswered u
          WHERE carrier_no = $1 AND msisdn = $2 AND at > now() - interval '${daysTaken} days'
            AND ($4 OR EXISTS (SELECT FROM message m
                                WHERE m.broadcast_id = u.broadcast_id AND m.seq = u.seq
                                  AND (m.attempt = u.attempt OR m.state <> 'pending')))
          ORDER BY at > $3, CASE WHEN at <= $3 THEN at END DESC, at, attempt, part LIMIT 1)
      RETURNING broadcast_id "broadcastId", seq, attempt, part, parts, at, accepted`,
    values: [carrierNo, msisdn, new Date(receivedAt).toISOString(), isGood],
  })
  const row = rows[0]
  return row && { ...row, carrierNo, at: row.at.getTime() }
}
