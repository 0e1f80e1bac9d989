import type { Database } from '../../src/store/database.ts'

export class Killed extends Error {}

/**
 * The database of a process that is killed at the first transaction in which a statement matches: just before its commit, or
 * just after it, when all is committed and the process knows nothing of it. `count`: at the count-th such transaction.
 */
export function dying(db: Database, moment: 'before-commit' | 'after-commit', statement: RegExp, count = 1): Database {
  let left = count
  const connect = async () => {
    const client = await db.pool.connect()
    let doomed = false
    const query = async (...args: unknown[]) => {
      const [first] = args as [string | { text: string }]
      const text = typeof first === 'string' ? first : first.text
      if (statement.test(text) && --left === 0) doomed = true
      const killing = doomed && text === 'COMMIT'
      if (killing && moment === 'before-commit') throw new Killed()
      const result = await (client.query as (...a: unknown[]) => Promise<unknown>).apply(client, args)
      if (killing) throw new Killed()
      return result
    }
    return new Proxy(client, {
      get: (target, name) => {
        if (name === 'query') return query
        const value = Reflect.get(target, name, target) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
  const pool = new Proxy(db.pool, {
    get: (target, name) => {
      if (name === 'connect') return connect
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { ...db, pool }
}
