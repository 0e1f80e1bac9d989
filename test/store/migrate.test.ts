import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrate } from '../../src/store/migrate.ts'
import { emptyDatabase, type TestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'

let database: TestDatabase
let dir: string

beforeEach(async () => {
  database = await emptyDatabase()
  dir = await mkdtemp(join(tmpdir(), 'bongsu-migrations-'))
  await file('0001_first.sql', 'create table first (x int); insert into first values (1);')
  await file('0002_second.sql', 'create table second (x int);')
})

afterEach(async () => {
  await rm(dir, { recursive: true })
  await database.drop()
})

const file = (name: string, sql: string) => writeFile(join(dir, name), sql)

async function query<T extends object>(sql: string): Promise<T[]> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    return (await client.query<T>(sql)).rows
  } finally {
    await client.end()
  }
}

describe('migrate', () => {
  test('applies each file once, in order, and says which', async () => {
    expect(await migrate(database.url, dir)).toEqual({ applied: ['0001_first.sql', '0002_second.sql'] })
    expect(await migrate(database.url, dir)).toEqual({ applied: [] })
    await file('0003_third.sql', 'create table third (x int)')
    expect(await migrate(database.url, dir)).toEqual({ applied: ['0003_third.sql'] })
    expect(await query('select number, name from bongsu_migration order by 1')).toEqual([
      { number: 1, name: '0001_first.sql' },
      { number: 2, name: '0002_second.sql' },
      { number: 3, name: '0003_third.sql' },
    ])
  })

  test('lets a second process wait for the first and then find nothing to do', async () => {
    await file('0001_first.sql', 'create table first (x int); select pg_sleep(0.2)')
    const both = await Promise.all([migrate(database.url, dir), migrate(database.url, dir)])
    expect(both.map(({ applied }) => applied.length).sort()).toEqual([0, 2])
  })

  test('rolls a failed file back whole, keeps those before it, and names the line', async () => {
    await file('0002_second.sql', 'create table second (x int);\n\nselect no_such_column from second;')
    await expect(migrate(database.url, dir)).rejects.toMatchObject({
      code: 'migration-failed',
      where: '0002_second.sql line 3',
    })
    expect(
      await query("select to_regclass('first') is not null as first, to_regclass('second') is not null as second"),
    ).toEqual([{ first: true, second: false }])
    await file('0002_second.sql', 'create table second (x int)')
    expect(await migrate(database.url, dir)).toEqual({ applied: ['0002_second.sql'] })
  })

  test('refuses an applied file that has changed, and applies nothing after it', async () => {
    await migrate(database.url, dir)
    await file('0001_first.sql', 'create table first (y int)')
    await file('0003_third.sql', 'create table third (x int)')
    await expect(migrate(database.url, dir)).rejects.toMatchObject({
      code: 'migration-changed',
      where: '0001_first.sql',
    })
    expect(await query("select to_regclass('third') as third")).toEqual([{ third: null }])
  })

  test('refuses a database that a newer version migrated', async () => {
    await migrate(database.url, dir)
    await rm(join(dir, '0002_second.sql'))
    await expect(migrate(database.url, dir)).rejects.toMatchObject({ code: 'database-newer' })
  })

  test('refuses a database with the tables of something else, names them, and leaves it alone', async () => {
    await query('create table wp_posts (x int)')
    await query('create view wp_view as select 1')
    const refusal = await migrate(database.url, dir).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'database-not-ours', message: expect.stringContaining('wp_posts, wp_view') })
    expect(await query("select to_regclass('bongsu_migration') as ours")).toEqual([{ ours: null }])
  })

  test('does not mind tables outside the public schema', async () => {
    await query('create schema bongsu_queue')
    await query('create table bongsu_queue.job (x int)')
    expect((await migrate(database.url, dir)).applied).toHaveLength(2)
  })

  test('refuses a database that is not in UTF-8', async () => {
    const name = `bongsu_test_latin_${Date.now()}`
    await query(`create database ${name} encoding 'LATIN1' locale 'C' template template0`)
    const url = new URL(database.url)
    url.pathname = `/${name}`
    await expect(migrate(url.href, dir)).rejects.toMatchObject({ code: 'database-encoding' })
    await query(`drop database ${name}`)
  })

  test.each(['0004_gap.sql', '3_short.sql', '0003-dash.sql', '0002_twice.sql'])(
    'refuses a file named %s',
    async (name) => {
      await file(name, 'select 1')
      await expect(migrate(database.url, dir)).rejects.toMatchObject({ code: 'migration-name', where: dir })
    },
  )

  test('takes a client of the caller and leaves it open and unlocked', async () => {
    const client = new Client({ connectionString: database.url })
    await client.connect()
    expect((await migrate(client, dir)).applied).toHaveLength(2)
    const { rows } = await client.query(
      "select count(*)::int as locks from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())",
    )
    expect(rows).toEqual([{ locks: 0 }])
    await client.end()
  })

  test('says what to do where there is no server, no such database or a wrong password', async () => {
    const port = await freePort()
    await expect(migrate(`postgresql://a:secret@127.0.0.1:${port}/b`, dir)).rejects.toMatchObject({
      code: 'database-unreachable',
      message: expect.not.stringContaining('secret'),
    })
    const absent = new URL(database.url)
    absent.pathname = '/absent'
    await expect(migrate(absent.href, dir)).rejects.toMatchObject({ hint: expect.stringContaining('create database') })
    const wrong = new URL(database.url)
    wrong.password = 'wrong'
    await expect(migrate(wrong.href, dir)).rejects.toMatchObject({ hint: expect.stringContaining('password') })
  })
})
