import type { Client } from '../database.ts'
import { daysKept } from '../partitions.ts'
import { type Jurisdiction, seesNumber } from '../people/jurisdiction.ts'
import { entryKeys } from '../roaming/entry-keys.ts'

export interface Recipient {
  readonly seq: number
  /** E.164 digits. */
  readonly msisdn: string
  readonly reason: string
  readonly language: string | null
  readonly carrier: string | null
  readonly state: string
  readonly error: number | null
  readonly attempt: number
  readonly segments: number
  readonly madeAt: Date
  readonly submittedAt: Date | null
  readonly finalAt: Date | null
}

const columns = `m.seq, m.msisdn::text, m.reason, t.language, c.id AS carrier, m.state, m.error, m.attempt, m.parts AS segments,
  m.made_at "madeAt", m.submitted_at "submittedAt", m.final_at "finalAt"`
const joins = `message m LEFT JOIN carrier c ON c.no = m.carrier_no
  LEFT JOIN broadcast_text t ON t.broadcast_id = m.broadcast_id AND t.variant = m.variant`

/** The next messages of a broadcast in the order in which they were made; of mission staff, those to whom they see. */
export async function recipientsPage(
  db: Client,
  broadcastId: number,
  afterSeq: number,
  limit: number,
  seen: Jurisdiction | null,
): Promise<Recipient[]> {
  const { rows } = await db.query<Recipient>(
    `SELECT ${columns} FROM ${joins} WHERE m.broadcast_id = $1 AND m.seq > $2 AND ${seesNumber('m.msisdn', 4, 5)}
      ORDER BY m.seq LIMIT $3`,
    [broadcastId, afterSeq, limit, seen?.missions, seen?.countries],
  )
  return rows
}

/** The message of a broadcast to one number; undefined where there is none. */
export async function recipientOf(db: Client, broadcastId: number, msisdn: string): Promise<Recipient | undefined> {
  const { rows } = await db.query<Recipient>(
    `SELECT ${columns} FROM ${joins} WHERE m.broadcast_id = $1 AND m.recipient_key = $2::bigint`,
    [broadcastId, msisdn],
  )
  return rows[0]
}

/**
 * The newest messages to one number, alerts and entry texts, for whoever answers the traveller's call. Alerts are found by their
 * unique key in each month's partition; entry texts by the number's journeys, on the days on which those may have been told or told again.
 */
export async function messagesTo(
  db: Client,
  msisdn: string,
  limit: number,
): Promise<(Recipient & { broadcastId: number; alertId: string | null; text: string | null })[]> {
  const { rows } = await db.query<Recipient & { broadcastId: number; alertId: string | null; text: string | null }>(
    `SELECT m.broadcast_id "broadcastId", b.alert_id "alertId", t.text, ${columns}
       FROM broadcast b JOIN ${joins} ON b.id = m.broadcast_id
      WHERE m.msisdn = $1::bigint AND (m.broadcast_id, m.recipient_key) IN (
              SELECT id, $1::bigint FROM broadcast WHERE alert_id IS NOT NULL
               UNION ALL SELECT d.id, k.key FROM journey j
                         JOIN broadcast d ON d.day BETWEEN j.entered_at::date - 1 AND j.entered_at::date + ${daysKept}
                         CROSS JOIN LATERAL ${entryKeys('j.id')} k WHERE j.msisdn = $1::bigint)
      ORDER BY m.made_at DESC, m.broadcast_id DESC, m.seq DESC LIMIT $2`,
    [msisdn, limit],
  )
  return rows
}
