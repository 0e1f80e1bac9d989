import type { Client } from '../database.ts'

/** What one carrier did for one broadcast. */
export interface CarrierFigures {
  readonly carrier: string
  /** Messages that the SMSC took: submitted or beyond. A refused one is not among them. */
  readonly submitted: number
  readonly delivered: number
  /** From the submission to the delivery as the receipt tells it, ms; null where nothing was delivered. */
  readonly receiptP50Ms: number | null
  readonly receiptP95Ms: number | null
  /** The last submission that was answered, or receipt; null before the first. What was withdrawn before it was sent is neither. */
  readonly lastAt: Date | null
}

/**
 * Reads every message of the broadcast once (about a second a million), so it is for a summary, not for a display that renews
 * itself. A refusal is told from a failure that a receipt reported by its time: it is final at its submission.
 */
export async function carrierFigures(db: Client, broadcastId: number): Promise<CarrierFigures[]> {
  const { rows } = await db.query<CarrierFigures>(
    `SELECT c.id AS carrier,
            count(*) FILTER (WHERE m.state IN ('submitted', 'unconfirmed', 'delivered')
                                OR m.state IN ('failed', 'expired', 'cancelled') AND m.final_at IS DISTINCT FROM m.submitted_at
                                   AND m.submitted_at IS NOT NULL) AS submitted,
            count(*) FILTER (WHERE m.state = 'delivered') AS delivered,
            round((percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(0, extract(epoch FROM m.final_at - m.submitted_at) * 1000)::float8)
              FILTER (WHERE m.state = 'delivered'))::numeric)::float8 AS "receiptP50Ms",
            round((percentile_cont(0.95) WITHIN GROUP (ORDER BY greatest(0, extract(epoch FROM m.final_at - m.submitted_at) * 1000)::float8)
              FILTER (WHERE m.state = 'delivered'))::numeric)::float8 AS "receiptP95Ms",
            max(greatest(m.submitted_at, m.final_at)) FILTER (WHERE m.submitted_at IS NOT NULL) AS "lastAt"
       FROM message m JOIN carrier c ON c.no = m.carrier_no
      WHERE m.broadcast_id = $1 GROUP BY c.id ORDER BY c.id`,
    [broadcastId],
  )
  return rows
}
