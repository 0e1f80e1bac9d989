import { beforeEach, describe, expect, test } from 'vitest'
import { verifyExport } from '../../src/app/audit-file.ts'
import { appendAudit } from '../../src/store/audit.ts'
import { entryHash } from '../../src/store/audit-chain.ts'
import { auditAnchor, exportAudit, verifyAudit } from '../../src/store/audit-log.ts'
import { transaction } from '../../src/store/database.ts'
import { noteErasure } from '../../src/store/privacy/note-erasure.ts'
import { auditAfter } from '../../src/store/reports/audit-entries.ts'
import { cutAudit } from '../../src/store/upkeep/cut-audit.ts'
import { databaseForFile } from '../support/database.ts'

const db = databaseForFile()

const append = (act: string, detail?: Record<string, unknown>) =>
  transaction(db.pool, (client) =>
    appendAudit(client, { actor: 'person:kim', act, subject: 'alert:1', ...(detail && { detail }) }),
  )

const dayMs = 86_400_000
const keepMs = 730 * dayMs

/** Entries as they would have been written on these days before now. */
async function appendOld(...daysAgo: readonly number[]): Promise<void> {
  for (const days of daysAgo) {
    const { rows } = await db.pool.query<{ id: number; hash: Buffer }>(
      'SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1',
    )
    const { id, hash: previous } = rows[0] ?? { id: 0, hash: Buffer.alloc(32) }
    const at = new Date(Date.now() - days * dayMs).toISOString()
    const entry = { id: id + 1, at, actor: 'engine', act: `${days} days ago`, subject: 'x', detail: {} }
    await db.pool.query(
      `INSERT INTO audit (id, at, actor, act, subject, detail, previous, hash) VALUES ($1, $2, 'engine', $3, 'x', '{}', $4, $5)`,
      [entry.id, at, entry.act, previous, entryHash(previous, entry)],
    )
  }
}

async function exported(): Promise<string[]> {
  let text = ''
  for await (const piece of exportAudit(db.pool)) text += piece
  return text.split('\n').slice(0, -1)
}

const verifyLines = (lines: readonly string[], head?: string) =>
  verifyExport(
    (async function* () {
      for (const line of lines) yield Buffer.from(`${line}\n`)
    })(),
    head,
  )

/** What somebody does who has the database in his hands. */
async function tamper(sql: string): Promise<void> {
  await db.pool.query(`ALTER TABLE audit DISABLE TRIGGER ALL; ${sql}; ALTER TABLE audit ENABLE TRIGGER ALL`)
}

beforeEach(async () => {
  await tamper(
    'TRUNCATE audit; ALTER TABLE audit_anchor DISABLE TRIGGER ALL; TRUNCATE audit_anchor; ALTER TABLE audit_anchor ENABLE TRIGGER ALL',
  )
  for (let i = 1; i <= 5; i++) await append(`act-${i}`, { i, nested: { b: [1.5, null], a: '노토' } })
})

