import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { verifyAudit } from '../../src/store/audit-log.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { staffColumns } from '../../src/store/privacy/staff.ts'
import { codeOf, startApi, type TestApi } from '../api/support.ts'
import { currentAlert, launched } from '../reporting/broadcast.ts'

let api: TestApi
let name: string
let next = 0
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api?.close())
beforeEach(() => {
  name = `박 민수 ${++next}`
})

const rows = async (sql: string, ...values: unknown[]) => (await api.db.pool.query(sql, values)).rows
const erase = () =>
  api.call('administrator', 'POST', '/v1/privacy/erase', { body: { person: name, reason: 'left in 2026' } })
const disable = () => rows('UPDATE person SET disabled_at = now() WHERE name = $1', name)

/** Somebody who has done everything that somebody can do. */
async function busy(): Promise<string> {
  const who = `person:${name}`
  await addKey(api.db, name, 'composer', 'person:administrator')
  await rows(
    `INSERT INTO session (person_id, hash, expires_at) SELECT id, sha256(name::bytea), now() FROM person WHERE name = $1`,
    name,
  )
  const { alertId } = await launched(api.db, currentAlert())
  await rows(
    `UPDATE alert SET phase = 'ended', launch_by = jsonb_build_object('person', $2::text, 'roles', '[]'::jsonb),
            lifecycle = jsonb_build_object('phase', 'ended', 'authors', jsonb_build_array($2::text, 'kim'),
                                           'approval', jsonb_build_object('by', $2::text, 'at', 'x', 'digest', 'y'))
      WHERE id = $1`,
    alertId,
    name,
  )
  await rows(
    `INSERT INTO alert_overlap (alert_id, other_id, decision, decided_by) VALUES ($1, $1, 'both', $2)`,
    alertId,
    name,
  )
  await rows(`INSERT INTO alert_template (id, made_by) VALUES ('x', $1)`, name)
  await rows(`INSERT INTO camara_number (operator, msisdn, added_by) VALUES ('kt', $1, $2)`, 8_210_000_000 + next, name)
  await rows(
    `INSERT INTO campaign (name, areas, texts, starts_at, ends_at, made_by) VALUES ('x', '{JP}', '{}', now(), now() + interval '1 s', $1)`,
    who,
  )
  await rows(
    `INSERT INTO emergency_number (country, police, ambulance, fire, verified, made_by) VALUES ('IS', '112', '112', '112', false, $1)`,
    who,
  )
  await rows(`INSERT INTO entry_host (host, made_by) VALUES ($1, $2)`, `host${next}.example`, who)
  await rows(`INSERT INTO entry_policy (area, made_by) VALUES ('IS', $1)`, who)
  await rows(
    `INSERT INTO entry_template (area, kind, language, verified, made_by) VALUES ('IS', 'mission', 'ko', false, $1)`,
    who,
  )
  await rows(
    `INSERT INTO inbox_text (head_id, carrier_no, kind, source, destination, data_coding, raw, header_octets, fingerprint, handled_at, handled_by)
     VALUES (1, 1, 'text', 'x', 'y', 0, '', 0, '', now(), $1)`,
    name,
  )
  await rows(
    `INSERT INTO locked_term (language, term, meaning, made_by) VALUES ('ko', $1, 'x', $2)`,
    `term${next}`,
    name,
  )
  await rows(
    `INSERT INTO travel_level (country, area, level, since, source, verified, made_by) VALUES ('IS', 'IS', 1, now(), 'x', true, $1)`,
    who,
  )
  await rows(`INSERT INTO webhook (url, secret, made_by, after_id) VALUES ('https://x.example', '', $1, 0)`, name)
  await rows(
    `INSERT INTO zone_version (id, version, name, shapes, digest, made_by) VALUES ($1, 1, 'x', '[]', '', $2)`,
    `zone-${next}`,
    who,
  )
  return alertId
}

