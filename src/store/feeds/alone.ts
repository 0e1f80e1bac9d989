import type { Database } from '../database.ts'

/** First key of the advisory locks of feeds. */
const lockSpace = 0x66656564

/**
 * Does the work of one feed unless another process is at it, on this machine or another; returns whether it did. The lock ends with the
 * process or its connection: should that break in the midst of the work, another may begin, so the work has to bear company.
 */
export async function alone(db: Database, source: string, work: () => Promise<void>): Promise<boolean> {
  const client = await db.pool.connect()
  let broken: Error | undefined
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  try {
    // Two sources of one hash wait for each other, which is of no harm.
    const key = [lockSpace, source]
    const { rows } = await client.query<{ ok: boolean }>('SELECT pg_try_advisory_lock($1, hashtext($2)) ok', key)
    if (rows[0]?.ok !== true) return false
    try {
      await work()
    } finally {
      await client.query('SELECT pg_advisory_unlock($1, hashtext($2))', key).catch(onError)
    }
    return true
  } finally {
    client.off('error', onError)
    // A connection that may still hold the lock must not go back into the pool.
    client.release(broken)
  }
}
