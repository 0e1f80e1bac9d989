import { Problem } from '../../lib/problem.ts'
import type { Client } from '../database.ts'
import { disguise, disguiseOf } from '../pseudonyms.ts'
import { type AuditView, auditOfActors, auditOfSubjects } from '../reports/audit-entries.ts'
import type { Erased } from './subscriber.ts'

/** Columns that say who did something, as `person:NAME` or by the name alone. */
export const staffColumns = {
  alert_overlap: 'decided_by',
  alert_template: 'made_by',
  camara_number: 'added_by',
  campaign: 'made_by',
  emergency_number: 'made_by',
  entry_host: 'made_by',
  entry_policy: 'made_by',
  entry_template: 'made_by',
  inbox_text: 'handled_by',
  locked_term: 'made_by',
  travel_level: 'made_by',
  webhook: 'made_by',
  zone_version: 'made_by',
} as const

/** SQL: alerts that name somebody ($1) as author, approver, or who is to launch them. */
const alertsNaming = `(lifecycle -> 'authors' ? $1::text OR lifecycle #>> '{approval,by}' = $1::text OR launch_by ->> 'person' = $1::text)`

type Row = Readonly<Record<string, unknown>>

/** What is kept of somebody who works with the engine; passwords, second factors and hashes of keys are not given. */
export interface KnownOfPerson {
  readonly person: Row
  readonly keys: readonly Row[]
  readonly sessions: readonly Row[]
  readonly alerts: readonly Row[]
  /** Rows that name him, by table. */
  readonly named: Readonly<Record<string, number>>
  /** What he did. */
  readonly acts: readonly AuditView[]
  /** What was done to him. */
  readonly actsOnHim: readonly AuditView[]
}

