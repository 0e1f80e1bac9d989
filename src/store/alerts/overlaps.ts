import type { Client } from '../database.ts'
import type { AlertRow } from './alert-row.ts'

/** Of two alerts for the same people both go out, or one of them alone. */
export const DECISIONS = ['both', 'this', 'other'] as const
export type Decision = (typeof DECISIONS)[number]

/** Why they reach the same people: their areas meet, or both tell those of a country of whom no more than that is known. */
export const BECAUSE = ['area', 'unplaced'] as const
export type Because = (typeof BECAUSE)[number]

/** Another issuer's alert that reaches people whom this one reaches, and what was decided about the two. */
export interface Overlap {
  readonly otherId: string
  readonly sender: string
  readonly identifier: string
  readonly event: string
  readonly because: Because
  readonly phase: string
  /** Whether the other is on its way to people, or may be. */
  readonly active: boolean
  readonly foundAt: Date
  /** From where this alert stands; null: nobody has decided. */
  readonly decision: Decision | null
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  readonly reason: string | null
}

const active = (alert: string) => `${alert}.phase IN ('submitted', 'approved', 'live') AND ${alert}.expires > now()`

/** All that were found of an alert, in either direction, the oldest first; with `countries` those of alerts that touch one of these. */
export async function overlapsOf(db: Client, id: string, countries?: readonly string[]): Promise<Overlap[]> {
  const { rows } = await db.query<Overlap>(
    `SELECT o.id "otherId", o.sender, o.identifier, coalesce(o.document->'infos'->0->>'event', '') event, v.because, o.phase,
            ${active('o')} active, v.found_at "foundAt",
            CASE WHEN v.alert_id = $1 OR v.decision = 'both' THEN v.decision
                 WHEN v.decision = 'this' THEN 'other' WHEN v.decision = 'other' THEN 'this' END decision,
            v.decided_by "decidedBy", v.decided_at "decidedAt", v.reason
       FROM alert_overlap v JOIN alert o ON o.id = CASE WHEN v.alert_id = $1 THEN v.other_id ELSE v.alert_id END
      WHERE (v.alert_id = $1 OR v.other_id = $1) AND ($2::text[] IS NULL OR o.countries && $2::text[])
      ORDER BY v.found_at, o.id`,
    [id, countries],
  )
  return rows
}

export interface Rival extends Pick<AlertRow, 'id' | 'document' | 'rules'> {
  /** Those that it and what it corrects touch; null: not reckoned yet. */
  readonly countries: readonly string[] | null
}

/** Alerts of other issuers that people may get, or have, and that were not compared with this one or did not meet it. */
export async function rivalsOf(
  db: Client,
  { id, chainId, sender }: Pick<AlertRow, 'id' | 'chainId' | 'sender'>,
): Promise<Rival[]> {
  const { rows } = await db.query<Rival>(
    `SELECT a.id, a.document, a.rules, a.countries FROM alert a
      WHERE ${active('a')} AND a.status = 'Actual' AND a.msg_type IN ('Alert', 'Update') AND NOT a.all_clear
        AND a.sender <> $3 AND a.chain_id <> $2
        AND NOT EXISTS (SELECT FROM alert_overlap v
                         WHERE (v.alert_id, v.other_id) = ($1, a.id) OR (v.alert_id, v.other_id) = (a.id, $1))`,
    [id, chainId, sender],
  )
  return rows
}

/** False where it was noted already, from either side. */
export async function insertOverlap(client: Client, id: string, otherId: string, because: Because): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO alert_overlap (alert_id, other_id, because)
     SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM alert_overlap WHERE (alert_id, other_id) = ($2, $1))
     ON CONFLICT DO NOTHING`,
    [id, otherId, because],
  )
  return rowCount === 1
}

/** Keeps what was decided, as it is from where `id` stands. */
export async function decideOverlap(
  client: Client,
  id: string,
  otherId: string,
  { decision, by, reason }: { decision: Decision; by: string; reason: string },
): Promise<void> {
  await client.query(
    `UPDATE alert_overlap
        SET decision = CASE WHEN alert_id = $1 OR $3 = 'both' THEN $3 WHEN $3 = 'this' THEN 'other' ELSE 'this' END,
            decided_by = $4, decided_at = now(), reason = $5
      WHERE (alert_id, other_id) IN (($1, $2), ($2, $1))`,
    [id, otherId, decision, by, reason],
  )
}

/** What was found and decided of an alert that says something else now. */
export async function forgetOverlaps(client: Client, id: string): Promise<void> {
  await client.query('DELETE FROM alert_overlap WHERE alert_id = $1 OR other_id = $1', [id])
}

/** What was decided in favour of an alert that goes back to its author: nobody stands behind it any more. */
export async function forgetWon(client: Client, id: string): Promise<void> {
  await client.query(
    `UPDATE alert_overlap SET decision = NULL, decided_by = NULL, decided_at = NULL, reason = NULL
      WHERE (alert_id = $1 AND decision = 'this') OR (other_id = $1 AND decision = 'other')`,
    [id],
  )
}
