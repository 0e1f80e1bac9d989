import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Logger } from '../lib/log.ts'
import type { Tables } from './tables.ts'

const INT8 = 20
const INT8_ARRAY = 1016

/**
 * bigint comes as a JavaScript number: every bigint of the schema (MSISDN of 15 digits, 52-bit cell, broadcast id) lies
 * below 2^53.
 */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return Number
    if (oid === INT8_ARRAY) return (text: string) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number))
    return format === undefined ? pg.types.getTypeParser(oid) : pg.types.getTypeParser(oid, format as 'text')
  },
}

/** The pools and the query builder over one database. */
export interface Database {
  readonly url: string
  /** For the API's queries. */
  readonly query: Kysely<Tables>
  /** For raw SQL files. */
  readonly pool: pg.Pool
  close(): Promise<void>
}

export function openDatabase(url: string, log: Logger, options: { max?: number } = {}): Database {
  const pool = new pg.Pool({ connectionString: url, max: options.max ?? 10, types, application_name: 'bongsu' })
  // An idle connection that breaks (a restart of Postgres) must not end the process: the next query opens another.
  pool.on('error', (error) => log.warn({ err: error.message }, 'database connection lost'))
  const query = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  // Not query.destroy(): it leaves a pool open that no query builder call has used yet.
  return { url, query, pool, close: () => pool.end() }
}

/**
 * A connection for the statements that run thousands of times a second, each named and prepared once. On fresh partitions
 * the planner would hash-join each small batch against the whole broadcast (24,000 instead of 42,000 messages/s): here the
 * plan is generic and walks the index.
 *
 * @param options.pipeline statements are sent without waiting for the answers of those before them.
 */
export async function openHotConnection(
  url: string,
  onLost: (error: Error) => void,
  { pipeline = false }: { readonly pipeline?: boolean } = {},
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    types,
    application_name: 'bongsu-hot',
    keepAlive: true,
    pipeline,
  })
  client.on('error', onLost)
  await client.connect()
  try {
    await client.query(
      `SET plan_cache_mode = force_generic_plan; SET enable_hashjoin = off; SET enable_mergejoin = off`,
    )
  } catch (error) {
    await client.end().catch(ignore)
    throw error
  }
  return client
}

/** Whether it answers at all. */
export async function databaseAnswers({ pool }: Database): Promise<boolean> {
  return pool.query('SELECT 1').then(
    () => true,
    () => false,
  )
}

/** Runs `work` on one snapshot: all that it reads is of one instant. @param settings as those of `transaction` */
export function snapshot<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  settings: readonly string[] = [],
): Promise<T> {
  const all = ['SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY', ...settings]
  return transaction(pool, work, all.join('; '))
}

/**
 * Runs `work` in one transaction on a pooled connection; rolls back and rethrows when it throws.
 *
 * @param settings statements that go with BEGIN, so that they cost no round trip
 */
export async function transaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  settings = '',
): Promise<T> {
  const client = await pool.connect()
  // The pool listens to the idle ones only: a connection that breaks between two statements would end the process. The next one fails.
  client.on('error', ignore)
  try {
    await client.query(settings === '' ? 'BEGIN' : `BEGIN; ${settings}`)
    const result = await work(client)
    await client.query('COMMIT')
    client.release()
    return result
  } catch (error) {
    // A connection that cannot roll back is broken: it leaves the pool.
    const broken = await client.query('ROLLBACK').then(
      () => undefined,
      (e: Error) => e,
    )
    client.release(broken)
    throw error
  } finally {
    client.off('error', ignore)
  }
}

const ignore = () => undefined

/** Whatever runs a query: a connection, or a pool where one statement stands for itself. */
export type Client = Pick<pg.ClientBase, 'query'>

export type HotClient = pg.Client
