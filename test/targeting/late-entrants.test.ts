import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { usableOf } from '../../src/api/camara-events.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { Problem } from '../../src/lib/problem.ts'
import { transaction } from '../../src/store/database.ts'
import { stateCounts } from '../../src/store/reports/state-counts.ts'
import { parseCamara } from '../../src/subscribers/camara.ts'
import type { RoamingNotification } from '../../src/subscribers/notification.ts'
import { RoamingWorker } from '../../src/targeting/roaming.ts'
import { runSelection } from '../../src/targeting/select.ts'
import { dying, Killed } from './dying.ts'
import { alertOf, allClear, correction, log, startEngine, type TestEngine } from './engine.ts'
import { addRoamers } from './people.ts'
import { waitingFor } from './waiting.ts'

let engine: TestEngine
const noto: Shape = { kind: 'circle', lon: 137, lat: 37.2, radiusKm: 50 }
const atSea: Shape = { kind: 'circle', lon: 145, lat: 30, radiusKm: 50 }
const japan: Shape = { kind: 'country', iso2: 'JP' }

beforeAll(async () => {
  engine = await startEngine()
})

afterAll(() => engine?.close())

beforeEach(async () => {
  await engine.rows('TRUNCATE roamer, journey, roaming_event, message, chunk, tally, audience_tally')
  await engine.rows(`UPDATE alert SET phase = 'ended'`)
  await engine.rows(`UPDATE broadcast SET state = 'closed'`)
  engine.queues.rings.length = 0
})

let minutes = 60

/** Each a little later than the one before. */
function event(
  msisdn: string,
  country: string | string[] | null,
  place?: [number, number],
  more: Partial<RoamingNotification> = {},
) {
  const countries = country === null ? [] : [country].flat()
  minutes -= 0.1
  const at = new Date(Date.now() - 60_000 * minutes)
  return {
    msisdn,
    hplmn: '45008',
    event: 'enter' as const,
    countries,
    at,
    ...(place && { lon: place[0], lat: place[1] }),
    ...more,
  }
}

const told = async (broadcastId: number) => Object.fromEntries(await engine.told(broadcastId))

