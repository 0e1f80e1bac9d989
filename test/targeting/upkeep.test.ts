import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Shape } from '../../src/geo/zone.ts'
import { openQueues } from '../../src/queue/queues.ts'
import { entryTextSummary } from '../../src/reporting/entry-text-summary.ts'
import { transaction } from '../../src/store/database.ts'
import { ensureDailyPartitions, ensureJourneyPartitions, ensureMessagePartitions } from '../../src/store/partitions.ts'
import { stateCounts } from '../../src/store/reports/state-counts.ts'
import { lockRoamers } from '../../src/store/roaming/roamers.ts'
import { closeBroadcasts } from '../../src/store/upkeep/close-broadcasts.ts'
import { dropOldPartitions } from '../../src/store/upkeep/drop-partitions.ts'
import { expireAlerts } from '../../src/store/upkeep/expire-alerts.ts'
import { purgeSpent } from '../../src/store/upkeep/purge-spent.ts'
import { rollUpTallies } from '../../src/store/upkeep/roll-up.ts'
import { sweepUnconfirmed } from '../../src/store/upkeep/sweep-unconfirmed.ts'
import { launchAlert } from '../../src/targeting/launch.ts'
import { runSelection } from '../../src/targeting/select.ts'
import { giveUpReceipts, purge, ringForForgotten, upkeep } from '../../src/targeting/upkeep.ts'
import { alertOf, composer, correction, log, profiles, startEngine, type TestEngine } from './engine.ts'
import { addResidents, addRoamers } from './people.ts'
import { waitingFor } from './waiting.ts'

let engine: TestEngine
const japan: Shape = { kind: 'country', iso2: 'JP' }

beforeAll(async () => {
  engine = await startEngine()
  await addResidents(
    engine.db,
    Array.from({ length: 6 }, (_, i) => ({ msisdn: String(81900 + i), country: 'JP' })),
  )
})

afterAll(() => engine?.close())

beforeEach(async () => {
  await engine.rows(`UPDATE alert SET phase = 'ended'`)
  await engine.rows(`UPDATE broadcast SET state = 'closed'`)
  await engine.rows('TRUNCATE roaming_batch')
  engine.queues.rings.length = 0
})

const state = async (id: number) =>
  (await engine.rows<{ state: string }>('SELECT state FROM broadcast WHERE id = $1', id))[0]?.state
const phase = async (id: string) =>
  (await engine.rows<{ phase: string }>('SELECT phase FROM alert WHERE id = $1', id))[0]?.phase
const expireNow = (id: string) => engine.rows(`UPDATE alert SET expires = now() - interval '1 s' WHERE id = $1`, id)

/** Moves all messages of a broadcast from pending, as dispatch does, and takes its chunks off. */
async function settle(broadcastId: number, to: string, submitted = 'now()'): Promise<void> {
  await engine.rows(`UPDATE chunk SET state = 'done' WHERE broadcast_id = $1`, broadcastId)
  await engine.rows(
    `WITH m AS (UPDATE message SET state = $2, was = state, submitted_at = ${submitted}
                 WHERE broadcast_id = $1 AND state <> $2 RETURNING carrier_no, was, state)
     INSERT INTO tally (broadcast_id, carrier_no, was, state, n) SELECT $1, carrier_no, was, state, count(*) FROM m GROUP BY 2, 3, 4`,
    broadcastId,
    to,
  )
}

describe('expiry', () => {
  test('ends live alerts whose time is up and no others, and says which', async () => {
    const { alertId: over } = await engine.send(alertOf([japan]))
    const { alertId: live } = await engine.send(alertOf([japan]))
    await expireNow(over)
    expect(await expireAlerts(engine.db)).toEqual([over])
    expect([await phase(over), await phase(live)]).toEqual(['ended', 'live'])
    const [ended] = await engine.rows('SELECT lifecycle FROM alert WHERE id = $1', over)
    expect(ended).toMatchObject({ lifecycle: { ended: { reason: 'expired' } } })
    const acts = await engine.rows(
      `SELECT actor FROM audit WHERE act = 'alert.expire' AND subject = $1`,
      `alert:${over}`,
    )
    expect(acts).toEqual([{ actor: 'engine' }])
  })

  test('by two engines at once ends each alert once, and none of them fails', async () => {
    const ids = await Promise.all([1, 2, 3, 4].map(async () => (await engine.send(alertOf([japan]))).alertId))
    await Promise.all(ids.map(expireNow))
    const ended = await Promise.all([expireAlerts(engine.db), expireAlerts(engine.db)])
    expect(ended.flat().sort()).toEqual(ids.sort())
  })
})

