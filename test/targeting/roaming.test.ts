import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { prng } from '../../src/lib/prng.ts'
import { entryTextSummary } from '../../src/reporting/entry-text-summary.ts'
import { transaction } from '../../src/store/database.ts'
import { openBatches } from '../../src/store/roaming/batches.ts'
import type { RoamingNotification } from '../../src/subscribers/notification.ts'
import { RoamingWorker } from '../../src/targeting/roaming.ts'
import { routeNumbers } from '../../src/targeting/route-numbers.ts'
import { dying, Killed } from './dying.ts'
import { carrier, profiles, startEngine, type TestEngine } from './engine.ts'
import { waitingFor } from './waiting.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await startEngine()
})

afterAll(() => engine?.close())

beforeEach(async () => {
  await engine.rows(
    'TRUNCATE roamer, journey, roaming_event, event_tally, roaming_batch, message, chunk, tally, audience_tally, entry_wait',
  )
  engine.queues.rings.length = 0
})

const minute = 60_000
const now = Date.now()

function event(
  msisdn: string,
  country: string | string[] | null,
  minutesAgo: number,
  more: Partial<RoamingNotification> = {},
): RoamingNotification {
  const countries = country === null ? [] : [country].flat()
  return { msisdn, hplmn: '45008', event: 'enter', countries, at: new Date(now - minutesAgo * minute), ...more }
}

/** The entry texts that were made: to whom, and what. */
const texts = () =>
  engine.rows<{ msisdn: string; text: string }>(
    `SELECT msisdn::text, t.text FROM message m JOIN broadcast_text t USING (broadcast_id, variant)
      WHERE reason = 'entry' ORDER BY m.msisdn, m.seq`,
  )
const textsTo = async (msisdn: string) => (await texts()).filter((row) => row.msisdn === msisdn).length
const outcomes = async () => {
  const rows = await engine.rows<{ outcome: string; n: number }>(
    'SELECT outcome, count(*) n FROM roaming_event GROUP BY 1',
  )
  return Object.fromEntries(rows.map(({ outcome, n }) => [outcome, n]))
}
/** What stands for an area from now on; null: nothing. */
const template = (area: string, body: string | null, language = 'ko') =>
  engine.rows(
    `INSERT INTO entry_template (area, kind, language, body, verified, made_by) VALUES ($1, 'mission', $3, $2, true, 'test')`,
    area,
    body,
    language,
  )
const countryOf = async (msisdn: string) =>
  (await engine.rows<{ country: string | null }>('SELECT country FROM roamer WHERE msisdn = $1', msisdn))[0]?.country

