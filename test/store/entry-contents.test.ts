import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrate } from '../../src/store/migrate.ts'
import { emptyDatabase, type TestDatabase } from '../support/database.ts'

const migrations = new URL('../../migrations', import.meta.url).pathname

let database: TestDatabase
let client: Client
let released: string

/** A database as 0012 left it. */
beforeEach(async () => {
  database = await emptyDatabase()
  released = await mkdtemp(join(tmpdir(), 'bongsu-migrations-'))
  for (const name of await readdir(migrations)) {
    if (name < '0013') await cp(join(migrations, name), join(released, name))
  }
  await migrate(database.url, released)
  client = new Client({ connectionString: database.url })
  await client.connect()
})

afterEach(async () => {
  await client.end()
  await rm(released, { recursive: true })
  await database.drop()
})

const standing = async (area: string) => {
  const { rows } = await client.query<{ body: string }>(
    `SELECT body FROM entry_template WHERE area = $1 AND kind = 'mission' AND language = 'ko' ORDER BY id DESC LIMIT 1`,
    [area],
  )
  return rows[0]?.body
}

test('texts and numbers that an operator changed before the templates came stand as he left them', async () => {
  await client.query(`UPDATE entry_text SET body = '{callCentre} changed' WHERE country = '*' AND language = 'ko'`)
  await client.query(`INSERT INTO entry_text (country, language, body) VALUES ('JP', 'ko', '{country} own')`)
  await client.query(`INSERT INTO mission VALUES ('oslo', 'NO', '대사관', 'Embassy', '+47-1', true, '2026-01-01')`)
  await migrate(database.url, migrations)
  expect(await standing('*')).toBe('{callCentre} changed')
  expect(await standing('JP')).toBe('{country} own')
  const { rows } = await client.query(`SELECT phone, verified_on IS NOT NULL verified FROM mission WHERE id = 'oslo'`)
  expect(rows).toEqual([{ phone: '+47-1', verified: true }])
})

test('an embassy that an operator set down under a name of his own has no other beside it', async () => {
  await client.query(
    `INSERT INTO mission VALUES ('zambia-embassy', 'ZM', '대사관', 'Embassy', '+260-1', true, '2026-01-01')`,
  )
  await migrate(database.url, migrations)
  const { rows } = await client.query(`SELECT id, phone FROM mission WHERE country = 'ZM' AND is_embassy`)
  expect(rows).toEqual([{ id: 'zambia-embassy', phone: '+260-1' }])
})

test('general texts that nobody changed name the local emergency numbers from then on', async () => {
  await migrate(database.url, migrations)
  expect(await standing('*')).toBe(
    '[외교부] {country} 방문 중 위급상황 시 {contacts}로 연락하시기 바랍니다.{localHelp}',
  )
  expect(await standing('**')).toMatch(/\{localHelp\}$/)
})
