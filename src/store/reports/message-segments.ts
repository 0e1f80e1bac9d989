import type { Client } from '../database.ts'

/** A message and what its carriers took of it. */
export interface SentMessage {
  /** Digits. */
  readonly msisdn: string
  readonly state: string
  readonly submittedAt: Date | null
  readonly finalAt: Date | null
  readonly segments: readonly SentSegment[]
}

export interface SentSegment {
  readonly carrierNo: number
  readonly carrier: string | null
  readonly attempt: number
  readonly part: number
  readonly parts: number
  /** Normalised, as the ledger keeps it. */
  readonly smscId: string
  readonly submittedAt: Date
}

/**
 * A message with its segments: all of a long text, and of a short one those of its last submission, which share the instant with
 * the message (migration 0006); an earlier one of a short text is found by nothing. Sets what the planner may use, so in a
 * transaction of the caller's: without statistics it would read a whole day of segments.
 */
export async function sentMessage(client: Client, broadcastId: number, seq: number): Promise<SentMessage | undefined> {
  await client.query('SET LOCAL enable_seqscan = off')
  const { rows } = await client.query<Omit<SentMessage, 'segments'>>(
    `SELECT msisdn::text, state, submitted_at "submittedAt", final_at "finalAt" FROM message WHERE broadcast_id = $1 AND seq = $2`,
    [broadcastId, seq],
  )
  const message = rows[0]
  if (!message) return undefined
  const { rows: segments } = await client.query<SentSegment>(
    `SELECT s.carrier_no "carrierNo", c.id AS carrier, s.attempt, s.part, s.parts, s.smsc_id "smscId", s.at "submittedAt"
       FROM (SELECT * FROM segment WHERE at = $3 AND broadcast_id = $1 AND seq = $2 AND parts = 1
              UNION ALL SELECT * FROM segment WHERE broadcast_id = $1 AND seq = $2 AND parts > 1) s
       LEFT JOIN carrier c ON c.no = s.carrier_no
      WHERE s.smsc_id <> '' ORDER BY s.attempt, s.at, s.part`,
    [broadcastId, seq, message.submittedAt],
  )
  return { ...message, segments }
}
