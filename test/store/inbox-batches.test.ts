import { beforeEach, describe, expect, test } from 'vitest'
import { type Client, transaction } from '../../src/store/database.ts'
import { backlogOf, closeBatches, keepBatch, takeBatches } from '../../src/store/roaming/batches.ts'
import { databaseForFile } from '../support/database.ts'

const db = databaseForFile()

beforeEach(() => db.pool.query('TRUNCATE roaming_batch'))

async function keep(n: number): Promise<number[]> {
  const ids: number[] = []
  const at = new Date('2026-11-21T03:04:05Z')
  for (let i = 0; i < n; i++) {
    ids.push(await keepBatch(db.pool, 'kt', [{ msisdn: `821${i}`, countries: ['JP'], at, event: 'enter' }]))
  }
  return ids
}
const take = async (client: Client, id: number | undefined, limit = 4) =>
  (await takeBatches(client, id as number, limit)).map((batch) => batch.id)

describe('the batches that are taken together', () => {
  test('are the one that was asked for, however late it came, and the oldest others', async () => {
    const ids = await keep(8)
    await transaction(db.pool, async (client) => {
      expect(await take(client, ids[6])).toEqual([ids[6], ids[0], ids[1], ids[2]])
      expect(await take(client, ids[1], 3)).toEqual([ids[1], ids[0], ids[2]])
      expect(await take(client, ids[7], 1)).toEqual([ids[7]])
    })
  })

  test('are those that are open and in no other hands', async () => {
    const ids = await keep(8)
    await closeBatches(db.pool, [ids[0] as number])
    await transaction(db.pool, async (first) => {
      expect(await take(first, ids[0])).toEqual(ids.slice(1, 5))
      await transaction(db.pool, async (second) => {
        expect(await take(second, ids[1])).toEqual(ids.slice(5))
        expect(await takeBatches(db.pool, ids[2] as number, 4)).toEqual([])
      })
    })
  })

  test('are all that is read of a backlog', async () => {
    await db.pool.query(`INSERT INTO roaming_batch (source, events) SELECT 'kt', '[]' FROM generate_series(1, 5000)`)
    await db.pool.query('VACUUM (ANALYZE) roaming_batch')
    const { rows } = await db.pool.query<{ id: number }>('SELECT min(id) + 4321 id FROM roaming_batch')
    expect(await rowsRead((client) => take(client, rows[0]?.id))).toBeLessThanOrEqual(5)
    expect(await rowsRead((client) => backlogOf(client, 30))).toBe(30)
  })
})

test('a backlog is measured by its notifications, as far as it is asked for; what is done is none of it', async () => {
  expect(await backlogOf(db.pool, 10)).toEqual({ batches: 0, octets: 0, oldest: null })
  const ids = await keep(3)
  await db.pool.query(
    `INSERT INTO roaming_batch (source, events) SELECT 'kt', json_build_array(repeat('x', 99996)) FROM generate_series(1, 3)`,
  )
  await closeBatches(db.pool, [ids[0] as number])
  const all = await backlogOf(db.pool, 10)
  expect(all).toMatchObject({ batches: 5, oldest: ids[1] })
  expect(all.octets - 300_000).toBeGreaterThan(100)
  expect(all.octets - 300_000).toBeLessThan(400)
  expect((await backlogOf(db.pool, 2)).octets).toBe(all.octets - 300_000)
})

interface Node {
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: Node[]
}

/** How many rows of tables the statements of this work read. */
async function rowsRead(work: (client: Client) => Promise<unknown>): Promise<number> {
  let read = 0
  const visit = (node: Node): void => {
    if (node['Relation Name']) {
      read += (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
    }
    node.Plans?.forEach(visit)
  }
  await transaction(db.pool, async (client) => {
    const query = async (statement: { text: string; values: unknown[] }) => {
      const { text, values } = statement
      const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values)
      visit(rows[0]['QUERY PLAN'][0].Plan)
      return client.query(statement)
    }
    await work({ query } as unknown as Client)
  })
  return read
}
