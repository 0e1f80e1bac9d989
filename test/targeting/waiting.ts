import type { Database } from '../../src/store/database.ts'

/** Until so many statements that match wait for a lock; fails where they do not come to. */
export async function waitingFor(db: Database, statement: RegExp, count = 1): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    const { rows } = await db.pool.query<{ query: string }>(
      `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    if (rows.filter(({ query }) => statement.test(query)).length >= count) return
  }
  throw new Error(`nothing that matches ${statement} waits for a lock`)
}
