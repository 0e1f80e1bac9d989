import { describe, expect, test } from 'vitest'
import { insertMessages } from '../../src/store/audience/insert-messages.ts'
import { openBroadcast } from '../../src/store/audience/open-broadcast.ts'
import { transaction } from '../../src/store/database.ts'
import {
  ensureDailyPartitions,
  ensureJourneyPartitions,
  ensureMessagePartitions,
  nextMonth,
  previousMonth,
} from '../../src/store/partitions.ts'
import { insertJourneys } from '../../src/store/roaming/journeys.ts'
import { ensurePartitions } from '../../src/targeting/upkeep.ts'
import { databaseForFile } from '../support/database.ts'

const db = databaseForFile()

/** Name and bounds of the partitions of a table, in order. */
async function partitionsOf(parent: string): Promise<Map<string, string>> {
  const { rows } = await db.pool.query<{ name: string; bounds: string }>(
    `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass ORDER BY 1`,
    [parent],
  )
  return new Map(rows.map(({ name, bounds }) => [name, bounds]))
}

const daily = (from: string, days: number) =>
  transaction(db.pool, (client) => ensureDailyPartitions(client, new Date(from), days))
const monthly = (...months: number[]) => transaction(db.pool, (client) => ensureMessagePartitions(client, months))

let day = 0
const broadcastOf = (month: number) =>
  transaction(db.pool, async (client) => {
    const id = month * 1_000_000 + 999_000 + ++day
    await client.query(
      `INSERT INTO broadcast (id, day, lane, state, exercise, resend) VALUES ($1, date '2040-01-01' + $2::int, 4, 'sending', false, false)`,
      [id, day],
    )
    await insertMessages(client, id, 4, [
      { recipientKey: 1, msisdn: '821', variant: 1, reason: 'entry', country: 'JP', route: [] },
    ])
    return id
  })