describe('a message without a final receipt', () => {
  const sweep = (ms: number, carrier = 'local') => sweepUnconfirmed(engine.db, [{ carrierNo: engine.no(carrier), ms }])

  test('is unconfirmed after the time that its carrier is given, not before, and counted so', async () => {
    const { broadcastId } = await engine.send(alertOf([japan]))
    await engine.rows(`UPDATE broadcast SET created_at = now() - interval '3 hours' WHERE id = $1`, broadcastId)
    await settle(broadcastId, 'submitted', `now() - interval '1 hour'`)
    expect(await sweep(3_601_000)).toBe(0)
    expect(await sweep(3_599_000, 'spare')).toBe(0)
    expect(await sweep(3_599_000)).toBe(6)
    expect(await sweep(3_599_000)).toBe(0)
    const { states, matched } = await stateCounts(engine.db.pool, broadcastId)
    expect([states.submitted, states.unconfirmed, matched]).toEqual([0, 6, 6])
  })

  test('of a broadcast that is closed, or not submitted yet, is left alone', async () => {
    const { broadcastId } = await engine.send(alertOf([japan]))
    await engine.rows(`UPDATE broadcast SET created_at = now() - interval '3 hours' WHERE id = $1`, broadcastId)
    expect(await sweep(1000)).toBe(0)
    await settle(broadcastId, 'submitted', `now() - interval '1 hour'`)
    await engine.rows(`UPDATE broadcast SET state = 'closed' WHERE id = $1`, broadcastId)
    expect(await sweep(1000)).toBe(0)
  })
})

test('messages are read for missing receipts by the sweep of their own, not by the frequent upkeep', async () => {
  const { broadcastId } = await engine.send(alertOf([japan]))
  await engine.rows(`UPDATE broadcast SET created_at = now() - interval '3 hours' WHERE id = $1`, broadcastId)
  await settle(broadcastId, 'submitted', `now() - interval '1 hour'`)
  const deps = { ...engine, log, finalAfter: [{ carrierNo: engine.no('local'), ms: 1000 }] }
  await upkeep(deps)
  expect((await stateCounts(engine.db.pool, broadcastId)).states.unconfirmed).toBe(0)
  await giveUpReceipts(deps)
  expect((await stateCounts(engine.db.pool, broadcastId)).states.unconfirmed).toBe(6)
})

describe('a broadcast', () => {
  test('is closed when its alert has ended and nothing is open any more', async () => {
    const { broadcastId, alertId } = await engine.send(alertOf([japan]))
    const closes = async () => (await closeBroadcasts(engine.db)) > 0
    await settle(broadcastId, 'delivered')
    expect(await closes()).toBe(false) // the alert is live
    await expireNow(alertId)
    await expireAlerts(engine.db)
    await engine.rows(`UPDATE chunk SET state = 'ready' WHERE broadcast_id = $1`, broadcastId)
    expect(await closes()).toBe(false) // something is queued
    await settle(broadcastId, 'submitted')
    expect(await closes()).toBe(false) // receipts are missing
    await settle(broadcastId, 'uncertain')
    await engine.rows(`UPDATE broadcast SET state = 'selecting' WHERE id = $1`, broadcastId)
    expect(await closes()).toBe(false) // not all is selected
    await engine.rows(`UPDATE broadcast SET state = 'sending' WHERE id = $1`, broadcastId)
    expect(await closes()).toBe(true)
    expect(await state(broadcastId)).toBe('closed')
  })

  test('is not closed under a transaction that adds to it', async () => {
    const { broadcastId, alertId } = await engine.send(alertOf([japan]))
    await settle(broadcastId, 'delivered')
    await expireNow(alertId)
    await expireAlerts(engine.db)
    const { closing } = await transaction(engine.db.pool, async (writer) => {
      await writer.query('SELECT FROM broadcast WHERE id = $1 FOR UPDATE', [broadcastId])
      const closing = closeBroadcasts(engine.db)
      await waitingFor(engine.db, /broadcast/)
      await writer.query(`INSERT INTO tally (broadcast_id, carrier_no, state, n) VALUES ($1, 1, 'pending', 1)`, [
        broadcastId,
      ])
      return { closing }
    })
    expect(await closing).toBe(0)
    expect(await state(broadcastId)).toBe('sending')
  })

  test('of entry texts is closed when its day is over, by more than an hour', async () => {
    const open = async (day: string, id: number) => {
      await engine.rows(
        `INSERT INTO broadcast (id, day, lane, state, exercise, resend) VALUES ($1, ${day}, 4, 'sending', false, false)`,
        id,
      )
    }
    await open(`(now() - interval '49 hours')::date`, 202601000001)
    await open(`(now() AT TIME ZONE 'UTC')::date`, 202601000002)
    await closeBroadcasts(engine.db)
    expect([await state(202601000001), await state(202601000002)]).toEqual(['closed', 'sending'])
  })
})

