import { describe, expect, test } from 'vitest'
import { Problem } from '../../src/lib/problem.ts'
import { addBootstrapKey, addKey, findKey } from '../../src/store/people/keys.ts'
import { databaseForFile } from '../support/database.ts'

const db = databaseForFile()

const problemOf = async (run: Promise<unknown>): Promise<Problem> => {
  const error = await run.catch((e: unknown) => e)
  if (!(error instanceof Problem)) throw new Error(`no Problem: ${error}`)
  return error
}

describe('the bootstrap key', () => {
  test('that is weak is refused, and no key is made', async () => {
    expect((await problemOf(addBootstrapKey(db, 'fifteen letters'))).code).toBe('weak-bootstrap-key')
    expect((await db.pool.query('SELECT FROM api_key')).rowCount).toBe(0)
  })

  test('becomes the first administrator key once, also when two engines start at once', async () => {
    const made = await Promise.all([1, 2, 3].map(() => addBootstrapKey(db, 'a long enough secret')))
    expect(made.filter((one) => one !== undefined)).toEqual([{ key: 'a long enough secret', made: false }])
    expect(await findKey(db.pool, 'a long enough secret')).toMatchObject({
      person: 'bootstrap',
      roles: ['administrator'],
    })
    expect(await addBootstrapKey(db, undefined)).toBeUndefined()
    expect(await addBootstrapKey(db, 'short')).toBeUndefined()
  })
})

describe('a key', () => {
  test('is kept as a hash only', async () => {
    const key = await addKey(db, ' kim ', 'composer', 'person:choi')
    expect(key).toMatch(/^bongsu_[\w-]{43}$/)
    expect(await findKey(db.pool, key)).toMatchObject({ person: 'kim', roles: ['composer'] })
    const { rows } = await db.pool.query<{ dump: string }>(
      `SELECT (SELECT string_agg(t::text, '') FROM api_key t) || (SELECT string_agg(t::text, '') FROM audit t) AS dump`,
    )
    expect(rows[0]?.dump).not.toContain(key.slice('bongsu_'.length))
    expect(rows[0]?.dump).toContain('key.add')
  })

  test('joins the other keys of its person', async () => {
    const keys = await Promise.all([addKey(db, 'lee', 'approver', 'x'), addKey(db, 'lee', 'composer', 'x')])
    const holders = await Promise.all(keys.map((key) => findKey(db.pool, key)))
    expect(holders.map((holder) => `${holder?.person} ${holder?.roles}`)).toEqual(['lee approver', 'lee composer'])
    expect((await db.pool.query(`SELECT FROM person WHERE name = 'lee'`)).rowCount).toBe(1)
  })

  test('that is unknown or revoked is not found', async () => {
    const key = await addKey(db, 'park', 'viewer', 'x')
    expect(await findKey(db.pool, `${key}x`)).toBeUndefined()
    await db.pool.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [(await findKey(db.pool, key))?.keyId])
    expect(await findKey(db.pool, key)).toBeUndefined()
  })

  test('of no role there is, or of nobody, is refused', async () => {
    expect((await problemOf(addKey(db, 'kim', 'aprover', 'x'))).line).toBe(
      '"aprover" is not a role. Did you mean "approver"?',
    )
    expect((await problemOf(addKey(db, 'kim', 'emperor of all', 'x'))).hint).toContain('viewer, composer, approver')
    expect((await problemOf(addKey(db, '  ', 'viewer', 'x'))).code).toBe('missing-name')
  })
})