describe('the audit log', () => {
  test('holds, also over more than a page of it', async () => {
    expect(await verifyAudit(db)).toMatchObject({ entries: 5, brokenAt: undefined })
    await transaction(db.pool, async (client) => {
      for (let i = 0; i < 1200; i++) await appendAudit(client, { actor: 'engine', act: 'x', subject: 'y' })
    })
    expect(await verifyAudit(db)).toMatchObject({ entries: 1205, brokenAt: undefined })
    await tamper(`UPDATE audit SET act = 'z' WHERE id = 1100`)
    expect(await verifyAudit(db)).toMatchObject({ entries: 1099, brokenAt: 1100 })
  })

  test('holds whatever the detail is: absent members, dates, numbers as JSON writes them', async () => {
    await append('odd', { nothing: undefined, when: new Date(0), small: 1e-7, large: 1e21, minus: -0, empty: {} })
    expect(await verifyAudit(db)).toMatchObject({ entries: 6, brokenAt: undefined })
  })

  test.each([
    ['an act', `UPDATE audit SET act = 'other' WHERE id = 3`, 3],
    ['an actor', `UPDATE audit SET actor = 'person:lee' WHERE id = 3`, 3],
    ['a subject', `UPDATE audit SET subject = 'alert:2' WHERE id = 3`, 3],
    ['a time', `UPDATE audit SET at = at + interval '1 ms' WHERE id = 3`, 3],
    ['a time by a microsecond', `UPDATE audit SET at = at + interval '1 us' WHERE id = 3`, 3],
    ['a time for ever', `UPDATE audit SET at = 'infinity' WHERE id = 3`, 3],
    ['a detail', `UPDATE audit SET detail = '{"i": 4}' WHERE id = 3`, 3],
    ['a hash', `UPDATE audit SET hash = previous WHERE id = 3`, 3],
    ['what comes before', `UPDATE audit SET previous = hash WHERE id = 3`, 3],
    ['the first entry', 'DELETE FROM audit WHERE id = 1', 1],
    ['an entry in the middle', 'DELETE FROM audit WHERE id = 3', 3],
    [
      'an entry in the middle, the rest moved up',
      'DELETE FROM audit WHERE id = 3; UPDATE audit SET id = id - 1 WHERE id > 3',
      3,
    ],
    [
      'the order',
      'UPDATE audit SET id = -1 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 3; UPDATE audit SET id = 3 WHERE id = -1',
      2,
    ],
    [
      'an entry before the first',
      `INSERT INTO audit SELECT 0, at, actor, act, subject, detail, previous, hash FROM audit WHERE id = 1`,
      1,
    ],
    ['all but the last entry', 'DELETE FROM audit WHERE id < 5', 1],
    [
      'one more entry',
      `INSERT INTO audit SELECT 6, at, actor, act, subject, detail, previous, hash FROM audit WHERE id = 5`,
      6,
    ],
  ])('shows where %s was changed', async (_, sql, brokenAt) => {
    await tamper(sql)
    expect(await verifyAudit(db)).toMatchObject({ entries: brokenAt - 1, brokenAt })
  })

  test('stays one chain under many writers', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, i) => append(`at-once-${i}`)))
    expect(await verifyAudit(db)).toMatchObject({ entries: 35, brokenAt: undefined })
  })

  test('forgets an act whose transaction was rolled back', async () => {
    const undone = transaction(db.pool, async (client) => {
      await appendAudit(client, { actor: 'engine', act: 'undone', subject: 'x' })
      throw new Error('no')
    })
    await expect(undone).rejects.toThrow('no')
    await append('next')
    expect(await verifyAudit(db)).toMatchObject({ entries: 6, brokenAt: undefined })
  })

  test.each(['UPDATE audit SET act = act', 'DELETE FROM audit', 'TRUNCATE audit'])('refuses %s', async (sql) => {
    await expect(db.pool.query(sql)).rejects.toThrow('audit is append-only')
  })
})

describe('the end of the log', () => {
  test('is missed by whoever kept a hash of it, and by nobody else', async () => {
    const { head } = await verifyAudit(db)
    expect(await verifyAudit(db, head)).toMatchObject({ brokenAt: undefined, headFound: true })
    await append('later')
    expect(await verifyAudit(db, head.toUpperCase())).toMatchObject({ entries: 6, headFound: true })
    await tamper('DELETE FROM audit WHERE id >= 5')
    expect(await verifyAudit(db)).toMatchObject({ entries: 4, brokenAt: undefined })
    expect(await verifyAudit(db, head)).toMatchObject({ entries: 4, headFound: false })
  })
})

describe('names and numbers', () => {
  test('stand in no entry, and are read again as long as somebody may know them', async () => {
    const sees = (act: string, msisdn: string) =>
      transaction(db.pool, (client) =>
        appendAudit(client, { actor: 'person:박 민수', act, subject: `subscriber:${msisdn}` }),
      )
    await sees('one', '821012345678')
    await sees('two', '821012345678')
    await sees('three', '819012345678')
    const { rows } = await db.pool.query(`SELECT actor, subject FROM audit WHERE id > 5 ORDER BY id`)
    const [one, two, three] = rows
    expect(one).toEqual(two)
    expect(one.actor).toMatch(/^person:~[\w-]{16}$/)
    expect(three.actor).toBe(one.actor)
    expect(three.subject).not.toBe(one.subject)
    const dump = await db.pool.query(`SELECT string_agg(a::text, '') AS dump FROM audit a`)
    expect(dump.rows[0].dump).not.toMatch(/민수|12345678/)

    expect(await auditAfter(db.pool, 5, 3)).toMatchObject([
      { actor: 'person:박 민수', subject: 'subscriber:8210******78' },
      { actor: 'person:박 민수', subject: 'subscriber:8210******78' },
      { actor: 'person:박 민수', subject: 'subscriber:8190******78' },
    ])
    await db.pool.query(`DELETE FROM pseudonym WHERE kind = 'person' AND name = '박 민수'`)
    expect(await auditAfter(db.pool, 5, 1)).toMatchObject([{ actor: `${one.actor} (erased)` }])
    expect(await verifyAudit(db)).toMatchObject({ entries: 8, brokenAt: undefined })
  })

  describe('hold to their names', () => {
    const whose = (name: string) =>
      db.pool.query<{ who: string }>(`SELECT kind || ':~' || pseudonym AS who FROM pseudonym WHERE name = $1`, [name])

    beforeEach(async () => {
      await db.pool.query('TRUNCATE pseudonym')
      await tamper('TRUNCATE audit')
      for (const actor of ['person:Choi', 'person:Lee']) {
        await transaction(db.pool, (client) => appendAudit(client, { actor, act: 'alert.break-glass', subject: 'x' }))
      }
    })

    test('which are not swapped unseen', async () => {
      expect((await verifyAudit(db)).misnamed).toEqual([])
      await db.pool.query(`UPDATE pseudonym SET name = 'x' WHERE name = 'Choi';
                           UPDATE pseudonym SET name = 'Choi' WHERE name = 'Lee'; UPDATE pseudonym SET name = 'Lee' WHERE name = 'x'`)
      const both = [...(await whose('Choi')).rows, ...(await whose('Lee')).rows].map(({ who }) => who)
      expect((await verifyAudit(db)).misnamed.toSorted()).toEqual(both.toSorted())
    })

    test('nor taken away but by an erasure', async () => {
      const [{ who }] = (await whose('Choi')).rows as [{ who: string }]
      await db.pool.query(`DELETE FROM pseudonym WHERE name = 'Choi'`)
      expect((await verifyAudit(db)).misnamed).toEqual([who])
    })

    test('and an erasure takes them', async () => {
      await transaction(db.pool, (client) => noteErasure(client, 'person', 'Choi', { actor: 'cli' }))
      expect(await verifyAudit(db)).toMatchObject({ entries: 3, misnamed: [] })
    })
  })

  test('get one pseudonym each, however many write of them at once', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        transaction(db.pool, (client) =>
          appendAudit(client, { actor: `person:p${i % 3}`, act: 'x', subject: `person:p${(i + 1) % 3}` }),
        ),
      ),
    )
    const { rows } = await db.pool.query(`SELECT name FROM pseudonym WHERE name LIKE 'p_' ORDER BY name`)
    expect(rows.map(({ name }) => name)).toEqual(['p0', 'p1', 'p2'])
    expect(await verifyAudit(db)).toMatchObject({ entries: 25, brokenAt: undefined })
  })
})