describe('a late entrant', () => {
  test('is told where his place is inside, and not where it is outside', async () => {
    const { broadcastId } = await engine.send(alertOf([noto]))
    await engine.report(event('821', 'JP', [137, 37.2]), event('822', 'JP', [139.7, 35.7]), event('823', 'CN'))
    expect(await told(broadcastId)).toEqual({ 821: 'late-entrant' })
    await engine.report(event('822', 'JP', [137.1, 37.2], { event: 'location' }))
    expect(Object.keys(await told(broadcastId))).toEqual(['821', '822'])
  })

  test('of whom only the country is known is told by the rule of the alert', async () => {
    const { broadcastId: including } = await engine.send(alertOf([noto]), { unplaced: 'include' })
    const { broadcastId: excluding } = await engine.send(alertOf([noto]), { unplaced: 'exclude' })
    await engine.report(event('821', 'JP'), event('822', ['JP', 'KP']), event('823', 'CN'))
    expect(Object.keys(await told(including))).toEqual(['821', '822'])
    expect(await told(excluding)).toEqual({})
    const countries = await engine.rows('SELECT country, n FROM audience_tally WHERE broadcast_id = $1', including)
    expect(countries).toEqual([{ country: 'JP', n: 2 }])
  })

  test('is told of whole countries by the reported country, whatever his place', async () => {
    const { broadcastId } = await engine.send(alertOf([japan]))
    await engine.report(event('821', 'JP', [2.35, 48.85]), event('822', 'JP'), event('823', 'FR', [139.7, 35.7]))
    expect(Object.keys(await told(broadcastId))).toEqual(['821', '822'])
  })

  test('on a ship inside the zone is told, though he is in no country', async () => {
    const { broadcastId } = await engine.send(alertOf([atSea]))
    await engine.report(event('821', null, [145, 30]), event('822', null, [150, 30]), event('823', null))
    expect(Object.keys(await told(broadcastId))).toEqual(['821'])
  })

  test('is told once a version, however often he comes, and again of the next version', async () => {
    const alert = alertOf([noto])
    const { broadcastId } = await engine.send(alert)
    for (let i = 0; i < 3; i++) {
      await engine.report(event('821', 'JP', [137, 37.2]), event('821', 'JP', [137, 37.2], { event: 'location' }))
      await engine.report(event('821', 'JP', undefined, { event: 'leave' }))
    }
    expect(await told(broadcastId)).toEqual({ 821: 'late-entrant' })
    const { matched } = await stateCounts(engine.db.pool, broadcastId)
    expect(matched).toBe(1)
    // He was told already: that makes no chunk, and rings no bell.
    expect(await engine.rows('SELECT id FROM chunk WHERE broadcast_id = $1', broadcastId)).toHaveLength(1)
    const { broadcastId: second } = await engine.send(correction('Update', alert, [noto]))
    expect(await told(second)).toEqual({})
    await engine.report(event('821', 'JP', [137, 37.2]))
    expect(await told(second)).toEqual({ 821: 'late-entrant' })
    expect(await told(broadcastId)).toEqual({ 821: 'late-entrant' })
  })

  test('whose places go to and fro over the border of the zone is told once, and locks nothing any more', async () => {
    const { broadcastId } = await engine.send(alertOf([noto]))
    const jitter = (i: number): [number, number] => [137 + (i % 2 === 0 ? 0.5 : 0.6), 37.2]
    await engine.report(event('821', 'JP', jitter(0)))
    engine.queues.rings.length = 0
    // Who locked the row last: whoever wanted to make a message would.
    const locked = () => engine.rows('SELECT xmax::text FROM broadcast WHERE id = $1', broadcastId)
    const before = await locked()
    for (let i = 1; i < 8; i++) {
      const radius = i % 3 === 0 ? { radiusM: 3000 } : {}
      await engine.report(event('821', 'JP', jitter(i), { event: 'location', ...radius }))
    }
    await engine.report(event('821', 'JP', undefined, { event: 'leave' }), event('821', 'JP', jitter(0)))
    expect(await locked()).toEqual(before)
    expect(await told(broadcastId)).toEqual({ 821: 'late-entrant' })
    expect(engine.queues.rings).toEqual([])
  })

  test('of whom CAMARA tells that he entered the area, and left it, and entered it, is told once', async () => {
    const { broadcastId } = await engine.send(alertOf([noto]))
    for (let i = 0; i < 6; i++) {
      minutes -= 0.1
      const camara = parseCamara({
        id: `e${i}`,
        source: 'https://notify.carrier.example',
        specversion: '1.0',
        type: `org.camaraproject.geofencing-subscriptions.v0.area-${i % 2 === 0 ? 'entered' : 'left'}`,
        time: new Date(Date.now() - 60_000 * minutes).toISOString(),
        data: {
          subscriptionId: 's',
          device: { phoneNumber: '+821012345678' },
          area: { areaType: 'CIRCLE', center: { latitude: 37.2, longitude: 137 }, radius: 2000 },
        },
      })
      const usable = usableOf(camara, log)
      if (usable && !(usable instanceof Problem)) await engine.report(usable)
    }
    expect(await told(broadcastId)).toEqual({ 821012345678: 'late-entrant' })
    expect(await engine.rows('SELECT id FROM chunk WHERE broadcast_id = $1', broadcastId)).toHaveLength(1)
    expect(await engine.rows(`SELECT msisdn FROM message WHERE reason = 'entry'`)).toHaveLength(1)
  })

  test('who was told by the selection is not told again', async () => {
    await addRoamers(engine.db, [{ msisdn: '821', countries: ['JP'], place: [137, 37.2] }])
    const { broadcastId } = await engine.send(alertOf([noto]))
    await engine.report(event('821', 'JP', [137, 37.2], { event: 'location' }))
    expect(await told(broadcastId)).toEqual({ 821: 'roamer' })
  })

  test.each([
    ['an all-clear', allClear],
    ['a Cancel', (of: ReturnType<typeof alertOf>) => correction('Cancel', of)],
  ])('is not told any more after %s, nor of it', async (_, by) => {
    const alert = alertOf([noto])
    const { broadcastId } = await engine.send(alert)
    const { broadcastId: end } = await engine.send(by(alert))
    await engine.report(event('821', 'JP', [137, 37.2]))
    expect([await told(broadcastId), await told(end)]).toEqual([{}, {}])
  })

  test('is not told after the end, also where nobody has ended it yet', async () => {
    const { broadcastId, alertId } = await engine.send(alertOf([noto]))
    await engine.rows(`UPDATE alert SET expires = now() - interval '1 ms' WHERE id = $1`, alertId)
    await engine.report(event('821', 'JP', [137, 37.2]))
    expect(await told(broadcastId)).toEqual({})
  })

  test('is not told of what ends while his batch is worked off', async () => {
    const { broadcastId, alertId } = await engine.send(alertOf([noto]))
    await engine.rows(`UPDATE broadcast SET expires = now() - interval '1 ms' WHERE id = $1`, broadcastId)
    await engine.report(event('821', 'JP', [137, 37.2]))
    expect(await told(broadcastId)).toEqual({})
    expect(await engine.rows('SELECT phase FROM alert WHERE id = $1', alertId)).toEqual([{ phase: 'live' }])
  })

  test('is not told of what is not what was approved', async () => {
    const { broadcastId, alertId } = await engine.send(alertOf([noto]))
    await engine.rows(
      `UPDATE alert SET document = jsonb_set(document, '{infos,0,headline}', '"x"') WHERE id = $1`,
      alertId,
    )
    await engine.report(event('821', 'JP', [137, 37.2]))
    expect(await told(broadcastId)).toEqual({})
  })

  test('of an exercise goes through the carriers for exercises', async () => {
    const { broadcastId } = await engine.send(alertOf([noto], { status: 'Exercise' }))
    await engine.report(event('821', 'JP', [137, 37.2]))
    expect(await engine.rows('SELECT carrier_no no FROM message WHERE broadcast_id = $1', broadcastId)).toEqual([
      { no: engine.no('drill') },
    ])
  })

  test('is told ahead of his entry text, and once of each alert', async () => {
    const { broadcastId: one } = await engine.send(alertOf([noto]))
    const { broadcastId: two } = await engine.send(alertOf([japan], {}, { severity: 'Minor' }))
    engine.queues.rings.length = 0
    await engine.report(event('821', 'JP', [137, 37.2]))
    expect([await told(one), await told(two)]).toEqual([{ 821: 'late-entrant' }, { 821: 'late-entrant' }])
    expect(engine.queues.rings).toEqual([{ queue: 'dispatch-home', data: {}, priority: 2 }])
    expect(await engine.rows(`SELECT reason FROM message WHERE reason = 'entry'`)).toHaveLength(1)
  })

  test('is told by nobody while it is not known whether the alert is within its limit, and by the selection then', async () => {
    const { broadcastId } = await engine.launch(alertOf([noto]), { maxRecipients: 1 })
    await engine.report(event('821', 'JP', [137, 37.2]))
    expect(await told(broadcastId)).toEqual({})
    await runSelection(engine.select, broadcastId)
    expect(await told(broadcastId)).toEqual({ 821: 'roamer' })
  })

  test('is told while the selection is running, once', async () => {
    await addRoamers(
      engine.db,
      Array.from({ length: 20 }, (_, i) => ({
        msisdn: String(82_200 + i),
        countries: ['JP'],
        place: [137, 37.2] as const,
      })),
    )
    const { broadcastId } = await engine.launch(alertOf([noto, { kind: 'country', iso2: 'FJ' }]))
    const killed = { ...engine.select, db: dying(engine.db, 'after-commit', /SET selection_cursor/) }
    await expect(runSelection(killed, broadcastId)).rejects.toThrow(Killed)
    await engine.report(event('821', 'JP', [137, 37.2]))
    expect(await told(broadcastId)).toEqual({ 821: 'late-entrant' })
    await runSelection(engine.select, broadcastId)
    expect(await engine.told(broadcastId)).toHaveProperty('size', 21)
    const tallied = await engine.rows(
      'SELECT reason, sum(n) n FROM audience_tally WHERE broadcast_id = $1 GROUP BY 1 ORDER BY 1',
      broadcastId,
    )
    expect(tallied).toEqual([
      { reason: 'late-entrant', n: 1 },
      { reason: 'roamer', n: 20 },
    ])
  })
})