describe('the tallies', () => {
  test('are rolled up into their sums, also by two at once, while somebody adds to them', async () => {
    const { broadcastId } = await engine.send(alertOf([japan]))
    const { broadcastId: small } = await engine.send(alertOf([japan]))
    const many = (n: number) =>
      engine.rows(
        `INSERT INTO tally (broadcast_id, carrier_no, was, state, n, segments)
         SELECT $1, i % 3, NULLIF('pending', state)::message_state, state::message_state, 1 + i % 2, 1
           FROM generate_series(1, $2::int) i, (VALUES ('pending'), ('submitted'), ('delivered')) s (state)`,
        broadcastId,
        n,
      )
    await many(3000)
    await engine.rows(
      `INSERT INTO event_tally SELECT current_date, CASE i % 3 WHEN 0 THEN 'JP' WHEN 1 THEN 'CN' END, 'sent', 2 FROM generate_series(1, 6000) i`,
    )
    const before = await stateCounts(engine.db.pool, broadcastId)
    const events = await entryTextSummary(engine.db)
    const rows = async () => (await engine.rows('SELECT FROM tally WHERE broadcast_id = $1', broadcastId)).length
    const [first, second] = await Promise.all([rollUpTallies(engine.db), rollUpTallies(engine.db), many(1)])
    expect(first + second).toBeGreaterThanOrEqual(2)
    const after = await stateCounts(engine.db.pool, broadcastId)
    expect(await rows()).toBeLessThan(20)
    expect(after.segments).toBe(before.segments + 3)
    // The one more made a pending message of carrier 1 submitted, and one delivered.
    expect(after.matched).toBe(before.matched + 2)
    expect(after.states.delivered).toBe(before.states.delivered + 2)
    expect(await entryTextSummary(engine.db)).toEqual(events)
    expect(await engine.rows('SELECT FROM event_tally')).toHaveLength(3)
    expect(await engine.rows('SELECT FROM tally WHERE broadcast_id = $1', small)).toHaveLength(1)
  })
})

describe('the reconciler', () => {
  test('rings for what no bell rang for: selections, the most urgent first, and batches', async () => {
    const { broadcastId: minor } = await engine.launch(alertOf([japan], {}, { severity: 'Minor' }))
    const { broadcastId: extreme } = await engine.launch(alertOf([japan]))
    const batches = [await engine.keep([]), await engine.keep([])]
    engine.queues.rings.length = 0
    await ringForForgotten({ ...engine, log })
    expect(engine.queues.rings).toEqual([
      { queue: 'selection', data: { broadcastId: extreme }, priority: 2 },
      { queue: 'selection', data: { broadcastId: minor }, priority: 7 },
      ...batches.map((id) => ({ queue: 'roaming', data: { id }, priority: undefined })),
    ])
    for (const id of [minor, extreme]) await runSelection(engine.select, id)
    for (const id of batches) await engine.roaming.work(id)
    engine.queues.rings.length = 0
    await ringForForgotten({ ...engine, log })
    expect(engine.queues.rings).toEqual([])
  })

  test('brings a launch home whose bell was lost, over the real queue', async () => {
    const queues = await openQueues({ databaseUrl: engine.db.url, log })
    try {
      const { id } = await engine.approve(alertOf([japan]))
      const deaf = { ...engine.queues, ring: async () => false }
      const { broadcastId } = await launchAlert({ ...engine, queues: deaf as never, profiles }, id, composer)
      const selected = new Promise<void>((resolve, reject) => {
        queues.work(
          'selection',
          ({ broadcastId: rung }) => runSelection(engine.select, rung as number).then(resolve, reject),
          { concurrency: 2 },
        )
      })
      await ringForForgotten({ ...engine, queues, log })
      await selected
      expect(await engine.told(broadcastId)).toHaveProperty('size', 6)
    } finally {
      await queues.close()
    }
  })
})

