import type { Client } from '../database.ts'

export interface EventKey {
  readonly key: string
  readonly at: Date
  readonly msisdn: string
  readonly event: string
  readonly country: string | null
}

/** Writes events down unless they are there already; returns the keys of the new ones. Their outcome is set by `setOutcomes`. */
export async function recordEvents(db: Client, events: readonly EventKey[]): Promise<Set<string>> {
  const { rows } = await db.query<{ key: string }>({
    name: 'record-events',
    text: `
      INSERT INTO roaming_event (day, key, msisdn, country, event, outcome, at)
      SELECT (at AT TIME ZONE 'UTC')::date, key, msisdn, country, event, 'open', at
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[]) AS n (key, msisdn, country, event, at)
       ORDER BY 1, 2
      ON CONFLICT DO NOTHING RETURNING key`,
    values: [
      events.map((e) => e.key),
      events.map((e) => e.msisdn),
      events.map((e) => e.country),
      events.map((e) => e.event),
      events.map((e) => e.at.toISOString()),
    ],
  })
  return new Set(rows.map((row) => row.key))
}

/** Writes what became of events, and counts it, repeats included: those are counted, and their first stays as it is. */
export async function setOutcomes(
  db: Client,
  outcomes: readonly { key: string; at: Date; outcome: string; country: string | null }[],
): Promise<void> {
  await db.query({
    name: 'set-outcomes',
    text: `
      WITH n AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[]) AS n (key, at, outcome, country)),
      t AS (
        INSERT INTO event_tally (day, country, outcome, n)
        SELECT (at AT TIME ZONE 'UTC')::date, country, outcome, count(*) FROM n GROUP BY 1, 2, 3)
      UPDATE roaming_event e SET outcome = n.outcome FROM n
       WHERE e.day = (n.at AT TIME ZONE 'UTC')::date AND e.key = n.key AND e.outcome = 'open' AND n.outcome <> 'duplicate'`,
    values: [
      outcomes.map((o) => o.key),
      outcomes.map((o) => o.at.toISOString()),
      outcomes.map((o) => o.outcome),
      outcomes.map((o) => o.country),
    ],
  })
}