describe('what is older than the log is kept', () => {
  beforeEach(async () => {
    await tamper('TRUNCATE audit')
    await appendOld(1100, 1000, 900, 400)
    await append('now')
  })

  test('is cut off, with an entry that says so; the rest holds, and hashes of before are still known', async () => {
    const before = await verifyAudit(db)
    const last = (await auditAfter(db.pool, 2, 1))[0]
    expect(await cutAudit(db, keepMs)).toBe(3)
    expect((await auditAfter(db.pool, 0, 10)).map(({ id, act }) => [id, act])).toEqual([
      [4, '400 days ago'],
      [5, 'now'],
      [6, 'audit.cut'],
    ])
    expect(await verifyAudit(db, before.head)).toMatchObject({
      entries: 3,
      cut: 3,
      brokenAt: undefined,
      headFound: true,
    })
    expect(await verifyAudit(db, last?.hash)).toMatchObject({ headFound: true })
    expect(await cutAudit(db, keepMs)).toBe(0)
    expect(await verifyLines(await exported(), before.head)).toMatchObject({ entries: 3, cut: 3, brokenAt: undefined })
  })

  test('is cut off again, and the last entry is kept however old it is', async () => {
    await cutAudit(db, keepMs)
    const later = new Date(Date.now() + 400 * dayMs)
    await tamper(`DELETE FROM audit WHERE id > 4`)
    await appendOld(399)
    expect(await cutAudit(db, keepMs, later)).toBe(1)
    expect((await auditAfter(db.pool, 0, 10)).map(({ id }) => id)).toEqual([5, 6])
    expect(await verifyAudit(db)).toMatchObject({ entries: 2, cut: 4, brokenAt: undefined })
    await cutAudit(db, keepMs, new Date(Date.now() + 4000 * dayMs))
    expect((await auditAfter(db.pool, 0, 10)).map(({ id }) => id)).toEqual([6, 7])
  })

  test('is deleted while others write on; what a crash left of it is no part of the log, and goes the next time', async () => {
    await db.pool.query('CREATE TABLE audit_left AS SELECT * FROM audit WHERE id <= 3')
    const cut = await transaction(db.pool, async (client) => {
      await client.query('SELECT FROM audit WHERE id = 1 FOR UPDATE')
      const cutting = cutAudit(db, keepMs)
      await expect.poll(async () => (await auditAnchor(db.pool))?.upto).toBe(3)
      await append('meanwhile')
      expect(await verifyAudit(db)).toMatchObject({ entries: 4, cut: 3, brokenAt: undefined })
      return { cutting }
    })
    expect(await cut.cutting).toBe(3)
    const acts = ['400 days ago', 'now', 'audit.cut', 'meanwhile']
    const kept = async () => (await db.pool.query('SELECT act FROM audit ORDER BY id')).rows.map(({ act }) => act)
    expect(await kept()).toEqual(acts)

    await tamper('INSERT INTO audit SELECT * FROM audit_left; DROP TABLE audit_left')
    expect(await verifyAudit(db)).toMatchObject({ entries: 4, cut: 3, brokenAt: undefined })
    expect((await auditAfter(db.pool, 0, 10)).map(({ act }) => act)).toEqual(acts)
    expect(await cutAudit(db, keepMs)).toBe(0)
    expect(await kept()).toEqual(acts)
  })

  test('takes pseudonyms with it that no entry names any more, but none of the last day', async () => {
    await db.pool.query(
      `INSERT INTO pseudonym (pseudonym, kind, name, made_at) VALUES ('unnamed', 'person', 'unnamed', now() - interval '2 days'),
         ('new', 'person', 'new', now() - interval '1 hour')`,
    )
    await db.pool.query(`UPDATE pseudonym SET made_at = now() - interval '2 days' WHERE name = 'kim'`)
    await cutAudit(db, keepMs)
    const { rows } = await db.pool.query(
      `SELECT name FROM pseudonym WHERE name IN ('unnamed', 'new', 'kim') ORDER BY 1`,
    )
    expect(rows.map(({ name }) => name)).toEqual(['kim', 'new'])
  })

  test('nothing younger than a year is ever deleted, nor anything before the anchor', async () => {
    await expect(db.pool.query('DELETE FROM audit WHERE id = 1')).rejects.toThrow('audit is append-only')
    await db.pool.query(`INSERT INTO audit_anchor (upto, hash) SELECT 5, hash FROM audit WHERE id = 5`)
    await expect(db.pool.query('DELETE FROM audit WHERE id <= 5')).rejects.toThrow('audit is append-only')
    await expect(db.pool.query('UPDATE audit_anchor SET upto = 4')).rejects.toThrow('only moves on')
    await expect(db.pool.query('DELETE FROM audit_anchor')).rejects.toThrow('only moves on')
    await expect(db.pool.query('TRUNCATE audit_anchor')).rejects.toThrow('append-only')
  })

  test.each([
    ['its hash', `UPDATE audit_anchor SET hash = decode(repeat('00', 32), 'hex')`, 4],
    ['its place', 'UPDATE audit_anchor SET upto = 2', 3],
    ['all of it', 'DELETE FROM audit_anchor', 1],
    [
      'how much it took away',
      `UPDATE audit_anchor SET upto = 4, hash = (SELECT hash FROM audit WHERE id = 4); DELETE FROM audit WHERE id = 4`,
      4,
    ],
  ])('an anchor of which somebody changed %s does not hold', async (_, sql, brokenAt) => {
    await cutAudit(db, keepMs)
    await tamper(`ALTER TABLE audit_anchor DISABLE TRIGGER ALL; ${sql}; ALTER TABLE audit_anchor ENABLE TRIGGER ALL`)
    expect(await verifyAudit(db)).toMatchObject({ brokenAt })
  })
})

