import type pg from 'pg'
import { type Client, transaction } from '../database.ts'
import type { MessageState } from '../states.ts'

export interface HeldQuery {
  readonly broadcastId: number
  readonly carrierNo: number
  /** Messages beyond this seq. */
  readonly afterSeq: number
  readonly states: readonly MessageState[]
  /** When they were submitted; ms since the epoch, the end excluded. */
  readonly from: number
  readonly to: number
  /** Messages. */
  readonly limit: number
}

/** A segment that the SMSC took. */
export interface HeldSegment {
  readonly seq: number
  /** Digits. */
  readonly msisdn: string
  readonly part: number
  readonly parts: number
  /** Normalised, as the ledger keeps it. */
  readonly smscId: string
}

export interface HeldPage {
  readonly segments: readonly HeldSegment[]
  /** The last message looked at; undefined where there is none any more. */
  readonly lastSeq: number | undefined
}

/**
 * The next messages in these states, in the order of seq, with the segments that the SMSC took of them and of which nothing
 * final is known. Messages without one (no response came) have none in the page. Each segment is found by the instant of its
 * submission, which message and segment share; 20 million segments a day have no index by message, see migration 0006. `+ 0`
 * keeps the planner from the index by id, which would give it all that the carrier ever took.
 */
export function heldSegments(pool: pg.Pool, query: HeldQuery): Promise<HeldPage> {
  return transaction(pool, (client) => readHeldSegments(client, query))
}

/** The same in the caller's transaction, for which it sets what the planner may use. */
export async function readHeldSegments(client: Client, query: HeldQuery): Promise<HeldPage> {
  // Without statistics the planner takes the summary of a fresh day for useless, and would read the day for each message
  // (300 ms instead of 0.2 with a million segments), and the rest of the broadcast for each page (200 ms).
  await client.query('SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off')
  const { rows } = await client.query<Omit<HeldSegment, 'smscId'> & { smscId: string | null }>(
    `SELECT m.seq, m.msisdn::text, s.part, s.parts, s.smsc_id "smscId"
         FROM (SELECT seq, msisdn, attempt, submitted_at FROM message
                WHERE broadcast_id = $1 AND carrier_no = $2 AND msisdn > 0 AND seq > $3 AND state = ANY ($4::message_state[])
                  AND submitted_at >= $5 AND submitted_at < $6
                ORDER BY seq LIMIT $7) m
         LEFT JOIN LATERAL (
           SELECT part, parts, smsc_id FROM segment
            WHERE at = m.submitted_at AND carrier_no + 0 = $2 AND broadcast_id = $1 AND seq = m.seq AND attempt = m.attempt
              -- No id at all: in a cancel_sm that would mean everything for the number.
              AND smsc_id <> '' AND state < 'suppressed') s ON true
        ORDER BY m.seq, s.part`,
    [
      query.broadcastId,
      query.carrierNo,
      query.afterSeq,
      query.states,
      new Date(query.from).toISOString(),
      new Date(query.to).toISOString(),
      query.limit,
    ],
  )
  const segments = rows.filter((row): row is HeldSegment => row.smscId !== null)
  return { segments, lastSeq: rows.at(-1)?.seq }
}

/**
 * Brings the summaries of the segments up to date: what is not summarised yet is read by every look-up, and autovacuum may be
 * minutes behind. Takes as long as reading what came since the last call.
 */
export async function summariseSegments(pool: pg.Pool): Promise<void> {
  await pool.query(
    `SELECT brin_summarize_new_values(inhrelid) FROM pg_inherits WHERE inhparent = 'segment_at'::regclass`,
  )
}