describe('partitions', () => {
  test('are made for each day, over the end of a month and of a leap February', async () => {
    await daily('2028-02-28T23:59:59Z', 3)
    await daily('2027-12-31T00:00:00Z', 2)
    for (const parent of ['segment', 'roaming_event']) {
      expect([...(await partitionsOf(parent)).keys()]).toEqual(
        ['20271231', '20280101', '20280228', '20280229', '20280301'].map((suffix) => `${parent}_${suffix}`),
      )
    }
    const bounds = (await partitionsOf('roaming_event')).get('roaming_event_20280229')
    expect(bounds).toBe("FOR VALUES FROM ('2028-02-29') TO ('2028-03-01')")
  })

  test('of messages follow each other without a gap from December to January', async () => {
    await monthly(203012, nextMonth(203012))
    expect(await partitionsOf('message')).toEqual(
      new Map([
        ['message_203012', "FOR VALUES FROM ('203012000000') TO ('203101000000')"],
        ['message_203101', "FOR VALUES FROM ('203101000000') TO ('203102000000')"],
      ]),
    )
  })

  test('of journeys begin and end with the month by UTC, and a journey of either side of midnight finds its own', async () => {
    const months = [nextMonth(203411), nextMonth(203412)]
    await transaction(db.pool, (client) => ensureJourneyPartitions(client, months))
    expect(months.map(previousMonth)).toEqual([203411, 203412])
    const times = ['2034-12-31T23:59:59.999Z', '2035-01-01T00:00:00Z']
    await transaction(db.pool, (client) =>
      insertJourneys(
        client,
        times.map((time) => ({ msisdn: '821', country: 'JP', enteredAt: new Date(time) })),
      ),
    )
    const { rows } = await db.pool.query(
      'SELECT tableoid::regclass::text AS name, entered_at AS at FROM journey WHERE msisdn = 821 ORDER BY id',
    )
    expect(rows).toEqual([
      { name: 'journey_203412', at: new Date(times[0] as string) },
      { name: 'journey_203501', at: new Date(times[1] as string) },
    ])
  })

  test('leave room on their pages, and refuse a second message to one recipient', async () => {
    await monthly(203103)
    const { rows } = await db.pool.query(`SELECT reloptions FROM pg_class WHERE relname = 'message_203103'`)
    expect(rows).toEqual([{ reloptions: ['fillfactor=45'] }])
    const id = await broadcastOf(203103)
    const again = db.pool.query(
      `INSERT INTO message (broadcast_id, recipient_key, msisdn, seq, carrier_no, variant, reason, made_at)
       VALUES ($1, 1, 821, 99, 0, 1, 'entry', now())`,
      [id],
    )
    await expect(again).rejects.toThrow('duplicate key')
  })

  test('are there ahead of time, before and after a month ends', async () => {
    for (const now of ['2029-01-31T23:59:59.999Z', '2029-02-01T00:00:00Z', '2029-12-31T12:00:00Z']) {
      await ensurePartitions(db, new Date(now))
      const days = await partitionsOf('segment')
      for (const ahead of [-7, 0, 7]) {
        const name = new Date(Date.parse(now) + ahead * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
        expect(days.has(`segment_${name}`), `${now} ${ahead}`).toBe(true)
      }
    }
    const months = [...(await partitionsOf('message')).keys()]
    expect(months).toEqual(
      expect.arrayContaining([
        'message_202901',
        'message_202902',
        'message_202903',
        'message_202912',
        'message_203001',
      ]),
    )
  })

  test('may be made by many at once, and again', async () => {
    await Promise.all(Array.from({ length: 6 }, () => daily('2035-05-30T00:00:00Z', 4)))
    await daily('2035-05-30T00:00:00Z', 4)
    const made = [...(await partitionsOf('segment')).keys()].filter((name) => name.startsWith('segment_2035'))
    expect(made).toHaveLength(4)
  })

  test('are made beside a transaction that is writing to their parent', async () => {
    await monthly(203201)
    await transaction(db.pool, async (writer) => {
      await writer.query(
        `INSERT INTO message (broadcast_id, recipient_key, msisdn, seq, carrier_no, variant, reason, made_at)
         VALUES (203201000001, 1, 821, 1, 0, 1, 'entry', now())`,
      )
      await transaction(db.pool, async (client) => {
        await client.query(`SET LOCAL lock_timeout = '2s'`)
        await ensureMessagePartitions(client, [203202])
      })
    })
    expect((await partitionsOf('message')).has('message_203202')).toBe(true)
  })

  test('of this month are made by the first broadcasts that open, two of them at once', async () => {
    const month = new Date().getUTCFullYear() * 100 + new Date().getUTCMonth() + 1
    expect((await partitionsOf('message')).has(`message_${month}`)).toBe(false)
    const open = (day: string) =>
      transaction(db.pool, (client) =>
        openBroadcast(client, {
          alertId: null,
          day,
          lane: 4,
          state: 'sending',
          exercise: false,
          resend: false,
          digest: null,
          expires: null,
          validityMs: 1000,
          texts: [{ key: 'a', language: 'ko', text: 'x' }],
        }),
      )
    const ids = await Promise.all(['2041-01-01', '2041-01-02', '2041-01-03'].map(open))
    expect(ids.toSorted()).toEqual([1, 2, 3].map((n) => month * 1_000_000 + n))
    expect((await partitionsOf('message')).has(`message_${month}`)).toBe(true)
  })

  test('of an old month can be dropped, and the rest stays', async () => {
    await monthly(202001, 202002)
    const [old, young] = [await broadcastOf(202001), await broadcastOf(202002)]
    await db.pool.query('DROP TABLE message_202001')
    const { rows } = await db.pool.query('SELECT broadcast_id id FROM message WHERE broadcast_id = ANY ($1)', [
      [old, young],
    ])
    expect(rows).toEqual([{ id: young }])
    // The next that opens in that month, if any ever does, finds a table again.
    await monthly(202001)
    expect((await partitionsOf('message')).has('message_202001')).toBe(true)
  })
})
