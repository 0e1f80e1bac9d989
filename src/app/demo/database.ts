import { Redis } from 'ioredis'
import pg from 'pg'
import { Problem } from '../../lib/problem.ts'

/**
 * Makes sure that the demo works in a database of its own: an empty one, or one that an earlier demo left, which is emptied.
 * @throws Problem `demo-database` where the database belongs to an engine.
 */
export async function claimDemoDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ there: boolean }>(
      `SELECT to_regclass('public.installation') IS NOT NULL there`,
    )
    if (!rows[0]?.there) return
    const { rows: marks } = await client.query<{ demo: boolean }>('SELECT demo FROM installation')
    if (!marks[0]?.demo) {
      throw new Problem(
        'demo-database',
        'DATABASE_URL names the database of an engine; the demo would mix its people with yours',
        {
          where: 'DATABASE_URL',
          hint: 'Make an empty database for it (createdb bongsu_demo), or unset DATABASE_URL.',
        },
      )
    }
    await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS bongsu_queue CASCADE')
  } finally {
    await client.end()
  }
}

/** Says that this database is the demo's, so that the next demo may empty it. */
export const markDemoDatabase = 'UPDATE installation SET demo = true'

/** Takes the demo's queues out of Redis. */
export async function dropRedisKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url)
  try {
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 500 })) {
      if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]))
    }
  } finally {
    redis.disconnect()
  }
}
