import type { Database } from '../database.ts'
import { transaction } from '../database.ts'
import { daysKept } from '../partitions.ts'

/** The after-action report of an alert is asked for during two years after it, and its month has to be over. */
const monthsKept = 25

/** A lock on the parent stops everybody who sends: what is not had at once is tried at the next purge. */
const lockPatience = '200ms'
const lockNotAvailable = '55P03'

/**
 * Drops the days of segments, of receipts as they came and of roaming events, the months of journeys, and the months of messages with what
 * was retracted of them, that are too old; of messages only where every broadcast of the month is closed. Returns the names of the tables.
 */
export async function dropOldPartitions(db: Database, now = new Date()): Promise<string[]> {
  const oldestDay = new Date(now.getTime() - daysKept * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
  const oldestJourneys = oldestDay.slice(0, 6)
  const months = now.getUTCFullYear() * 12 + now.getUTCMonth() - monthsKept
  const oldestMonth = Math.floor(months / 12) * 100 + (months % 12) + 1
  const { rows } = await db.pool.query<{ name: string }>(
    `SELECT name FROM (
       SELECT p.relname AS parent, c.relname AS name, substring(c.relname FROM '[0-9]+$')::bigint AS period
         FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
        WHERE p.oid IN ('message'::regclass, 'journey'::regclass, 'segment'::regclass, 'receipt_journal'::regclass, 'roaming_event'::regclass)) t
      WHERE parent NOT IN ('message', 'journey') AND period < $1
         OR parent = 'journey' AND period < $3
         OR parent = 'message' AND period < $2 AND NOT EXISTS (
              SELECT FROM broadcast b WHERE b.id >= period * 1000000 AND b.id < (period + 1) * 1000000 AND b.state <> 'closed')
      ORDER BY name`,
    [oldestDay, oldestMonth, oldestJourneys],
  )
  const dropped: string[] = []
  for (const { name } of rows) if (await drop(db, name)) dropped.push(name)
  return dropped
}

async function drop(db: Database, name: string): Promise<boolean> {
  try {
    await transaction(db.pool, async (client) => {
      await client.query(`SET LOCAL lock_timeout = '${lockPatience}'`)
      await client.query(`DROP TABLE IF EXISTS ${name}`)
      // What was asked of the carriers about messages that are gone.
      const month = /^message_(\d{6})$/.exec(name)?.[1]
      if (month !== undefined)
        await client.query('DELETE FROM retraction WHERE broadcast_id >= $1 AND broadcast_id < $2', [
          Number(month) * 1_000_000,
          (Number(month) + 1) * 1_000_000,
        ])
    })
    return true
  } catch (error) {
    if ((error as { code?: string }).code === lockNotAvailable) return false
    throw error
  }
}
