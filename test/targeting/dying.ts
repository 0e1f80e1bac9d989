import type { Database } from '../../src/store/database.ts'
import { watched } from './watched.ts'

export class Killed extends Error {}

/**
 * The database of a process that is killed at the first transaction in which a statement matches: just before its commit, or
 * just after it, when all is committed and the process knows nothing of it. `count`: at the count-th such transaction.
 */
export function dying(db: Database, moment: 'before-commit' | 'after-commit', statement: RegExp, count = 1): Database {
  let left = count
  return watched(db, () => {
    let doomed = false
    return async (text, run) => {
      if (statement.test(text) && --left === 0) doomed = true
      const killing = doomed && text === 'COMMIT'
      if (killing && moment === 'before-commit') throw new Killed()
      const result = await run()
      if (killing) throw new Killed()
      return result
    }
  })
}
