import type { Database } from '../../src/store/database.ts'

/** Runs a statement, or not, or later; `run` answers with its result. */
export type Watch = (text: string, run: () => Promise<unknown>) => Promise<unknown>

/** The database, with a watch of its own over the statements of each connection that is taken from the pool. */
export function watched(db: Database, watchOf: () => Watch): Database {
  const connect = async () => {
    const client = await db.pool.connect()
    const watch = watchOf()
    const query = (...args: unknown[]) => {
      const [first] = args as [string | { text: string }]
      const run = () => (client.query as (...a: unknown[]) => Promise<unknown>).apply(client, args)
      return watch(typeof first === 'string' ? first : first.text, run)
    }
    return instead(client, 'query', query)
  }
  return { ...db, pool: instead(db.pool, 'connect', connect) }
}

/** The same but for one method. */
function instead<T extends object>(of: T, method: keyof T, by: unknown): T {
  return new Proxy(of, {
    get: (target, name) => {
      if (name === method) return by
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
