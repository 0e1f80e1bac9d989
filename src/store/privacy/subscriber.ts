import { Problem } from '../../lib/problem.ts'
import { forgetNumbers } from '../camara/numbers.ts'
import type { Client } from '../database.ts'
import { disguiseOf } from '../pseudonyms.ts'
import { type AuditView, auditOfSubjects } from '../reports/audit-entries.ts'
import { type SubscriberTable, standsAgainst, subscriberTables } from './subscriber-tables.ts'

type Row = Readonly<Record<string, unknown>>

/** Everything that is known of a number, with the names of tables and columns, and what was done about it. */
export interface KnownOfSubscriber {
  /** By table; tables without a row of him are left out. */
  readonly data: Readonly<Record<string, readonly Row[]>>
  /** Who looked at it, changed it or erased it. */
  readonly acts: readonly AuditView[]
  /** Views of lists that he is in: recipients of the alerts of which he has a message. */
  readonly lists: readonly AuditView[]
}

/** Reads every message and event that is kept: minutes where there are hundreds of millions. In one snapshot of the caller's. */
export async function exportSubscriber(client: Client, msisdn: string): Promise<KnownOfSubscriber> {
  const data: Record<string, Row[]> = {}
  for (const { table, select, where } of subscriberTables) {
    const { rows } = await client.query<{ row: Row }>(
      select ?? `SELECT to_jsonb(t) AS row FROM ${table} t WHERE ${where}`,
      [msisdn],
    )
    if (rows.length > 0) data[table] = rows.map(({ row }) => row)
  }
  const known = await disguiseOf(client, 'subscriber', msisdn)
  const alerts = new Set((data.message ?? []).flatMap(({ alert_id: id }) => (id === null ? [] : [`alert:${id}`])))
  return {
    data,
    acts: known === undefined ? [] : await auditOfSubjects(client, [known]),
    lists: (await auditOfSubjects(client, [...alerts])).filter(({ act }) => act === 'numbers.view'),
  }
}

/** Rows that were erased or made nobody's, by table. */
export type Erased = Record<string, number>

/**
 * Refuses to erase a number while something of it is under way, because a text whose number is gone can neither be sent nor taken back.
 *
 * @param despiteAlerts whether also while an alert is in force of which he has the text: no all-clear will reach him
 * @param begun whether something was erased before
 * @throws Problem `erasure-must-wait` (409) with each reason
 */
export async function refuseUnderWay(
  client: Client,
  msisdn: string,
  { despiteAlerts, begun }: { readonly despiteAlerts: boolean; readonly begun: boolean },
): Promise<void> {
  const against = await client.query<{ what: string; place: string }>(standsAgainst, [msisdn, despiteAlerts])
  if (against.rows.length > 0) throw mustWait(against.rows, begun)
}

/** Tables that are looked through for a number, in this order; messages come after them. */
export const scannedTables: readonly string[] = subscriberTables
  .filter(({ scanned }) => scanned)
  .map(({ table }) => table)

/**
 * Erases a number wherever somebody is found or told by it; call it in a short transaction: imports, selections and
 * roaming workers wait for these rows.
 */
export async function eraseFromRegister(client: Client, msisdn: string): Promise<Erased> {
  const operators = await client.query<{ operator: string }>(
    'SELECT DISTINCT operator FROM camara_subscription WHERE msisdn = $1::bigint',
    [msisdn],
  )
  for (const { operator } of operators.rows) await forgetNumbers(client, operator, [msisdn], new Date())
  const erased: Erased = {}
  for (const { table, scanned, apart } of subscriberTables) {
    if (!scanned && !apart) await eraseFromTable(client, table, msisdn, erased)
  }
  return erased
}

/** Makes the rows of a number in one of `subscriberTables` nobody's, and adds to `erased` how many. Sums stay: messages are counted on. */
export async function eraseFromTable(client: Client, table: string, msisdn: string, erased: Erased): Promise<void> {
  const { where, erase } = subscriberTables.find((one) => one.table === table) as SubscriberTable
  const { rowCount } = await client.query(erase ?? `DELETE FROM ${table} WHERE ${where}`, [msisdn])
  if (rowCount !== null && rowCount > 0) erased[table] = (erased[table] ?? 0) + rowCount
}

const reasons: Readonly<Record<string, string>> = {
  'message-pending': 'a message to it is still to be sent in broadcast',
  'alert-in-force': 'it has the text of an alert that is in force, or of an earlier one of its chain:',
  'correction-live': 'it has the text of an alert that has ended, and what was told of that is live still:',
  selection: 'people are being chosen for broadcast',
  'next-number': 'it may be told next in broadcast',
  'entry-text': 'an entry text waits until',
  notification: 'a notification waits in batch',
  subscription: 'a subscription was just asked for at',
}

/** What does not stand against it with `despiteAlerts`. */
const passable: readonly string[] = ['alert-in-force', 'correction-live']
const despite =
  'With --despite-alerts (despiteAlerts of the body) an alert is not waited for: no all-clear and no retraction reaches him then.'

function mustWait(rows: readonly { what: string; place: string }[], begun: boolean): Problem {
  const distinct = new Map(rows.map((row) => [`${row.what} ${row.place}`, row]))
  const hint = begun
    ? 'It is in the register no longer, but in what was kept of before. Ask again when that is over.'
    : 'Nothing was erased. Ask again when that is over; a resident can be deleted at once, so that he is told of nothing new.'
  return new Problem('erasure-must-wait', 'The number cannot be erased now', {
    status: 409,
    hint: rows.some(({ what }) => passable.includes(what)) ? `${hint} ${despite}` : hint,
    details: [...distinct.values()]
      .slice(0, 20)
      .map(({ what, place }) => new Problem(what, `${reasons[what]} ${place}`)),
  })
}
