import { afterAll, beforeAll, expect, test } from 'vitest'
import { rollUpTallies } from '../../src/store/upkeep/roll-up.ts'
import { startApi, type TestApi } from '../api/support.ts'

let api: TestApi
const north = 1
const south = 2

/** Day, country, outcome, carrier, n. */
type Row = readonly [string, string | null, string, number | null, number]
const rows: Row[] = [
  ['2025-12-31', 'JP', 'sent', north, 1_000],
  ['2026-01-01', 'JP', 'sent', north, 5],
  ['2026-01-01', 'JP', 'sent', south, 2],
  ['2026-01-01', 'JP', 'duplicate', null, 3],
  ['2026-01-01', 'GP/MQ', 'cool-down', null, 4],
  ['2026-01-02', null, 'no-country', null, 6],
  // Put off, and settled: of four two are sent, one left, one still waits.
  ['2026-01-02', 'US', 'waits', null, 4],
  ['2026-01-02', 'US', 'waits', null, -3],
  ['2026-01-02', 'US', 'sent', south, 2],
  ['2026-01-02', 'US', 'transit', null, 1],
  // All of these are settled: nobody waits any more.
  ['2026-12-31', 'FR', 'waits', null, 7],
  ['2026-12-31', 'FR', 'waits', null, -7],
  ['2026-12-31', 'FR', 'sent', north, 7],
]

beforeAll(async () => {
  api = await startApi()
  const { pool } = api.db
  await pool.query(`INSERT INTO carrier (no, id) OVERRIDING SYSTEM VALUE VALUES ($1, 'north'), ($2, 'south')`, [
    north,
    south,
  ])
  for (const row of rows) {
    await pool.query('INSERT INTO event_tally (day, country, outcome, carrier_no, n) VALUES ($1, $2, $3, $4, $5)', [
      ...row,
    ])
  }
  await pool.query(
    `INSERT INTO broadcast (id, day, lane, state, exercise, resend, expires)
     VALUES (202601000001, '2026-01-01', 2, 'closed', false, false, now()), (202612000001, '2026-12-31', 2, 'closed', false, false, now())`,
  )
  await pool.query(
    `INSERT INTO tally (broadcast_id, carrier_no, was, state, n, segments)
     VALUES (202601000001, $1, NULL, 'pending', 20, 0), (202601000001, $1, 'pending', 'delivered', 15, 15),
            (202601000001, $1, 'pending', 'failed', 5, 5), (202612000001, $2, NULL, 'delivered', 9, 9)`,
    [north, south],
  )
  await pool.query(
    `INSERT INTO entry_resend (kind, ref, country, since, told, done_at) VALUES
       ('level', 900001, 'JP', '2025-12-31T23:59:59Z', 40, now()), ('level', 900002, 'JP', '2026-01-01T00:00:00Z', 2, now()),
       ('level', 900003, 'US', '2026-12-31T23:59:59Z', 3, now()), ('alert', 900004, 'US', '2026-06-01T00:00:00Z', 7, NULL),
       ('alert', 900005, 'US', '2027-01-01T00:00:00Z', 50, NULL)`,
  )
})

afterAll(() => api.close())

interface Sums {
  notifications: number
  sent: number
  suppressed: Record<string, number>
}
const addsUp = ({ notifications, sent, suppressed }: Sums) =>
  notifications === sent + Object.values(suppressed).reduce((sum, n) => sum + n, 0)
const get = async (path: string) => (await api.call('viewer', 'GET', `/v1/reports/entry-texts${path}`)).body

