import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { Problem } from '../lib/problem.ts'

/** One file of the migrations folder: `0001_subscribers.sql`. */
interface Migration {
  number: number
  name: string
  sha256: string
  sql: string
}

interface Applied {
  number: number
  name: string
  sha256: string
}

const minimumVersion = 15
/** ASCII `bongsu`, as a key of pg_advisory_lock that no other application is likely to use. */
const lockKey = String(0x626f6e677375)

/**
 * Brings a database up to the numbered SQL files of `dir`, each in a transaction of its own, one process at a time
 * (others wait). Takes a URL, or a connected client that is used alone meanwhile. Returns the names it applied.
 *
 * Throws a Problem and changes nothing where the database is not ours, is newer than the files, is older than
 * PostgreSQL 15, is not UTF-8 or cannot be reached, and where a file that was applied has changed. Where a file fails,
 * those before it stay applied.
 */
export async function migrate(database: string | Client, dir: string): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(dir)
  if (typeof database !== 'string') return apply(database, migrations)
  const client = await connect(database)
  try {
    return await apply(client, migrations)
  } finally {
    await client.end()
  }
}

async function apply(client: Client, migrations: readonly Migration[]): Promise<{ applied: string[] }> {
  await checkServer(client)
  await client.query('select pg_advisory_lock($1)', [lockKey])
  try {
    const known = await readApplied(client)
    checkHistory(known, migrations)
    const pending = migrations.slice(known.length)
    for (const migration of pending) await applyOne(client, migration)
    return { applied: pending.map((migration) => migration.name) }
  } finally {
    await client.query('select pg_advisory_unlock($1)', [lockKey])
  }
}

async function applyOne(client: Client, { number, name, sha256, sql }: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(sql)
    await client.query('insert into public.bongsu_migration (number, name, sha256) values ($1, $2, $3)', [
      number,
      name,
      sha256,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    const { message, position } = error as { message: string; position?: string }
    const line = position === undefined ? undefined : sql.slice(0, Number(position)).split('\n').length
    throw new Problem('migration-failed', `Migration ${name} failed: ${message}`, {
      status: 500,
      where: line === undefined ? name : `${name} line ${line}`,
      hint: 'It was rolled back; the migrations before it stay applied.',
      cause: error,
    })
  }
}

/** The migrations of a database of ours, first to last; makes the table in an empty one. */
async function readApplied(client: Client): Promise<Applied[]> {
  const { rows: tables } = await client.query<{ name: string }>(
    // What an extension brought (PostGIS: spatial_ref_sys) is nobody's data.
    `select c.relname as name from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and not exists (select 1 from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
      order by c.relname`,
  )
  if (tables.some((table) => table.name === 'bongsu_migration')) {
    const { rows } = await client.query<Applied>(
      'select number, name, sha256 from public.bongsu_migration order by number',
    )
    return rows
  }
  if (tables.length > 0) throw foreignDatabase(tables.map((table) => table.name))
  await client.query(
    `create table public.bongsu_migration (
       number integer primary key,
       name text not null,
       sha256 text not null,
       applied_at timestamptz not null default now()
     )`,
  )
  return []
}

function checkHistory(known: readonly Applied[], migrations: readonly Migration[]): void {
  const last = known.at(-1)
  if (last !== undefined && last.number > migrations.length) {
    throw new Problem(
      'database-newer',
      `The database is at migration ${last.name}, this version of bongsu knows ${migrations.length}`,
      {
        status: 500,
        hint: 'Run the version of bongsu that migrated it, or a newer one; a database is never taken back.',
      },
    )
  }
  known.forEach((applied, index) => {
    const file = migrations[index]
    if (
      file !== undefined &&
      file.number === applied.number &&
      file.name === applied.name &&
      file.sha256 === applied.sha256
    )
      return
    throw new Problem(
      'migration-changed',
      `Migration ${applied.name} was applied to this database, but its file has since changed`,
      {
        status: 500,
        where: file?.name ?? applied.name,
        hint: 'Restore the file as it was (its SHA-256 is in the table bongsu_migration) and put the change in a new migration.',
      },
    )
  })
}

async function readMigrations(dir: string): Promise<Migration[]> {
  let names: string[]
  try {
    names = (await readdir(dir)).filter((name) => name.endsWith('.sql')).sort()
  } catch (error) {
    throw new Problem('migrations-missing', `Cannot read the migrations: ${(error as Error).message}`, {
      status: 500,
      where: dir,
    })
  }
  return Promise.all(
    names.map(async (name, index) => {
      const number = index + 1
      if (!/^\d{4}_[a-z0-9_]+\.sql$/.test(name) || Number(name.slice(0, 4)) !== number) {
        throw new Problem('migration-name', `${name} is not the name of migration ${number}`, {
          status: 500,
          where: dir,
          hint: `Migrations are numbered without gaps: ${String(number).padStart(4, '0')}_name.sql comes here.`,
        })
      }
      const sql = await readFile(join(dir, name), 'utf8')
      return { number, name, sha256: createHash('sha256').update(sql).digest('hex'), sql }
    }),
  )
}

async function checkServer(client: Client): Promise<void> {
  const { rows } = await client.query<{ number: string; version: string; encoding: string; standby: boolean }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as version,
            current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby`,
  )
  const server = rows[0]
  if (server === undefined) return
  if (Number(server.number) < minimumVersion * 10_000) {
    throw new Problem(
      'database-too-old',
      `The database is PostgreSQL ${server.version}; bongsu needs ${minimumVersion} or newer`,
      { status: 500 },
    )
  }
  if (server.encoding !== 'UTF8') {
    throw new Problem('database-encoding', `The database is encoded in ${server.encoding}, not UTF8`, {
      status: 500,
      hint: "Make a new one: create database NAME encoding 'UTF8' template template0.",
    })
  }
  if (server.standby) {
    throw new Problem('database-standby', 'The database is a standby: it takes no writes', {
      status: 503,
      hint: 'Point DATABASE_URL at the primary.',
    })
  }
}

function foreignDatabase(tables: readonly string[]): Problem {
  const shown = tables.slice(0, 5).join(', ')
  const more = tables.length > 5 ? ` and ${tables.length - 5} more` : ''
  return new Problem(
    'database-not-ours',
    `The database holds something else: the tables ${shown}${more}, but no bongsu_migration`,
    {
      status: 500,
      hint: 'Give bongsu a database of its own (create database bongsu) and point DATABASE_URL at it. Nothing was changed.',
    },
  )
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  // An error event with no listener would end the process; the query under way rejects with the same error.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    const { message, code, errors } = error as { message: string; code?: string; errors?: Error[] }
    throw new Problem(
      'database-unreachable',
      `Cannot connect to the database: ${message || errors?.[0]?.message || code}`,
      {
        status: 503,
        hint: hintFor(code),
        cause: error,
      },
    )
  }
}

function hintFor(code: string | undefined): string {
  if (code === '3D000') return 'Create it: create database bongsu.'
  if (code === '28P01' || code === '28000') return 'Check the user and the password in DATABASE_URL.'
  return 'Check DATABASE_URL, and that the server is running and may be reached from here.'
}