describe('a batch of notifications', () => {
  test('gives one entry text a journey, with the country, its embassy and the number', async () => {
    await engine.report(event('821', 'JP', 9), event('821', 'JP', 8, { event: 'location' }), event('822', 'IS', 7))
    expect(await texts()).toEqual([
      {
        msisdn: '821',
        text: '[외교부] 일본 방문 중 위급상황 시 주일본대사관 +81-3-3452-7611, 영사콜센터 +82-2-3210-0404(24시간)로 연락하시기 바랍니다. 현지 경찰 110, 구급·화재 119.',
      },
      {
        msisdn: '822',
        text: '[외교부] 해외 체류 중 위급상황 시 영사콜센터 +82-2-3210-0404(24시간)로 연락하시기 바랍니다. 현지 안전정보를 확인하십시오. 현지 긴급전화 112.',
      },
    ])
    expect(await outcomes()).toEqual({ sent: 2, 'already-here': 1 })
  })

  test('gives who may be in one of several countries the text that is right for all, and a country its own text', async () => {
    await template('GP', '{country}: {callCentre}')
    await engine.report(event('821', ['GP', 'MF'], 9), event('822', 'GP', 9))
    expect((await texts()).map((row) => row.text.slice(0, 12))).toEqual(['[외교부] 해외 체류 ', '과들루프: +82-2-'])
    await template('GP', null)
  })

  test('ends each notification as sent or suppressed for one reason, and the tally sums to all of them', async () => {
    const twice = event('824', 'JP', 5)
    const general = await engine.rows<{ body: string; language: string }>(
      `SELECT DISTINCT ON (language) body, language FROM entry_template WHERE area = '**' AND kind = 'mission' ORDER BY language, id DESC`,
    )
    for (const { language } of general) await template('**', null, language)
    await engine.report(
      event('821', 'JP', 9),
      event('821', 'JP', 8),
      event('821', 'CN', 7),
      event('821', 'JP', 6),
      event('821', 'JP', 5, { event: 'leave' }),
      event('822', 'KR', 9),
      event('823', null, 9),
      twice,
      twice,
      event('825', 'IS', 5),
      event('827', 'JP', 60 * 49),
    )
    for (const { body, language } of general) await template('**', body, language)
    await engine.report(event('821', 'CN', 30))
    await engine.report(event('828', 'JP', 200), event('828', 'CN', 190), event('828', 'JP', 100))
    const deaf = new RoamingWorker({
      ...engine.select,
      routes: await routeNumbers(
        engine.db.pool,
        profiles.filter(({ id }) => id === 'drill'),
      ),
    })
    await deaf.work(await engine.keep([event('826', 'JP', 5)]))
    const summary = await entryTextSummary(engine.db)
    expect(summary).toEqual({
      notifications: 16,
      sent: 5,
      suppressed: {
        'already-here': 1,
        'cool-down': 1,
        duplicate: 1,
        home: 1,
        left: 1,
        'no-country': 1,
        'no-route': 1,
        'no-text': 1,
        'out-of-order': 1,
        returned: 1,
        'too-late': 1,
      },
    })
    expect(await texts()).toHaveLength(5)
    const { duplicate: _, ...rest } = summary.suppressed
    expect(await outcomes()).toEqual({ sent: 5, ...rest })
  })

  test('tries again for who had no way when he came, in the same batch', async () => {
    const { hplmn: _, ...anonymous } = event('821', 'JP', 9)
    const routes = await routeNumbers(
      engine.db.pool,
      profiles.filter(({ id }) => id === 'home'),
    )
    const worker = new RoamingWorker({ ...engine.select, routes })
    await worker.work(await engine.keep([anonymous, event('821', 'CN', 8), event('821', 'JP', 7)]))
    expect(await outcomes()).toEqual({ 'no-route': 1, sent: 2 })
  })

  test('is worked off once, however often its bell rings and by however many', async () => {
    const id = await engine.keep(Array.from({ length: 50 }, (_, i) => event(String(8210 + i), 'JP', 9)))
    await Promise.all([1, 2, 3].map(() => engine.roaming.work(id)))
    await engine.roaming.work(id)
    expect(await texts()).toHaveLength(50)
    expect((await entryTextSummary(engine.db)).notifications).toBe(50)
    expect(await openBatches(engine.db.pool, 10)).toEqual([])
  })

  test.each(['before-commit', 'after-commit'] as const)(
    'that is killed %s and worked again is worked off once',
    async (moment) => {
      const id = await engine.keep([event('821', 'JP', 9), event('822', 'CN', 9)])
      const killed = new RoamingWorker({ ...engine.select, db: dying(engine.db, moment, /roaming_batch/) })
      await expect(killed.work(id)).rejects.toThrow(Killed)
      expect(await openBatches(engine.db.pool, 10)).toEqual(moment === 'before-commit' ? [id] : [])
      await engine.roaming.work(id)
      expect(await texts()).toHaveLength(2)
      expect((await entryTextSummary(engine.db)).notifications).toBe(2)
    },
  )

  test('may repeat what another said: it counts as a duplicate, also under the id of the feed', async () => {
    await engine.report(event('821', 'JP', 9), event('822', 'JP', 9, { id: 'a' }))
    await engine.report(event('821', 'JP', 9), event('823', 'JP', 9, { id: 'a' }), event('822', 'JP', 9, { id: 'b' }))
    expect(await entryTextSummary(engine.db)).toEqual({
      notifications: 5,
      sent: 2,
      suppressed: { duplicate: 2, 'already-here': 1 },
    })
    // Another feed has ids of its own.
    await engine.roaming.work(await engine.keep([event('823', 'JP', 9, { id: 'a' })], 'other'))
    expect(await textsTo('823')).toBe(1)
  })

  test('that gives the id of an event to another, just when that is written, is tried again and finds it', async () => {
    const first = await engine.keep([event('821', 'JP', 9, { id: 'a' })])
    const { second, both } = await transaction(engine.db.pool, async (blocker) => {
      await blocker.query('LOCK TABLE event_tally IN SHARE MODE')
      const one = engine.roaming.work(first)
      await waitingFor(engine.db, /INSERT INTO event_tally/)
      const second = await engine.keep([event('822', 'JP', 9, { id: 'a' })])
      // It looks before the first has committed, and writes when it has.
      const other = engine.roaming.work(second).catch((error: Error) => error)
      await waitingFor(engine.db, /pg_advisory/)
      return { second, both: Promise.all([one, other]) }
    })
    expect((await both)[1]).toMatchObject({ code: '23505' })
    expect(await openBatches(engine.db.pool, 10)).toEqual([second])
    await engine.roaming.work(second)
    expect((await entryTextSummary(engine.db)).suppressed).toEqual({ duplicate: 1 })
    expect(await texts()).toHaveLength(1)
  })

  test('takes the other batches that wait along, oldest first, and leaves the rest to the next', async () => {
    const ids: number[] = []
    for (let i = 0; i < 7; i++) ids.push(await engine.keep([event(String(8210 + i), 'JP', 9)]))
    await engine.roaming.work(ids[5] as number)
    expect(await openBatches(engine.db.pool, 10)).toEqual([ids[3], ids[4], ids[6]])
    await engine.roaming.work(ids[0] as number)
    expect(await openBatches(engine.db.pool, 10)).toEqual([])
    expect(await texts()).toHaveLength(7)
    expect((await entryTextSummary(engine.db)).notifications).toBe(7)
  })

  test('of a clock that is ahead of ours counts as of now, in the order that it tells', async () => {
    await engine.report(
      event('821', 'CN', -60),
      event('821', 'JP', -90),
      event('822', 'CN', -90),
      event('822', 'JP', -60),
    )
    expect([await countryOf('821'), await countryOf('822')]).toEqual(['JP', 'CN'])
    await engine.report(event('821', 'TH', -60))
    expect(await countryOf('821')).toBe('TH')
    expect((await outcomes())['out-of-order']).toBeUndefined()
  })

  test('that comes after a later one changes nothing, and nobody misses his text', async () => {
    await engine.report(event('821', 'JP', 5, { event: 'location' }))
    await engine.report(event('821', 'JP', 9), event('821', 'CN', 8), event('821', 'CN', 7, { event: 'leave' }))
    expect(await countryOf('821')).toBe('JP')
    expect(await textsTo('821')).toBe(1)
    expect(await outcomes()).toEqual({ sent: 1, 'out-of-order': 3 })
  })

  test.each([
    ['two countries', 'MX', 'US', 2],
    ['a country and home', 'JP', 'KR', 1],
    ['a country and the sea', 'JP', null, 1],
  ] as const)(
    'of networks that alternate for two days between %s gives one text for each',
    async (_, one, other, sent) => {
      const events = Array.from({ length: 94 }, (_, i) => event('821', i % 2 === 0 ? one : other, 47 * 60 - i * 30))
      for (let i = 0; i < events.length; i += 9) await engine.report(...events.slice(i, i + 9))
      expect(await texts()).toHaveLength(sent)
      expect((await outcomes()).returned).toBe(other === 'US' ? 92 : 46)
    },
  )

  test('of a number that is new gives one text, even where two batches say so at once', async () => {
    const numbers = Array.from({ length: 200 }, (_, i) => String(82_100 + i))
    const first = await engine.keep(numbers.map((msisdn) => event(msisdn, 'JP', 9)))
    const second = await engine.keep(
      numbers.toReversed().map((msisdn) => event(msisdn, 'JP', 8, { event: 'location' })),
    )
    await Promise.all([engine.roaming.work(first), engine.roaming.work(second)])
    expect(await texts()).toHaveLength(200)
    expect((await entryTextSummary(engine.db)).notifications).toBe(400)
  })

  test('in any order and any cut leaves everybody where he was last, and sends no country twice', async () => {
    const random = prng(5)
    const events = Array.from({ length: 300 }, (_, i) =>
      event(String(821 + random.int(20)), random.pick(['JP', 'CN', 'FR']), 300 - i, {
        event: random.pick(['enter', 'location']),
      }),
    )
    const last = new Map(events.map((one) => [one.msisdn, one.countries[0]]))
    const shuffled = events.map((one) => [random.next(), one] as const).sort(([a], [b]) => a - b)
    const batches: number[] = []
    for (let i = 0; i < 300; i += 30) batches.push(await engine.keep(shuffled.slice(i, i + 30).map(([, one]) => one)))
    await Promise.all(batches.map((id) => engine.roaming.work(id)))
    for (const [msisdn, country] of last) expect(await countryOf(msisdn), msisdn).toBe(country)
    const twice = await engine.rows('SELECT msisdn FROM journey GROUP BY msisdn, country HAVING count(*) > 1')
    expect(twice).toEqual([])
    expect((await entryTextSummary(engine.db)).notifications).toBe(300)
  })

  test('that holds an event of years ago, or of a clock that is wrong, is worked off all the same', async () => {
    const day = 24 * 60
    await engine.report(
      event('821', 'JP', 500 * day),
      event('822', 'JP', -9 * 60),
      event('823', 'JP', -400 * day),
      event('824', 'JP', 1),
    )
    expect(await entryTextSummary(engine.db)).toEqual({ notifications: 4, sent: 3, suppressed: { 'too-late': 1 } })
    expect(await countryOf('821')).toBe('JP')
    // Believed as of now: what comes next is newer.
    await engine.report(event('822', 'CN', -1), event('823', 'CN', -1))
    expect([await countryOf('822'), await countryOf('823')]).toEqual(['CN', 'CN'])
    await engine.report(event('821', 'JP', 500 * day))
    expect(await textsTo('821')).toBe(0)
  })

  test('rings the bell of each carrier that got something once', async () => {
    await engine.report(event('821', 'JP', 9), event('822', 'CN', 9), event('823', 'CN', 9, { hplmn: '45005' }))
    expect(engine.queues.rings.map(({ queue, priority }) => `${queue} ${priority}`).sort()).toEqual([
      'dispatch-hangul 5',
      'dispatch-home 5',
    ])
  })

  test('makes one broadcast a day, also when two begin it', async () => {
    const ids = [await engine.keep([event('821', 'JP', 9)]), await engine.keep([event('822', 'CN', 9)])]
    await Promise.all(ids.map((id) => engine.roaming.work(id)))
    const [days] = await engine.rows('SELECT count(DISTINCT broadcast_id) n FROM message')
    expect(days).toEqual({ n: 1 })
    expect(
      await engine.rows(
        `SELECT lane, exercise, resend, validity_ms, expires = (day + 3)::timestamp AT TIME ZONE 'UTC' AS "twoDaysAfter"
           FROM broadcast WHERE day IS NOT NULL`,
      ),
    ).toEqual([{ lane: 4, exercise: false, resend: false, validity_ms: 48 * 3_600_000, twoDaysAfter: true }])
  })
})