describe('who comes into the zone in the very moment of the launch', () => {
  test('is told by the selection: it waits for the batch that asked before the alert was there', async () => {
    const id = await engine.keep([event('821', 'JP', [137, 37.2])])
    const { broadcastId, both } = await transaction(engine.db.pool, async (blocker) => {
      // The batch stops after it has asked for the alerts in force, and before it commits where he is.
      await blocker.query('LOCK TABLE journey IN SHARE MODE')
      const batch = engine.roaming.work(id)
      await waitingFor(engine.db, /INSERT INTO journey/)
      const { broadcastId } = await engine.launch(alertOf([noto]))
      const selection = runSelection(engine.select, broadcastId)
      await waitingFor(engine.db, /pg_advisory_xact_lock/)
      return { broadcastId, both: Promise.all([batch, selection]) }
    })
    await both
    expect(await told(broadcastId)).toEqual({ 821: 'roamer' })
  })
})

test('a batch that is killed after it told a late entrant tells him when it is worked again', async () => {
  const { broadcastId } = await engine.send(alertOf([noto]))
  const id = await engine.keep([event('821', 'JP', [137, 37.2])])
  const killed = new RoamingWorker({
    ...engine.select,
    db: dying(engine.db, 'before-commit', /INSERT INTO message/),
  })
  await expect(killed.work(id)).rejects.toThrow(Killed)
  expect(await told(broadcastId)).toEqual({})
  await engine.roaming.work(id)
  expect(await told(broadcastId)).toEqual({ 821: 'late-entrant' })
})
