import type { WaitReason } from '../../entry/due.ts'
import { int8Column, textColumn, timeColumn, uuidColumn } from '../columns.ts'
import type { Client } from '../database.ts'

export interface NewWait {
  readonly msisdn: string
  /** ISO 3166-1 alpha-2; several candidates joined by `/`. */
  readonly country: string
  readonly enteredAt: Date
  readonly dueAt: Date
  /** `away`: he left, and may be back in a moment. */
  readonly why: WaitReason | 'away'
  /** The event that ends when this does; null: texts that are sent again. */
  readonly event: { readonly day: string; readonly key: string } | null
}

export interface KeptWait extends NewWait {
  readonly id: number
  /** He has entered the country anew since then, and waits for the texts of that stay. */
  readonly superseded: boolean
}

export async function insertWaits(db: Client, waits: readonly NewWait[]): Promise<void> {
  if (waits.length === 0) return
  await db.query({
    name: 'insert-waits',
    text: `
      INSERT INTO entry_wait (msisdn, country, entered_at, due_at, why, day, key)
      SELECT msisdn, country, entered_at, due_at, why, day::date, key::uuid
        FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
             AS n (msisdn, country, entered_at, due_at, why, day, key)`,
    values: [
      int8Column(waits, (w) => Number(w.msisdn)),
      textColumn(waits, (w) => w.country),
      timeColumn(waits, (w) => w.enteredAt.getTime()),
      timeColumn(waits, (w) => w.dueAt.getTime()),
      textColumn(waits, (w) => w.why),
      textColumn(waits, (w) => w.event?.day ?? null),
      textColumn(waits, (w) => w.event?.key ?? null),
    ],
  })
}

/**
 * What these numbers wait for, under its row locks. Call it under the locks of the numbers and before their journeys are asked for: what
 * is being settled now is waited for here, and is a journey afterwards, or nothing.
 */
export async function lockWaits(
  db: Client,
  msisdns: readonly string[],
): Promise<{ id: number; msisdn: string; country: string; enteredAt: Date }[]> {
  if (msisdns.length === 0) return []
  const { rows } = await db.query<{ id: number; msisdn: string; country: string; enteredAt: Date }>({
    name: 'lock-waits',
    text: `
      SELECT id, msisdn::text, country, entered_at "enteredAt" FROM entry_wait WHERE msisdn = ANY ($1::bigint[])
       ORDER BY id FOR UPDATE`,
    values: [int8Column(msisdns, Number)],
  })
  return rows
}

/** They are looked at in the next second. */
export async function hastenWaits(db: Client, ids: readonly number[], now: Date): Promise<void> {
  if (ids.length === 0) return
  await db.query({
    name: 'hasten-waits',
    text: `UPDATE entry_wait SET due_at = $2 WHERE id = ANY ($1::bigint[]) AND due_at > $2`,
    values: [int8Column(ids, Number), now],
  })
}

/** Takes what is due under its row locks, the longest due first; not what is in other hands. @param only this one */
export async function takeDueWaits(db: Client, now: Date, limit: number, only?: number): Promise<KeptWait[]> {
  const { rows } = await db.query<Omit<KeptWait, 'event'> & { day: string | null; key: string | null }>({
    name: 'take-due-waits',
    text: `
      SELECT id, msisdn::text, country, entered_at "enteredAt", due_at "dueAt", why, day::text, replace(key::text, '-', '') AS key,
             EXISTS (SELECT FROM entry_wait n WHERE n.msisdn = w.msisdn AND n.country = w.country AND n.id > w.id) AS superseded
        FROM entry_wait w WHERE due_at <= $1 AND ($3::bigint IS NULL OR id = $3) ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
    values: [now, limit, only ?? null],
  })
  return rows.map(({ day, key, ...wait }) => ({ ...wait, event: day === null || key === null ? null : { day, key } }))
}

/** What is due, by its id, the longest due first. */
export async function dueWaits(db: Client, now: Date, limit: number): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    'SELECT id FROM entry_wait WHERE due_at <= $1 ORDER BY due_at LIMIT $2',
    [now, limit],
  )
  return rows.map(({ id }) => id)
}

export async function delayWait(db: Client, id: number, until: Date): Promise<void> {
  await db.query('UPDATE entry_wait SET due_at = $2 WHERE id = $1', [id, until])
}

/** What is not due after all. */
export async function putOffWaits(
  db: Client,
  waits: readonly Pick<KeptWait, 'id' | 'enteredAt' | 'dueAt' | 'why'>[],
): Promise<void> {
  if (waits.length === 0) return
  await db.query({
    name: 'put-off-waits',
    text: `
      UPDATE entry_wait w SET entered_at = n.entered_at, due_at = n.due_at, why = n.why
        FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::text[]) AS n (id, entered_at, due_at, why)
       WHERE w.id = n.id`,
    values: [
      int8Column(waits, (w) => w.id),
      timeColumn(waits, (w) => w.enteredAt.getTime()),
      timeColumn(waits, (w) => w.dueAt.getTime()),
      textColumn(waits, (w) => w.why),
    ],
  })
}

export async function removeWaits(db: Client, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await db.query({
    name: 'remove-waits',
    text: 'DELETE FROM entry_wait WHERE id = ANY ($1::bigint[])',
    values: [int8Column(ids, Number)],
  })
}

/** Writes down what became of events that waited; those that were never written down one by one stay so. */
export async function endEvents(
  db: Client,
  events: readonly { readonly day: string; readonly key: string; readonly outcome: string }[],
): Promise<void> {
  // One day at a time, as in `writtenEvents`.
  for (const day of new Set(events.map((event) => event.day))) {
    const ofDay = events.filter((event) => event.day === day)
    await db.query({
      name: 'end-events',
      text: `
        UPDATE roaming_event e SET outcome = n.outcome FROM unnest($2::uuid[], $3::text[]) AS n (key, outcome)
         WHERE e.day = $1 AND e.key = n.key`,
      values: [day, uuidColumn(ofDay, ({ key }) => key), textColumn(ofDay, ({ outcome }) => outcome)],
    })
  }
}
