import type { Client } from '../database.ts'

export interface Failure {
  readonly carrier: string | null
  readonly state: string
  /** `refusal`: `error` is the command_status of the submit_sm_resp; `receipt`: it is the receipt's err, if it gave one; null: neither. */
  readonly by: 'refusal' | 'receipt' | null
  readonly error: number | null
  readonly n: number
}

/** What was not delivered, and why; most frequent first. A refusal is final at its submission (see carrier-figures.ts). */
export async function failuresOf(db: Client, broadcastId: number): Promise<Failure[]> {
  const { rows } = await db.query<Failure>(
    `SELECT c.id AS carrier, m.state,
            CASE WHEN m.error IS NOT NULL AND m.final_at = m.submitted_at THEN 'refusal'
                 WHEN m.error IS NOT NULL OR m.state IN ('failed', 'expired') AND m.submitted_at IS NOT NULL THEN 'receipt' END AS by,
            m.error, count(*) AS n
       FROM message m LEFT JOIN carrier c ON c.no = m.carrier_no
      WHERE m.broadcast_id = $1 AND m.state IN ('failed', 'expired', 'suppressed', 'cancelled', 'uncertain', 'unconfirmed')
      GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 4`,
    [broadcastId],
  )
  return rows
}
