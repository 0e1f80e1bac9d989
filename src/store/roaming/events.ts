import { int2Column, int4Column, int8Column, textColumn, timeColumn, uuidColumn } from '../columns.ts'
import type { Client } from '../database.ts'

export interface EventKey {
  /** 32 hexadecimal digits: the same event always has the same. */
  readonly key: string
  readonly at: Date
}

export interface EventRow extends EventKey {
  readonly msisdn: string
  readonly event: string
  readonly country: string | null
  readonly outcome: string
}

const dayMs = 86_400_000
let last = { no: Number.NaN, day: '' }

/** The UTC day, which is that of an event's table; most that come one after the other are of one day. */
export function dayOf(at: Date): string {
  const no = Math.floor(at.getTime() / dayMs)
  if (no !== last.no) last = { no, day: at.toISOString().slice(0, 10) }
  return last.day
}

/**
 * Which of these events were written down before, by their keys. Call it under the locks of their numbers (`lockRoamers`): who
 * repeats an event at the same time waits there.
 */
export async function writtenEvents(db: Client, events: readonly EventKey[]): Promise<Set<string>> {
  const written = new Set<string>()
  const days = new Map<string, EventKey[]>()
  for (const event of events) {
    const day = dayOf(event.at)
    const ofDay = days.get(day)
    if (ofDay) ofDay.push(event)
    else days.set(day, [event])
  }
  // One day at a time: a constant day reads one partition; joined, each key would choose among all of them. OFFSET 0 keeps the planner from
  // hashing the whole day, which it does as soon as statistics say that a day is small: 280 ms a batch, for a thousand looks at an index.
  for (const [day, ofDay] of days) {
    const { rows } = await db.query<{ i: number }>({
      name: 'written-events',
      text: `
        SELECT i::int FROM unnest($2::uuid[]) WITH ORDINALITY AS n (key, i)
         CROSS JOIN LATERAL (SELECT FROM roaming_event e WHERE e.day = $1 AND e.key = n.key OFFSET 0) AS e`,
      values: [day, uuidColumn(ofDay, ({ key }) => key)],
    })
    for (const { i } of rows) written.add((ofDay[i - 1] as EventKey).key)
  }
  return written
}

/** Writes down what became of events that are not there yet. A key that another batch has just written fails: then all is tried again. */
export async function insertEvents(db: Client, events: readonly EventRow[]): Promise<void> {
  if (events.length === 0) return
  // In the order of the index, which is one look at each of its pages instead of one a row.
  const rows = events.toSorted((a, b) => (a.key < b.key ? -1 : 1))
  await db.query({
    name: 'insert-events',
    text: `
      INSERT INTO roaming_event (day, key, msisdn, country, event, outcome, at)
      SELECT (at AT TIME ZONE 'UTC')::date, key, msisdn, country, event, outcome, at
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
             AS n (key, msisdn, country, event, outcome, at)`,
    values: [
      uuidColumn(rows, (e) => e.key),
      int8Column(rows, (e) => Number(e.msisdn)),
      textColumn(rows, (e) => e.country),
      textColumn(rows, (e) => e.event),
      textColumn(rows, (e) => e.outcome),
      timeColumn(rows, (e) => e.at.getTime()),
    ],
  })
}

export interface EventTally {
  readonly day: string
  readonly country: string | null
  readonly outcome: string
  /** Who was to carry the text; null or absent where no route was asked for. */
  readonly carrierNo?: number | null
  /** Less than 0 takes back what was counted before. */
  readonly n: number
}

/** Counts what became of events, repeats included: those are counted, and their first stays as it is. */
export async function tallyEvents(db: Client, tallies: readonly EventTally[]): Promise<void> {
  if (tallies.length === 0) return
  await db.query({
    name: 'tally-events',
    text: `
      INSERT INTO event_tally (day, country, outcome, carrier_no, n)
      SELECT day::date, country, outcome, carrier_no, n
        FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::int[]) AS n (day, country, outcome, carrier_no, n)`,
    values: [
      textColumn(tallies, (t) => t.day),
      textColumn(tallies, (t) => t.country),
      textColumn(tallies, (t) => t.outcome),
      int2Column(tallies, (t) => t.carrierNo ?? null),
      int4Column(tallies, (t) => t.n),
    ],
  })
}
