import type pg from 'pg'
import { type Client, snapshot } from './database.ts'

/** What runs on each pool, and what waits for it. */
const running = new WeakMap<pg.Pool, Promise<unknown>>()

/**
 * Runs `work` with several connections that all read one snapshot: what they read side by side is of one instant (PostgreSQL 18, 9.28.5).
 * They are fewer where the pool has fewer.
 *
 * One at a time on each pool. Two would take twice as long each, for one asks for all cores; and callers that each hold a connection
 * while they wait for their next would in the end wait for each other: `work` asks for none.
 *
 * @param settings statements for each transaction
 */
export function sharedSnapshot<T>(
  pool: pg.Pool,
  connections: number,
  work: (clients: readonly Client[]) => Promise<T>,
  settings: readonly string[] = [],
): Promise<T> {
  const before = running.get(pool) ?? Promise.resolve()
  const result = before.then(() => onOneSnapshot(pool, Math.min(connections, pool.options.max), work, settings))
  running.set(
    pool,
    result.catch(() => undefined),
  )
  return result
}

function onOneSnapshot<T>(
  pool: pg.Pool,
  connections: number,
  work: (clients: readonly Client[]) => Promise<T>,
  settings: readonly string[],
): Promise<T> {
  const lead = async (first: Client) => {
    const { rows } = await first.query<{ id: string }>('SELECT pg_export_snapshot() AS id')
    const { id } = rows[0] as { id: string }
    const withMore = (clients: readonly Client[]): Promise<T> =>
      clients.length >= connections
        ? work(clients)
        : snapshot(pool, (client) => withMore([...clients, client]), [`SET TRANSACTION SNAPSHOT '${id}'`, ...settings])
    return withMore([first])
  }
  return snapshot(pool, lead, settings)
}
