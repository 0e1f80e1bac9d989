import type { Phase } from '../../alerts/lifecycle.ts'
import type { Client } from '../database.ts'

/** One act on an alert; what is said of the alert itself is as it stands now. */
export interface AlertEvent {
  /** In the order of commits: whoever has read up to one misses none below it. */
  readonly id: number
  readonly at: Date
  readonly act: string
  readonly phase: Phase
  readonly version: number
  readonly alertId: string
  readonly chainId: string
  readonly identifier: string
  readonly sender: string
  readonly msgType: string
  readonly status: string
  readonly severity: string
  readonly event: string
  readonly glassBroken: string | null
}

const columns = `e.id, e.at, e.act, e.phase, e.version, a.id "alertId", a.chain_id "chainId", a.identifier, a.sender, a.msg_type "msgType",
  a.status, a.severity, coalesce(a.document #>> '{infos,0,event}', '') event, a.lifecycle #>> '{approval,glassBroken}' "glassBroken"`

export interface EventPage {
  readonly events: readonly AlertEvent[]
  /** Where the next page goes on; undefined: nothing has happened since. */
  readonly last: number | undefined
}

/** The oldest events after one. */
export async function eventsAfter(db: Client, after: number, limit: number): Promise<EventPage> {
  const { rows: events } = await db.query<AlertEvent>(
    `SELECT ${columns} FROM alert_event e JOIN alert a ON a.id = e.alert_id WHERE e.id > $1 ORDER BY e.id LIMIT $2`,
    [after, limit],
  )
  return { events, last: events.at(-1)?.id }
}

/**
 * Those of alerts that touch one of these countries. The page ends before an alert of which nobody has reckoned yet what it touches, be it
 * the first: then `last` is where it began, and that has to be reckoned before the next page is asked for.
 */
export async function eventsWithin(
  db: Client,
  after: number,
  limit: number,
  countries: readonly string[],
): Promise<EventPage> {
  const { rows } = await db.query<AlertEvent & { touches: boolean | null }>(
    `SELECT ${columns}, a.countries && $3::text[] AS touches
       FROM alert_event e JOIN alert a ON a.id = e.alert_id WHERE e.id > $1 ORDER BY e.id LIMIT $2`,
    [after, limit, countries],
  )
  const unknown = rows.findIndex(({ touches }) => touches === null)
  const known = unknown < 0 ? rows : rows.slice(0, unknown)
  const events = known.flatMap(({ touches, ...event }) => (touches ? [event] : []))
  return { events, last: rows.length === 0 ? undefined : (known.at(-1)?.id ?? after) }
}

/** Undefined where there is none of this id. */
export async function findEvent(db: Client, id: number): Promise<AlertEvent | undefined> {
  const { rows } = await db.query<AlertEvent>(
    `SELECT ${columns} FROM alert_event e JOIN alert a ON a.id = e.alert_id WHERE e.id = $1`,
    [id],
  )
  return rows[0]
}

/** 0 where nothing has happened yet. */
export async function lastEventId(db: Client): Promise<number> {
  const { rows } = await db.query<{ id: number }>('SELECT coalesce(max(id), 0) id FROM alert_event')
  return rows[0]?.id ?? 0
}