describe('the country', () => {
  test('that a carrier reports is believed before the place', async () => {
    await engine.report(event('821', 'JP', 9, { lon: 2.35, lat: 48.85 }))
    expect(await countryOf('821')).toBe('JP')
  })

  test('is that of the place where none is reported, also some kilometres off the coast, and none farther out', async () => {
    await engine.report(
      event('821', null, 9, { lon: 139.77, lat: 35.68 }),
      event('822', null, 9, { lon: 140.9, lat: 35.7 }), // 5 km off Choshi
      event('823', null, 9, { lon: 143, lat: 35.7 }),
    )
    expect([await countryOf('821'), await countryOf('822'), await countryOf('823')]).toEqual(['JP', 'JP', null])
  })

  test('is all that is known of who is somewhere within more than 50 km', async () => {
    await engine.report(
      event('821', 'JP', 9, { lon: 137, lat: 37, radiusM: 50_000 }),
      event('822', 'JP', 9, { lon: 137, lat: 37, radiusM: 50_001 }),
      event('823', null, 9, { lon: 137, lat: 36.5, radiusM: 60_000 }),
    )
    expect(await engine.rows('SELECT country, lon, radius_m FROM roamer ORDER BY msisdn')).toEqual([
      { country: 'JP', lon: 137, radius_m: 50_000 },
      { country: 'JP', lon: null, radius_m: null },
      { country: 'JP', lon: null, radius_m: null },
    ])
  })

  test('among candidates is that of the place, if it is one of them', async () => {
    await engine.report(
      event('821', ['GP', 'MF'], 9, { lon: -61.55, lat: 16.25 }),
      event('822', ['GP', 'MF'], 9, { lon: 2.35, lat: 48.85 }),
    )
    const rows = await engine.rows('SELECT country, candidates::text FROM roamer ORDER BY msisdn')
    expect(rows).toEqual([
      { country: 'GP', candidates: '{}' },
      { country: null, candidates: '{GP,MF}' },
    ])
  })
})

test('a carrier by country gets who is certainly there', async () => {
  const only = carrier('only', 'reaches: [{ population: roamers, countries: [GP] }]')
  const worker = new RoamingWorker({
    ...engine.select,
    routes: await routeNumbers(engine.db.pool, [only]),
  })
  await worker.work(await engine.keep([event('821', 'GP', 9), event('822', ['GP', 'MF'], 9)]))
  expect(await outcomes()).toEqual({ sent: 1, 'no-route': 1 })
})

test('a batch that always fails holds up no other', async () => {
  const bad = await engine.keep([event('821', 'JP', 9)])
  await engine.rows(
    `UPDATE roaming_batch SET events = '[{"msisdn":"no number","countries":["JP"],"at":"2026-01-01T00:00:00Z"}]' WHERE id = $1`,
    bad,
  )
  const good: number[] = []
  for (let i = 0; i < 3; i++) good.push(await engine.keep([event(`82200${i}`, 'JP', 9)]))
  await expect(engine.roaming.work(bad)).rejects.toThrow()
  for (const id of good) await engine.roaming.work(id)
  expect(await openBatches(engine.db.pool, 10)).toEqual([bad])
})