test('upkeep does the rest where one part of it fails', async () => {
  const { broadcastId, alertId } = await engine.send(alertOf([japan]))
  await settle(broadcastId, 'delivered')
  const { alertId: broken } = await engine.send(alertOf([japan]))
  await expireNow(alertId)
  await expireAlerts(engine.db)
  await expireNow(broken)
  await engine.rows(`UPDATE alert SET document = '{}' WHERE id = $1`, broken)
  await upkeep({ ...engine, log })
  expect(await state(broadcastId)).toBe('closed')
  expect(await phase(broken)).toBe('live')
})

test('what the books need no more is purged when it is old, and nothing else', async () => {
  const { broadcastId: closed } = await engine.send(alertOf([japan]))
  const { broadcastId: open } = await engine.send(alertOf([japan]))
  await engine.rows(`UPDATE chunk SET state = 'done'`)
  await engine.rows(
    `UPDATE broadcast SET state = 'closed', closed_at = now() - interval '2 days' WHERE id = $1`,
    closed,
  )
  await engine.rows(`INSERT INTO roaming_batch (source, events, done_at) VALUES ('old', '[]', now() - interval '2 days'),
                       ('new', '[]', now()), ('open', '[]', NULL)`)
  for (const days of [1, 8]) {
    await engine.rows(
      `INSERT INTO parked_receipt (carrier_no, smsc_id, state, final_at, raw, received_at)
       VALUES (1, 'x', 'delivered', now(), '', now() - $1 * interval '1 day')`,
      days,
    )
    await engine.rows(
      `INSERT INTO unanswered (carrier_no, msisdn, broadcast_id, seq, attempt, part, parts, at)
       VALUES (1, 821, 1, $1::int, 1, 1, 1, now() - $1::int * interval '1 day')`,
      days,
    )
  }
  await purgeSpent(engine.db)
  expect(
    await engine.rows('SELECT DISTINCT broadcast_id id FROM chunk WHERE broadcast_id IN ($1, $2)', closed, open),
  ).toEqual([{ id: open }])
  expect(await engine.rows('SELECT source FROM roaming_batch ORDER BY id')).toEqual([
    { source: 'new' },
    { source: 'open' },
  ])
  expect(await engine.rows('SELECT seq FROM unanswered')).toEqual([{ seq: 1 }])
  expect(await engine.rows('SELECT FROM parked_receipt')).toHaveLength(1)
})

test('an attempt without an answer is kept while its chain may be corrected, and a week longer', async () => {
  const first = alertOf([japan])
  const { broadcastId, alertId } = await engine.send(first)
  const { alertId: update } = await engine.send(correction('Update', first, [japan]))
  await engine.rows(
    `INSERT INTO unanswered (carrier_no, msisdn, broadcast_id, seq, attempt, part, parts, at)
     VALUES (1, 821, $1, 1, 1, 1, 1, now() - interval '30 days')`,
    broadcastId,
  )
  const left = async (of: string, ended: string) => {
    await engine.rows(`UPDATE alert SET expires = now() - $2::interval WHERE id = $1`, of, ended)
    await purgeSpent(engine.db)
    return (await engine.rows('SELECT FROM unanswered WHERE broadcast_id = $1', broadcastId)).length
  }
  expect(await left(alertId, '20 days')).toBe(1)
  expect(await left(update, '6 days')).toBe(1)
  expect(await left(update, '8 days')).toBe(0)
})

