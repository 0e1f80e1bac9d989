import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLogger } from '../../src/lib/log.ts'
import { appendAudit, verifyAudit } from '../../src/store/audit.ts'
import { type Database, openDatabase, transaction } from '../../src/store/database.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'

let own: TestDatabase
let db: Database

beforeAll(async () => {
  own = await cloneDatabase()
  db = openDatabase(own.url, createLogger('silent'))
})

afterAll(async () => {
  await db?.close()
  await own?.drop()
})

const append = (act: string, detail?: Record<string, unknown>) =>
  transaction(db.pool, (client) =>
    appendAudit(client, { actor: 'person:kim', act, subject: 'alert:1', ...(detail && { detail }) }),
  )

/** What somebody does who has the database in his hands. */
async function tamper(sql: string): Promise<void> {
  await db.pool.query(`ALTER TABLE audit DISABLE TRIGGER ALL; ${sql}; ALTER TABLE audit ENABLE TRIGGER ALL`)
}

beforeEach(async () => {
  await tamper('TRUNCATE audit')
  for (let i = 1; i <= 5; i++) await append(`act-${i}`, { i, nested: { b: [1.5, null], a: '노토' } })
})

describe('the audit log', () => {
  test('holds, also over more than a page of it', async () => {
    expect(await verifyAudit(db.pool)).toMatchObject({ entries: 5, brokenAt: undefined })
    await transaction(db.pool, async (client) => {
      for (let i = 0; i < 1200; i++) await appendAudit(client, { actor: 'engine', act: 'x', subject: 'y' })
    })
    expect(await verifyAudit(db.pool)).toMatchObject({ entries: 1205, brokenAt: undefined })
    await tamper(`UPDATE audit SET act = 'z' WHERE id = 1100`)
    expect(await verifyAudit(db.pool)).toMatchObject({ entries: 1099, brokenAt: 1100 })
  })

  test('holds whatever the detail is: absent members, dates, numbers as JSON writes them', async () => {
    await append('odd', { nothing: undefined, when: new Date(0), small: 1e-7, large: 1e21, minus: -0, empty: {} })
    expect(await verifyAudit(db.pool)).toMatchObject({ entries: 6, brokenAt: undefined })
  })

  test.each([
    ['an act', `UPDATE audit SET act = 'other' WHERE id = 3`, 3],
    ['an actor', `UPDATE audit SET actor = 'person:lee' WHERE id = 3`, 3],
    ['a subject', `UPDATE audit SET subject = 'alert:2' WHERE id = 3`, 3],
    ['a time', `UPDATE audit SET at = at + interval '1 ms' WHERE id = 3`, 3],
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
      'one more entry',
      `INSERT INTO audit SELECT 6, at, actor, act, subject, detail, previous, hash FROM audit WHERE id = 5`,
      6,
    ],
  ])('shows where %s was changed', async (_, sql, brokenAt) => {
    await tamper(sql)
    expect(await verifyAudit(db.pool)).toMatchObject({ entries: brokenAt - 1, brokenAt })
  })

  test('stays one chain under many writers', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, i) => append(`at-once-${i}`)))
    expect(await verifyAudit(db.pool)).toMatchObject({ entries: 35, brokenAt: undefined })
  })

  test('forgets an act whose transaction was rolled back', async () => {
    const undone = transaction(db.pool, async (client) => {
      await appendAudit(client, { actor: 'engine', act: 'undone', subject: 'x' })
      throw new Error('no')
    })
    await expect(undone).rejects.toThrow('no')
    await append('next')
    expect(await verifyAudit(db.pool)).toMatchObject({ entries: 6, brokenAt: undefined })
  })

  test.each(['UPDATE audit SET act = act', 'DELETE FROM audit', 'TRUNCATE audit'])('refuses %s', async (sql) => {
    await expect(db.pool.query(sql)).rejects.toThrow('audit is append-only')
  })
})
