import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, inject } from 'vitest'
import { createLogger } from '../../src/lib/log.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'

export interface TestDatabase {
  url: string
  /** Drops the database; fails where a connection to it was left open, and names its last query. */
  drop(): Promise<void>
}

/** A database of this test file's own with all migrations applied: a copy of the template of the run. */
export function cloneDatabase(): Promise<TestDatabase> {
  return createFrom('bongsu_template')
}

/** A database with nothing in it. */
export function emptyDatabase(): Promise<TestDatabase> {
  return createFrom('template0')
}

async function createFrom(template: string): Promise<TestDatabase> {
  const adminUrl = inject('postgresUrl')
  const name = `bongsu_test_${randomBytes(6).toString('hex')}`
  await asAdmin(adminUrl, (client) => client.query(`create database ${name} template ${template}`))
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: () =>
      asAdmin(adminUrl, async (client) => {
        const left = await openConnections(client, name)
        await client.query(`drop database ${name} with (force)`)
        if (left.length > 0) throw new Error(`connections to the test's database were left open:\n${left.join('\n')}`)
      }),
  }
}

/** What is still connected after a second: closing is not awaited by the client, only by the server. */
async function openConnections(client: Client, name: string): Promise<string[]> {
  for (let attempt = 0; ; attempt++) {
    const { rows } = await client.query<{ line: string }>(
      `select format('%s: %s', coalesce(nullif(application_name, ''), 'unnamed'), left(query, 200)) as line
         from pg_stat_activity where datname = $1 and backend_type = 'client backend'`,
      [name],
    )
    if (rows.length === 0 || attempt === 50) return rows.map((row) => row.line)
    await delay(20)
  }
}

async function asAdmin<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** A database of its own for the file that calls it, open while its tests run. */
export function databaseForFile(options: { max?: number } = {}): Database {
  const opened = {} as Database
  let own: TestDatabase | undefined
  beforeAll(async () => {
    own = await cloneDatabase()
    Object.assign(opened, openDatabase(own.url, createLogger('silent'), options))
  })
  afterAll(async () => {
    await opened.close?.()
    await own?.drop()
  })
  return opened
}