describe('old tables', () => {
  const now = new Date('2021-05-01T12:00:00Z')
  const there = async () =>
    (
      await engine.rows<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname ~ '_20(18|19|20|21)[0-9]+$' ORDER BY 1`,
      )
    ).map(({ name }) => name)
  const open = (id: number, state: string) =>
    engine.rows(
      `INSERT INTO broadcast (id, day, lane, state, exercise, resend) VALUES ($1::bigint, date '2000-01-01' + ($1::bigint / 100000 + $1::bigint % 10)::int, 4, $2::broadcast_state, false, false)`,
      id,
      state,
    )

  beforeEach(() =>
    transaction(engine.db.pool, async (client) => {
      await ensureDailyPartitions(client, new Date('2021-01-20T00:00:00Z'), 2)
      await ensureMessagePartitions(client, [201812, 201902, 201903, 201904])
      await ensureJourneyPartitions(client, [202012, 202101])
    }),
  )

  test('are dropped: days after 100, journeys when their month is over for as long, messages after 25 months where all their broadcasts are closed', async () => {
    await open(201812_000001, 'sending')
    await open(201812_000002, 'closed')
    await open(201903_000001, 'closed')
    expect(await dropOldPartitions(engine.db, now)).toEqual([
      'journey_202012',
      'message_201902',
      'message_201903',
      'receipt_journal_20210120',
      'roaming_event_20210120',
      'segment_20210120',
    ])
    expect(await there()).toEqual([
      'journey_202101',
      'message_201812',
      'message_201904',
      'receipt_journal_20210121',
      'roaming_event_20210121',
      'segment_20210121',
    ])
    await engine.rows(`UPDATE broadcast SET state = 'closed' WHERE id = 201812000001`)
    expect(await dropOldPartitions(engine.db, now)).toEqual(['message_201812'])
  })

  test('take what was retracted of their broadcasts with them, and no other', async () => {
    await engine.rows(
      `INSERT INTO retraction (broadcast_id, carrier_no, upto_seq)
       VALUES (201903000001, 1, 10), (201903000001, 2, 10), (201904000001, 1, 10)`,
    )
    await dropOldPartitions(engine.db, now)
    expect(await engine.rows('SELECT broadcast_id AS id FROM retraction')).toEqual([{ id: 201904000001 }])
  })

  test('wait where somebody has their parent in use, and hold up nobody', async () => {
    await transaction(engine.db.pool, async (writer) => {
      await writer.query('LOCK TABLE segment IN ROW EXCLUSIVE MODE')
      const dropped = await dropOldPartitions(engine.db, now)
      expect(dropped).toContain('roaming_event_20210120')
      expect(dropped).not.toContain('segment_20210120')
    })
    expect(await dropOldPartitions(engine.db, now)).toContain('segment_20210120')
  })

  test('are looked for by the purge, which keeps those of now', async () => {
    const parts = () => engine.rows(`SELECT inhrelid FROM pg_inherits WHERE inhparent = 'segment'::regclass`)
    await purge({ ...engine, log })
    expect((await there()).filter((name) => name.startsWith('segment'))).toEqual([])
    expect((await parts()).length).toBeGreaterThan(10)
  })
})

describe('whoever came home', () => {
  beforeEach(() => engine.rows('TRUNCATE roamer'))

  test('is forgotten after 30 days; whoever is abroad or at sea is not', async () => {
    await addRoamers(engine.db, [
      { msisdn: '8201', countries: [] },
      { msisdn: '8202', countries: [] },
      { msisdn: '8203', countries: ['JP'] },
      { msisdn: '8204', countries: ['GP', 'MF'] },
      { msisdn: '8205', countries: [], place: [137, 37] },
    ])
    await engine.rows(`UPDATE roamer SET seen_at = now() - interval '31 days' WHERE msisdn <> 8202`)
    await engine.rows(`UPDATE roamer SET seen_at = now() - interval '29 days' WHERE msisdn = 8202`)
    await purgeSpent(engine.db)
    const left = await engine.rows<{ msisdn: number }>('SELECT msisdn FROM roamer ORDER BY 1')
    expect(left.map(({ msisdn }) => msisdn)).toEqual([8202, 8203, 8204, 8205])
  })

  test('and is forgotten just when he is reported abroad again is followed all the same', async () => {
    await addRoamers(engine.db, [{ msisdn: '8201', countries: [] }])
    let purged = false
    const query = async (statement: { name?: string }) => {
      if (statement.name === 'lock-roamers' && !purged) {
        purged = true
        await engine.rows('DELETE FROM roamer')
      }
      return engine.db.pool.query(statement as never)
    }
    expect(await lockRoamers({ query } as never, ['8201', '8202'])).toEqual([])
    expect(await engine.rows('SELECT FROM roamer')).toHaveLength(2)
  })
})
