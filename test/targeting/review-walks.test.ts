import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cellOf } from '../../src/geo/cells.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { registry } from '../../src/lib/metrics.ts'
import { holdSelections } from '../../src/store/audience/entrants-barrier.ts'
import { transaction } from '../../src/store/database.ts'
import { obeyWords } from '../../src/store/inbox/opt-outs.ts'
import { stateCounts } from '../../src/store/reports/state-counts.ts'
import { upsertResidents } from '../../src/store/subscribers/upsert-residents.ts'
import type { Resident } from '../../src/subscribers/resident.ts'
import { LateResidents } from '../../src/targeting/late-residents.ts'
import { ReviewWatch, reviewAlert } from '../../src/targeting/review.ts'
import { ReviewWalks } from '../../src/targeting/review-walks.ts'
import { dying } from './dying.ts'
import { alertOf, allClear, approver, log, startEngine, type TestEngine } from './engine.ts'
import { waitingFor } from './waiting.ts'

let engine: TestEngine
const noto: Shape = { kind: 'circle', lon: 137, lat: 37.2, radiusKm: 50 }
const inside = [137, 37.2] as const
const tokyo = [139.7, 35.7] as const

beforeAll(async () => {
  engine = await startEngine()
})

afterAll(() => engine?.close())

beforeEach(async () => {
  await engine.rows(
    'TRUNCATE resident, resident_arrival, roamer, journey, roaming_event, message, chunk, tally, audience_tally, review_walk, opt_out, next_number',
  )
  await engine.rows(`UPDATE alert SET phase = 'ended'`)
  await engine.rows(`UPDATE broadcast SET state = 'closed'`)
})

