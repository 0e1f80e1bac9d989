import type { Corrections, SubmittedForecast } from '../../alerts/approval.ts'
import type { Alert } from '../../alerts/model.ts'
import type { AlertRules } from '../../alerts/rules.ts'
import type { Use } from '../../lib/use.ts'
import type { Client } from '../database.ts'

/** Nothing of a broadcast may leave in this way; a person has to look into it. */
export class NotApproved extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotApproved'
  }
}

/** What dispatch needs to know of a broadcast. */
export interface BroadcastHead {
  readonly id: number
  readonly alertId: string | null
  readonly lane: number
  readonly use: Use
  /** What becomes of a message whose fate is not known: sent again, or kept as uncertain. */
  readonly resend: boolean
  readonly digest: string | null
  /** ms since the epoch. */
  readonly expiresAt: number | null
  /** How long each message stays of use, ms; null: until the broadcast expires. */
  readonly validityMs: number | null
  readonly severity: string | null
  readonly document: Alert | null
  readonly rules: AlertRules | null
  readonly forecast: SubmittedForecast | null
  readonly corrections: Corrections | null
  readonly texts: ReadonlyMap<number, string>
}

export async function loadBroadcast(db: Client, id: number): Promise<BroadcastHead> {
  const { rows } = await db.query(
    `SELECT b.id, b.alert_id "alertId", b.lane, b.resend, b.digest, b.expires, b.validity_ms "validityMs",
            CASE WHEN NOT b.exercise THEN 'live' WHEN a.rehearses IS NULL THEN 'exercise' ELSE 'rehearsal' END "use",
            a.severity, a.document, a.rules, a.forecast, a.corrections
       FROM broadcast b LEFT JOIN alert a ON a.id = b.alert_id WHERE b.id = $1`,
    [id],
  )
  const head = rows[0]
  if (!head) throw new Error(`broadcast ${id} is not there`)
  const { expires, ...rest } = head
  return { ...rest, expiresAt: expires === null ? null : expires.getTime(), texts: await loadTexts(db, id) }
}

/** The texts of a broadcast by variant. */
export async function loadTexts(db: Client, id: number): Promise<Map<number, string>> {
  const texts = await db.query<{ variant: number; text: string }>(
    'SELECT variant, text FROM broadcast_text WHERE broadcast_id = $1',
    [id],
  )
  return new Map(texts.rows.map((row) => [row.variant, row.text]))
}