describe('an export', () => {
  test('holds without the database', async () => {
    const { head } = await verifyAudit(db)
    expect(await verifyLines(await exported(), head)).toMatchObject({
      entries: 5,
      brokenAt: undefined,
      headFound: true,
    })
    expect(await verifyLines([])).toMatchObject({ entries: 0, brokenAt: undefined, headFound: false })
  })

  const members = ['id', 'at', 'actor', 'act', 'subject', 'detail', 'previous', 'hash'] as const
  test.each([
    ...members.map((name): [string, (lines: string[]) => string[]] => [
      `${name} of an entry`,
      (lines) => lines.map((line, i) => (i === 2 ? JSON.stringify({ ...JSON.parse(line), [name]: 7 }) : line)),
    ]),
    ...members.map((name): [string, (lines: string[]) => string[]] => [
      `the lack of ${name}`,
      (lines) => lines.map((line, i) => (i === 2 ? JSON.stringify({ ...JSON.parse(line), [name]: undefined }) : line)),
    ]),
    ['a member more', (lines) => lines.map((line, i) => (i === 2 ? line.replace('{', '{"note":1,') : line))],
    ['an entry less', (lines) => lines.filter((_, i) => i !== 2)],
    ['an entry twice', (lines) => [...lines.slice(0, 2), lines[1] as string, ...lines.slice(2)]],
    ['another order', (lines) => [...lines.slice(0, 2), lines[3] as string, lines[2] as string, lines[4] as string]],
  ])('shows %s', async (_, change) => {
    expect(await verifyLines(change(await exported()))).toMatchObject({ entries: 2, brokenAt: 3 })
  })

  test('that is none is told by its line', async () => {
    await expect(verifyLines([...(await exported()), 'x'])).rejects.toMatchObject({
      code: 'not-an-export',
      where: 'line 6',
    })
  })
})