async function tablesWith(text: string): Promise<string[]> {
  const found: string[] = []
  for (const { table } of await rows(
    `SELECT relname AS table FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
  )) {
    const [hit] = await rows(`SELECT count(*)::int n FROM ${table} t WHERE position($1 IN t::text) > 0`, text)
    if (hit.n > 0) found.push(table)
  }
  return found
}

describe('somebody who worked here and is erased', () => {
  test('is nowhere named any more, and two people still stand behind an alert', async () => {
    const alertId = await busy()
    const before = await tablesWith(name)
    expect(before).toEqual(['alert', ...Object.keys(staffColumns), 'person', 'pseudonym'].sort())
    await disable()
    const { status, body, text } = await erase()
    expect(status, text).toBe(200)
    expect(body.erased).toMatchObject({ alert: 1, api_key: 1, session: 1, person: 1, zone_version: 1 })
    expect(await tablesWith(name)).toEqual([])
    const [{ lifecycle, launch_by: launchBy }] = (await rows(
      'SELECT lifecycle, launch_by FROM alert WHERE id = $1',
      alertId,
    )) as [{ lifecycle: { authors: string[]; approval: { by: string } }; launch_by: { person: string } }]
    const [pseudonym] = lifecycle.authors as [string]
    expect(pseudonym).toMatch(/^~[\w-]{16}$/)
    expect(lifecycle).toEqual({
      phase: 'ended',
      authors: [pseudonym, 'kim'],
      approval: { by: pseudonym, at: 'x', digest: 'y' },
    })
    expect(launchBy.person).toBe(pseudonym)
    expect(await rows('SELECT made_by FROM zone_version WHERE id = $1', `zone-${next}`)).toEqual([
      { made_by: `person:${pseudonym}` },
    ])
    expect(await verifyAudit(api.db)).toMatchObject({ brokenAt: undefined })
    const { entries } = (await api.call('auditor', 'GET', '/v1/audit?limit=1000')).body
    expect(entries.at(-1)).toMatchObject({ act: 'privacy.erase', subject: `person:${pseudonym} (erased)` })
    expect([(await erase()).status, codeOf(await erase())]).toEqual([404, 'person-unknown'])
  })

  test('may sign in no more, and has no alert that has not ended', async () => {
    const alertId = await busy()
    expect(codeOf(await erase())).toBe('person-active')
    await disable()
    await rows(`UPDATE alert SET phase = 'approved' WHERE id = $1`, alertId)
    const refused = await erase()
    expect(codeOf(refused)).toBe('person-in-use')
    expect(refused.body.detail).toMatch(/: \S+ \(approved\)$/)
    expect(await tablesWith(name)).toContain('person')
    await rows(`UPDATE alert SET phase = 'ended' WHERE id = $1`, alertId)
    expect((await erase()).status).toBe(200)
  })

  test('is no feed', async () => {
    name = `feed-${next}`
    await addKey(api.db, name, 'carrier', 'person:administrator')
    await disable()
    expect(codeOf(await erase())).toBe('person-is-feed')
  })

  test('is known with all that he did before, but without his secrets', async () => {
    await busy()
    const { status, body, text } = await api.call('administrator', 'POST', '/v1/privacy/export', {
      body: { person: name },
    })
    expect(status, text).toBe(200)
    expect(body.person).toMatchObject({
      person: { name },
      keys: [{ role: 'composer' }],
      sessions: [{ ended_at: null }],
      alerts: [{ lifecycle: { authors: [name, 'kim'] } }],
      named: Object.fromEntries(Object.keys(staffColumns).map((table) => [table, 1])),
      acts: [],
      actsOnHim: [{ act: 'key.add' }, { act: 'privacy.export' }],
    })
    expect(text).not.toMatch(/hash|secret/)
    const unknown = await api.call('auditor', 'POST', '/v1/privacy/export', { body: { person: 'nobody' } })
    expect(codeOf(unknown)).toBe('person-unknown')
    // Whoever is mistyped, or erased, is not kept by the question.
    expect(await rows(`SELECT FROM pseudonym WHERE name = 'nobody'`)).toEqual([])
  })
})

describe('what is append-only', () => {
  test.each([
    'zone_version',
    'travel_level',
    'entry_policy',
    'entry_template',
    'campaign',
    'emergency_number',
    'alert_template',
  ])('%s gives up a name for a pseudonym, and nothing else', async (table) => {
    await busy()
    const mine = `WHERE made_by IN ('${name}', 'person:${name}')`
    for (const sql of [
      `UPDATE ${table} SET made_by = 'person:lee' ${mine}`,
      `UPDATE ${table} SET made_by = 'person:~x', made_at = now() ${mine}`,
      `UPDATE ${table} SET made_by = made_by ${mine}`,
      `DELETE FROM ${table} ${mine}`,
      `TRUNCATE ${table}`,
    ]) {
      await expect(api.db.pool.query(sql)).rejects.toThrow(`${table} is append-only`)
    }
    await expect(api.db.pool.query(`UPDATE ${table} SET made_by = 'person:~x' ${mine}`)).resolves.toBeDefined()
  })
})
