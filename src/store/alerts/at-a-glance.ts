import type { Client } from '../database.ts'
import { unreachableOf } from '../reports/unreachable.ts'

/** Another issuer's alert for the same people, about which nobody has decided. */
export interface Undecided {
  readonly otherId: string
  readonly sender: string
  readonly identifier: string
  readonly phase: string
}

/** What a list has to say of an alert that its own row does not. */
export interface Glance {
  readonly undecided: readonly Undecided[]
  /** Messages that wait for a carrier which cannot send, by carrier. */
  readonly unreachable: Readonly<Record<string, number>>
}

export const nothingToSay: Glance = { undecided: [], unreachable: {} }

/**
 * Of those of these alerts of which there is something to say: three statements for a whole page, because consoles ask every few seconds.
 * @param countries who asks is told of other issuers' alerts that touch one of these alone
 */
export async function glancesAt(
  db: Client,
  ids: readonly string[],
  countries?: readonly string[],
): Promise<Map<string, Glance>> {
  const [undecided, unreachable] = await Promise.all([undecidedOf(db, ids, countries), unreachableOfAlerts(db, ids)])
  const said = new Set([...undecided.keys(), ...unreachable.keys()])
  return new Map(
    [...said].map((id) => [id, { undecided: undecided.get(id) ?? [], unreachable: unreachable.get(id) ?? {} }]),
  )
}

/** As `refuseOverlapping` sees it, where neither of the two is over: what was merely submitted holds up nothing, but somebody has to decide all the same. */
async function undecidedOf(
  db: Client,
  ids: readonly string[],
  countries: readonly string[] | undefined,
): Promise<Map<string, Undecided[]>> {
  const { rows } = await db.query<Undecided & { id: string }>(
    `SELECT v.id, o.id "otherId", o.sender, o.identifier, o.phase
       FROM (SELECT alert_id id, other_id other, found_at FROM alert_overlap WHERE alert_id = ANY ($1) AND decision IS NULL
             UNION ALL
             SELECT other_id, alert_id, found_at FROM alert_overlap WHERE other_id = ANY ($1) AND decision IS NULL) v
       JOIN alert own ON own.id = v.id AND own.phase <> 'ended' AND own.expires > now()
       JOIN alert o ON o.id = v.other AND o.phase IN ('submitted', 'approved', 'live') AND o.expires > now()
            AND ($2::text[] IS NULL OR o.countries && $2::text[])
      ORDER BY v.found_at, o.id`,
    [ids, countries],
  )
  return grouped(rows)
}

function grouped(rows: readonly (Undecided & { id: string })[]): Map<string, Undecided[]> {
  const found = new Map<string, Undecided[]>()
  for (const { id, ...one } of rows) found.set(id, [...(found.get(id) ?? []), one])
  return found
}

async function unreachableOfAlerts(db: Client, ids: readonly string[]): Promise<Map<string, Record<string, number>>> {
  const { rows } = await db.query<{ id: number; alertId: string }>(
    `SELECT id, alert_id "alertId" FROM broadcast WHERE alert_id = ANY ($1) AND state <> 'closed'`,
    [ids],
  )
  const waiting =
    rows.length === 0
      ? new Map()
      : await unreachableOf(
          db,
          rows.map(({ id }) => id),
        )
  return new Map(rows.flatMap(({ id, alertId }) => (waiting.has(id) ? [[alertId, waiting.get(id)]] : [])))
}