/** @throws Problem `person-unknown` (404) */
export async function exportPerson(client: Client, name: string): Promise<KnownOfPerson> {
  const rowsOf = async (sql: string) => (await client.query<{ row: Row }>(sql, [name])).rows.map(({ row }) => row)
  const [person] = await rowsOf(
    `SELECT to_jsonb(p) - '{id,password_hash,totp_secret,totp_step,recovery_hashes}'::text[] AS row FROM person p WHERE name = $1`,
  )
  if (!person) throw unknown()
  const ofHim = 'JOIN person p ON p.id = t.person_id WHERE p.name = $1 ORDER BY t.id'
  const keys = await rowsOf(`SELECT to_jsonb(t) - '{hash,person_id}'::text[] AS row FROM api_key t ${ofHim}`)
  const sessions = await rowsOf(`SELECT to_jsonb(t) - '{hash,person_id}'::text[] AS row FROM session t ${ofHim}`)
  const alerts = await rowsOf(
    `SELECT jsonb_build_object('id', id, 'identifier', identifier, 'lifecycle', lifecycle) AS row FROM alert WHERE ${alertsNaming} ORDER BY created_at`,
  )
  const named: Record<string, number> = {}
  for (const [table, column] of Object.entries(staffColumns)) {
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::int n FROM ${table} WHERE ${column} IN ($1, 'person:' || $1)`,
      [name],
    )
    if (rows[0] && rows[0].n > 0) named[table] = rows[0].n
  }
  const known = await disguiseOf(client, 'person', name)
  // Entries of before there were pseudonyms have the name.
  const whos = [`person:${name}`, ...(known === undefined ? [] : [known])]
  return {
    person,
    keys,
    sessions,
    alerts,
    named,
    acts: await auditOfActors(client, whos),
    actsOnHim: await auditOfSubjects(client, whos),
  }
}

/** @throws Problem `person-unknown` (404) */
export async function refuseUnknown(client: Client, name: string): Promise<void> {
  const { rows } = await client.query('SELECT FROM person WHERE name = $1', [name])
  if (rows.length === 0) throw unknown()
}

/**
 * Makes somebody who works here no longer nobody: his keys, sessions and credentials go, and wherever his name stands, his pseudonym does.
 * Call it in a transaction. The audit log holds no more than that pseudonym already.
 *
 * @throws Problem `person-unknown` (404), `person-active`, `person-is-feed`, `person-in-use` (409)
 */
export async function erasePerson(client: Client, name: string): Promise<{ pseudonym: string; erased: Erased }> {
  await refuseWhileNeeded(client, name)
  // Without the log's lock, which whoever changes rows takes last: a person who is disabled writes no entries.
  const [who] = (await disguise(client, `person:${name}`)) as [string]
  const pseudonym = who.slice('person:'.length)
  const erased: Erased = {}
  const run = async (table: string, sql: string, values: readonly string[]) => {
    const { rowCount } = await client.query(sql, [...values])
    if (rowCount !== null && rowCount > 0) erased[table] = (erased[table] ?? 0) + rowCount
  }
  for (const [table, column] of Object.entries(staffColumns)) {
    await run(
      table,
      `UPDATE ${table} SET ${column} = CASE ${column} WHEN $1::text THEN $2::text ELSE 'person:' || $2::text END
        WHERE ${column} IN ($1::text, 'person:' || $1::text)`,
      [name, pseudonym],
    )
  }
  await run(
    'alert',
    `UPDATE alert SET
       lifecycle = lifecycle
         || jsonb_build_object('authors', (
              SELECT coalesce(jsonb_agg(CASE a WHEN $1::text THEN $2::text ELSE a END), '[]') FROM jsonb_array_elements_text(lifecycle -> 'authors') a))
         || CASE WHEN lifecycle #>> '{approval,by}' = $1::text
                 THEN jsonb_build_object('approval', (lifecycle -> 'approval') || jsonb_build_object('by', $2::text)) ELSE '{}' END,
       launch_by = CASE WHEN launch_by ->> 'person' = $1::text THEN launch_by || jsonb_build_object('person', $2::text) ELSE launch_by END
     WHERE ${alertsNaming}`,
    [name, pseudonym],
  )
  await run('idempotency', 'DELETE FROM idempotency WHERE person = $1', [name])
  const his = 'WHERE person_id = (SELECT id FROM person WHERE name = $1)'
  await run('session', `DELETE FROM session ${his}`, [name])
  await run('api_key', `DELETE FROM api_key ${his}`, [name])
  await run('person', 'DELETE FROM person WHERE name = $1', [name])
  return { pseudonym, erased }
}

async function refuseWhileNeeded(client: Client, name: string): Promise<void> {
  const { rows } = await client.query<{ active: boolean; feed: boolean; open: string[] | null }>(
    `SELECT disabled_at IS NULL AS active,
            EXISTS (SELECT FROM api_key k WHERE k.person_id = p.id AND k.role = 'carrier') AS feed,
            (SELECT array_agg(identifier || ' (' || phase || ')' ORDER BY created_at) FROM alert WHERE phase <> 'ended' AND ${alertsNaming}) AS open
       FROM person p WHERE name = $1 FOR UPDATE`,
    [name],
  )
  const [person] = rows
  if (!person) throw unknown()
  if (person.feed) {
    throw new Problem('person-is-feed', 'This is a feed of a carrier, no person', {
      status: 409,
      hint: 'What came from it is told apart by its name; revoke its keys instead.',
    })
  }
  if (person.active) {
    throw new Problem('person-active', 'Whoever may still sign in is not erased', {
      status: 409,
      hint: 'Disable him first: `bongsu users disable`.',
    })
  }
  if (person.open !== null) {
    // That two people stand behind an alert is seen by their names.
    throw new Problem('person-in-use', `He stands behind alerts that have not ended: ${person.open.join(', ')}`, {
      status: 409,
      hint: 'Nothing was erased. Discard what was not launched, and ask again when the others have ended.',
    })
  }
}

const unknown = () => new Problem('person-unknown', 'There is no such person', { status: 404 })