test('each notification is counted once, by day, country and carrier, and all sums add up', async () => {
  const whole = await get('?from=2026-01-01&to=2026-12-31')
  expect(whole).toEqual({
    notifications: 31,
    sent: 16,
    suppressed: { duplicate: 3, 'cool-down': 4, 'no-country': 6, transit: 1, waits: 1 },
  })
  for (const by of ['day', 'month', 'country', 'carrier', 'day,country', 'day,country,carrier']) {
    const { rows: each, ...sums } = await get(`?from=2026-01-01&to=2026-12-31&by=${by}`)
    expect(sums, by).toEqual(whole)
    expect(each.every(addsUp), by).toBe(true)
    const of = (pick: (row: Sums) => number) => (each as Sums[]).reduce((sum, row) => sum + pick(row), 0)
    expect([of((row) => row.notifications), of((row) => row.sent)], by).toEqual([31, 16])
  }
  expect((await get('?day=2026-01-02&by=country,carrier')).rows).toEqual([
    { country: 'US', carrier: 'south', notifications: 2, sent: 2, suppressed: {} },
    { country: 'US', carrier: null, notifications: 2, sent: 0, suppressed: { transit: 1, waits: 1 } },
    { country: null, carrier: null, notifications: 6, sent: 0, suppressed: { 'no-country': 6 } },
  ])
  expect((await get('?day=2026-12-31&by=carrier')).rows).toEqual([
    { carrier: 'north', notifications: 7, sent: 7, suppressed: {} },
  ])
})

test('days that there are not, and spans that are none, are refused', async () => {
  const status = async (query: string) => (await api.call('viewer', 'GET', `/v1/reports/entry-texts?${query}`)).status
  expect(await status('day=2026-02-30')).toBe(400)
  expect(await status('from=2026-02-02&to=2026-02-01')).toBe(400)
  expect(await status('day=2026-02-02&to=2026-02-03')).toBe(400)
  expect(await status('by=msisdn')).toBe(400)
  expect(await status('by=day,country')).toBe(200)
})

test('a year has its entries, its texts, and whose they were', async () => {
  const year = await get('/2026')
  expect(year).toMatchObject({
    year: 2026,
    total: { notifications: 31, sent: 16 },
    texts: { made: 29, states: { delivered: 24, failed: 5, pending: 0 } },
    toldAgain: { level: 5, alert: 7 },
    carriers: [
      { carrier: 'north', sent: 12, texts: 20, delivered: 15 },
      { carrier: 'south', sent: 4, texts: 9, delivered: 9 },
    ],
    busiestDay: { day: '2026-01-01', notifications: 14 },
  })
  expect(
    year.months.map((m: { month: string; notifications: number; texts: number }) => [
      m.month,
      m.notifications,
      m.texts,
    ]),
  ).toEqual([
    ['2026-01', 24, 20],
    ['2026-12', 7, 9],
  ])
  expect(
    year.countries.map((c: { country: string | null; notifications: number }) => [c.country, c.notifications]),
  ).toEqual([
    ['JP', 10],
    ['FR', 7],
    [null, 6],
    ['GP/MQ', 4],
    ['US', 4],
  ])
  expect([...year.countries, ...year.months, year.total].every(addsUp)).toBe(true)
  expect((await get('/2024')).total).toEqual({ notifications: 0, sent: 0, suppressed: {} })
})

test('a year for a terminal is no wider than one', async () => {
  const path = '/v1/reports/entry-texts/2026'
  const { text } = await api.call('viewer', 'GET', path, { headers: { accept: 'text/plain' } })
  expect(text).toContain('Entry texts of 2026')
  expect(text).toMatch(/entries told +16\n/)
  expect(text).toMatch(/GP\/MQ +4 +0/)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(100)
})

test('rolling up changes no sum', async () => {
  const { pool } = api.db
  const day = new Date().toISOString().slice(0, 10)
  await pool.query(
    `INSERT INTO event_tally (day, country, outcome, carrier_no, n)
     SELECT $1, 'JP', (ARRAY['sent', 'waits', 'duplicate'])[i % 3 + 1], CASE WHEN i % 3 = 0 THEN 1 + i % 2 END, CASE i % 6 WHEN 1 THEN -1 ELSE 1 END
       FROM generate_series(1, 6000) i`,
    [day],
  )
  const before = await get(`?day=${day}&by=carrier`)
  expect(await rollUpTallies(api.db)).toBe(1)
  expect(await get(`?day=${day}&by=carrier`)).toEqual(before)
  // The waits took each other back: nothing is left of them.
  expect((await pool.query('SELECT FROM event_tally WHERE day = $1', [day])).rowCount).toBe(3)
})