const inDays = (days: number) => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19)}-00:00`
const standingAlert = (info: object = {}) => alertOf([noto], {}, { expires: inDays(30), ...info })
const standing = (rules: object = {}, info: object = {}) => engine.send(standingAlert(info), rules)

const pause = (alertId: string, ago = '1 hour') =>
  engine.rows('UPDATE alert SET review_at = now() - $2::interval WHERE id = $1', alertId, ago)
const review = (alertId: string) => reviewAlert(engine, alertId, approver, '화산 활동 계속')
/** Pages of three: the crowds of the tests are larger. */
const walk = (db = engine.db) => new ReviewWalks({ ...engine.select, db }, 3).work()
const walks = () => engine.rows('SELECT population, after, told FROM review_walk')
const told = async (broadcastId: number) => Object.fromEntries(await engine.told(broadcastId))

let seconds = 3600
function enters(msisdn: string, place?: readonly [number, number], country: string | string[] | null = 'JP') {
  const at = new Date(Date.now() - 1000 * seconds--)
  const countries = country === null ? [] : [country].flat()
  const where = place && { lon: place[0], lat: place[1] }
  return { msisdn, hplmn: '45008', event: 'enter' as const, countries, at, ...where }
}

const resident = (msisdn: string, place?: readonly [number, number], country = 'JP'): Resident => ({
  msisdn,
  mission: 'tokyo',
  country,
  ...(place && { lon: place[0], lat: place[1], cell: cellOf(...place) }),
})

async function register(...residents: Resident[]): Promise<void> {
  await transaction(engine.db.pool, (client) => upsertResidents(client, residents))
  await new LateResidents(engine.select).work()
}

/** Ten of each population in the zone. */
const crowd = Array.from({ length: 10 }, (_, i) => String(i))
const allOfThem = Object.fromEntries(crowd.flatMap((i) => [`8190${i}`, `8210${i}`].map((n) => [n, 'late-entrant'])))
async function crowdComes(): Promise<void> {
  await engine.report(...crowd.map((i) => enters(`8210${i}`, inside)))
  await register(...crowd.map((i) => resident(`8190${i}`, inside)))
}

/** Whether it has to wait for somebody who is just entering anywhere, as all do who enter after it. */
async function waitsForEntrants(walker: ReviewWalks): Promise<boolean> {
  const { waits, walking } = await transaction(engine.db.pool, async (entering) => {
    await holdSelections(entering)
    const walking = walker.work()
    const waiting = waitingFor(engine.db, /pg_advisory_xact_lock/).then(() => true)
    return { waits: await Promise.race([waiting, walking.then(() => false)]), walking }
  })
  await walking
  return waits
}

describe('whoever came while a standing alert paused for its review', () => {
  test('is told after it, roamers and residents, by where they are then and by the rules of late entrants', async () => {
    await register(resident('81900', inside))
    const { alertId, broadcastId } = await standing({ unplaced: 'exclude' })
    await pause(alertId)
    await engine.report(
      enters('8211', inside),
      enters('8212', tokyo),
      enters('8213'),
      enters('8214', inside),
      // On a ship, and one whose carrier reports the neighbour: the place decides.
      enters('8215', inside, null),
      enters('8216', inside, 'CN'),
    )
    await engine.report({ ...enters('8214'), event: 'leave' as const })
    await register(resident('81901', inside), resident('81902', tokyo), resident('81903'))
    expect(await told(broadcastId)).toEqual({ 81900: 'resident' })
    await review(alertId)
    await walk()
    expect(await told(broadcastId)).toEqual({
      81900: 'resident',
      81901: 'late-entrant',
      8211: 'late-entrant',
      8215: 'late-entrant',
      8216: 'late-entrant',
    })
    expect(await walks()).toEqual([])
  })

  test('of whom only the country is known is told where the alert includes those', async () => {
    const { alertId, broadcastId } = await standing({ unplaced: 'include' })
    await pause(alertId)
    await engine.report(enters('8211'), enters('8212', undefined, ['JP', 'KP']), enters('8213', undefined, 'CN'))
    await register(resident('81901'), resident('81902', undefined, 'FR'))
    await review(alertId)
    await walk()
    expect(Object.keys(await told(broadcastId)).sort()).toEqual(['81901', '8211', '8212'])
  })

  test('and asked for no more texts gets none of what may be missed', async () => {
    const { alertId, broadcastId } = await standing({}, { severity: 'Minor' })
    await pause(alertId)
    await engine.report(enters('8211', inside), enters('8212', inside))
    await transaction(engine.db.pool, (client) => obeyWords(client, new Map([['8212', 'stop' as const]])))
    await review(alertId)
    await walk()
    expect(
      await engine.rows(
        'SELECT msisdn, state FROM message WHERE broadcast_id = $1 AND reason <> $2 ORDER BY 1',
        broadcastId,
        'entry',
      ),
    ).toEqual([
      { msisdn: 8211, state: 'pending' },
      { msisdn: 8212, state: 'suppressed' },
    ])
  })

  test('and has several numbers is told on one of them of what may be missed', async () => {
    const { alertId, broadcastId } = await standing({}, { severity: 'Minor' })
    await pause(alertId)
    await register(...['81901', '81902'].map((msisdn) => ({ ...resident(msisdn, inside), nameRef: 'A-1' })))
    await review(alertId)
    await walk()
    expect(await told(broadcastId)).toEqual({ 81901: 'late-entrant' })
    expect(await engine.rows('SELECT msisdn, after_msisdn after FROM next_number')).toEqual([
      { msisdn: 81902, after: 81901 },
    ])
  })

  test('is told however late his carrier’s report was', async () => {
    const { alertId, broadcastId } = await standing()
    await pause(alertId)
    await engine.report({ ...enters('8211', inside), at: new Date(Date.now() - 5 * 86_400_000) })
    await review(alertId)
    await walk()
    expect(await told(broadcastId)).toEqual({ 8211: 'late-entrant' })
  })

  test('is told of the alert that was looked at, and by this of no other', async () => {
    const other = await engine.launch(alertOf([noto]))
    const { alertId, broadcastId } = await standing()
    await pause(alertId)
    await crowdComes()
    // Its selection has counted, and is about to begin.
    await engine.rows('UPDATE broadcast SET expected = 20 WHERE id = $1', other.broadcastId)
    await review(alertId)
    await walk()
    expect(await told(broadcastId)).toEqual(allOfThem)
    expect(await told(other.broadcastId)).toEqual({})
  })

  test('has his carrier rung for', async () => {
    const { alertId } = await standing()
    await pause(alertId)
    await engine.report(enters('8211', inside))
    await review(alertId)
    engine.queues.rings.length = 0
    await walk()
    expect(engine.queues.rings.map(({ queue }) => queue)).toEqual(['dispatch-home'])
  })

  describe.each(['before-commit', 'after-commit'] as const)(
    'is told once, though the engine is killed %s of',
    (moment) => {
      // Ten roamers and ten residents in pages of three: four pages and four pages.
      test.each([1, 2, 4, 5, 8])('page %i', async (page) => {
        const { alertId, broadcastId } = await standing()
        await pause(alertId)
        await crowdComes()
        await review(alertId)
        const killed = dying(engine.db, moment, /FROM review_walk WHERE id = \$1 FOR UPDATE/, page)
        await walk(killed)
        const committed = moment === 'after-commit' ? page : page - 1
        const tens = [0, 3, 6, 9, 10, 13, 16, 19, 20]
        expect(Object.keys(await told(broadcastId))).toHaveLength(tens[committed] as number)
        await walk()
        expect(await told(broadcastId)).toEqual(allOfThem)
        expect((await stateCounts(engine.db.pool, broadcastId)).matched).toBe(20)
        expect(await walks()).toEqual([])
      })
    },
  )

  test('is told where his report is being worked off when the alert is reviewed', async () => {
    const { alertId, broadcastId } = await standing()
    await pause(alertId)
    const id = await engine.keep([enters('8211', inside)])
    const { both } = await transaction(engine.db.pool, async (blocker) => {
      // The batch stops after it has found the alert paused, and before it commits where he is.
      await blocker.query('LOCK TABLE journey IN SHARE MODE')
      const batch = engine.roaming.work(id)
      await waitingFor(engine.db, /INSERT INTO journey/)
      await review(alertId)
      const walking = walk()
      await waitingFor(engine.db, /pg_advisory_xact_lock/)
      return { both: Promise.all([batch, walking]) }
    })
    await both
    expect(await told(broadcastId)).toEqual({ 8211: 'late-entrant' })
  })

  test('is told where his registration is being committed when the alert is reviewed', async () => {
    const { alertId, broadcastId } = await standing()
    await pause(alertId)
    const walking = await transaction(engine.db.pool, async (client) => {
      expect(await upsertResidents(client, [resident('81901', inside)])).toMatchObject({ alerted: false })
      await review(alertId)
      const walking = walk()
      await waitingFor(engine.db, /pg_advisory_xact_lock/)
      return { walking }
    })
    await walking.walking
    expect(await told(broadcastId)).toEqual({ 81901: 'late-entrant' })
  })

  test('is not told where the alert has ended meanwhile', async () => {
    const alert = standingAlert()
    const { alertId, broadcastId } = await engine.send(alert)
    await pause(alertId)
    await crowdComes()
    await review(alertId)
    const killed = dying(engine.db, 'after-commit', /FROM review_walk WHERE id = \$1 FOR UPDATE/)
    await walk(killed)
    await engine.send(allClear(alert))
    await walk()
    expect(Object.keys(await told(broadcastId))).toHaveLength(3)
    expect(await walks()).toEqual([])
  })

  test('is told though the walk of another alert fails, which is gone on with', async () => {
    const one = await standing()
    const two = await standing()
    await pause(one.alertId)
    await pause(two.alertId)
    await engine.report(enters('8211', inside))
    await review(one.alertId)
    await review(two.alertId)
    await walk(dying(engine.db, 'before-commit', /FROM review_walk WHERE id = \$1 FOR UPDATE/))
    expect([await told(one.broadcastId), await told(two.broadcastId)]).toEqual([{}, { 8211: 'late-entrant' }])
    await walk()
    expect(await told(one.broadcastId)).toEqual({ 8211: 'late-entrant' })
    expect(await walks()).toEqual([])
  })

  test('holds up whoever enters once a walk, and not where the alert is not what was approved', async () => {
    const { alertId, broadcastId } = await standing()
    await pause(alertId)
    await crowdComes()
    await review(alertId)
    const failing = dying(engine.db, 'before-commit', /FROM review_walk WHERE id = \$1 FOR UPDATE/)
    const walker = new ReviewWalks({ ...engine.select, db: failing }, 3)
    expect(await waitsForEntrants(walker)).toBe(true)
    expect(await told(broadcastId)).toEqual({})
    expect(await waitsForEntrants(walker)).toBe(false)
    expect(await told(broadcastId)).toEqual(allOfThem)

    await pause(alertId)
    await review(alertId)
    await engine.rows(`UPDATE broadcast SET digest = 'another' WHERE id = $1`, broadcastId)
    expect(await waitsForEntrants(new ReviewWalks(engine.select))).toBe(false)
    expect(await walks()).toHaveLength(1)
  })

  test('is seen to wait: how many walks are left, and since when', async () => {
    const gauges = async () => {
      await new ReviewWatch(engine.db, log).look()
      const text = await registry.metrics()
      return ['walks', 'walk_oldest_seconds'].map((name) => Number(text.match(`\nbongsu_review_${name} (\\S+)\n`)?.[1]))
    }
    expect(await gauges()).toEqual([0, 0])
    const { alertId } = await standing()
    await pause(alertId)
    await review(alertId)
    await engine.rows(`UPDATE alert_event SET at = now() - interval '1 hour' WHERE alert_id = $1`, alertId)
    expect(await gauges()).toEqual([1, expect.closeTo(3600, -2)])
    await walk()
    expect(await gauges()).toEqual([0, 0])
  })

  test('waits where it pauses again, and who came in either pause is told after the next review', async () => {
    const { alertId, broadcastId } = await standing()
    await pause(alertId)
    await crowdComes()
    await review(alertId)
    const killed = dying(engine.db, 'after-commit', /FROM review_walk WHERE id = \$1 FOR UPDATE/, 6)
    await walk(killed)
    await pause(alertId, '1 second')
    await walk()
    expect(await walks()).toEqual([{ population: 'residents', after: 81905, told: 16 }])
    // Before all whom the walk has passed.
    await engine.report(enters('8201', inside))
    await review(alertId)
    await walk()
    expect(await told(broadcastId)).toEqual({ ...allOfThem, 8201: 'late-entrant' })
    expect(await walks()).toEqual([])
  })

  test('is told by a walk that begins anew under the feet of the one that is under way', async () => {
    const { alertId, broadcastId } = await standing()
    await pause(alertId)
    await crowdComes()
    await review(alertId)
    const before = (await engine.rows<{ id: number }>('SELECT id FROM review_walk'))[0]?.id
    await pause(alertId)
    await review(alertId)
    expect((await engine.rows<{ id: number }>('SELECT id FROM review_walk'))[0]?.id).not.toBe(before)
    await Promise.all([walk(), walk()])
    await walk()
    expect(await told(broadcastId)).toEqual(allOfThem)
  })
})

describe('nobody is looked for', () => {
  test('after a review in time, but after one so late that others may have found the alert paused', async () => {
    const { alertId } = await standing()
    await engine.rows(`UPDATE alert SET review_at = now() + interval '2 minutes' WHERE id = $1`, alertId)
    await review(alertId)
    expect(await walks()).toEqual([])
    await engine.rows(`UPDATE alert SET review_at = now() + interval '20 seconds' WHERE id = $1`, alertId)
    await review(alertId)
    expect(await walks()).toHaveLength(1)
  })

  test('after a review that is refused', async () => {
    const { alertId } = await standing()
    await pause(alertId)
    await engine.rows(
      `INSERT INTO person (name, disabled_at) VALUES ($1, now()) ON CONFLICT (name) DO UPDATE SET disabled_at = now()`,
      approver.person,
    )
    await expect(review(alertId)).rejects.toThrow('disabled')
    expect(await walks()).toEqual([])
    await engine.rows(`UPDATE person SET disabled_at = NULL WHERE name = $1`, approver.person)
  })

  test('where the engine was down and the alert was not: who came is told as ever', async () => {
    const { broadcastId } = await standing()
    const id = await engine.keep([enters('8211', inside)])
    await transaction(engine.db.pool, (client) => upsertResidents(client, [resident('81901', inside)]))
    await walk()
    expect(await told(broadcastId)).toEqual({})
    await engine.roaming.work(id)
    await new LateResidents(engine.select).work()
    expect(await told(broadcastId)).toEqual({ 8211: 'late-entrant', 81901: 'late-entrant' })
  })
})
