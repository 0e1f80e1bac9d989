import { isAlertId } from '../alerts/alert-row.ts'
import type { Client } from '../database.ts'

/** One broadcast of an alert and where it stands. */
export interface BroadcastFacts {
  readonly id: number
  readonly alertId: string
  readonly identifier: string
  readonly msgType: string
  readonly phase: string
  readonly state: 'selecting' | 'sending' | 'closed'
  /** Counted before the first message was made. */
  readonly expected: number | null
  /** Why selection refused to go on. */
  readonly refused: string | null
  /** The launch. */
  readonly createdAt: Date
  readonly selectedAt: Date | null
  readonly firstSubmitAt: Date | null
  readonly cancelledAt: Date | null
  readonly closedAt: Date | null
  /** Since when the alert tells nobody who enters, because nobody looked at it again. */
  readonly pausedSince: Date | null
}

const columns = `b.id, b.alert_id "alertId", a.identifier, a.msg_type "msgType", a.phase, b.state, b.expected, b.refused, b.created_at "createdAt",
  b.selected_at "selectedAt", b.first_submit_at "firstSubmitAt", b.cancelled_at "cancelledAt", b.closed_at "closedAt",
  CASE WHEN a.phase = 'live' AND a.review_at <= now() AND a.expires > now() THEN a.review_at END "pausedSince"`

export async function findBroadcast(db: Client, id: number): Promise<BroadcastFacts | undefined> {
  const { rows } = await db.query<BroadcastFacts>(
    `SELECT ${columns} FROM broadcast b JOIN alert a ON a.id = b.alert_id WHERE b.id = $1`,
    [id],
  )
  return rows[0]
}

/** The broadcast of one alert; undefined while it was not launched. */
export async function broadcastOfAlert(db: Client, alertId: string): Promise<BroadcastFacts | undefined> {
  if (!isAlertId(alertId)) return undefined
  const { rows } = await db.query<BroadcastFacts>(
    `SELECT ${columns} FROM broadcast b JOIN alert a ON a.id = b.alert_id WHERE b.alert_id = $1 ORDER BY b.id LIMIT 1`,
    [alertId],
  )
  return rows[0]
}
