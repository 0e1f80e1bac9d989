import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { progressLine } from '../../src/app/cli/alert-launch.ts'
import { createLogger } from '../../src/lib/log.ts'
import { registry } from '../../src/lib/metrics.ts'
import { broadcastsInForce } from '../../src/store/alerts/in-force.ts'
import { transition } from '../../src/store/alerts/transition.ts'
import { transaction } from '../../src/store/database.ts'
import { DueLaunches } from '../../src/targeting/launch-due.ts'
import { ReviewWatch } from '../../src/targeting/review.ts'
import { addResidents } from '../targeting/people.ts'
import { waitingFor } from '../targeting/waiting.ts'
import { alertBody, type Desk, openDesk, timeIn } from './desk.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

const log = createLogger('silent')
let api: TestApi
let desk: Desk

beforeAll(async () => {
  api = await startApi()
  desk = openDesk(api)
})

afterAll(() => api.close())

beforeEach(async () => {
  await api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute', launch_at = NULL`)
  await api.db.pool.query('DELETE FROM resident')
})

const inAnHour = () => new Date(Date.now() + 1_800_000).toISOString()
const schedule = (id: string, at = inAnHour()) => desk.act(id, 'launch', 'composer', { at })
const viewed = async (id: string) => (await desk.view(id)).body

const crowd = (n: number) => Array.from({ length: n }, (_, i) => ({ msisdn: String(8190_000_000 + i), country: 'JP' }))

/** As if its time had come. */
const letTimePass = (id: string) =>
  api.db.pool.query(`UPDATE alert SET launch_at = now() - interval '1 second' WHERE id = $1`, [id])

/** What launches, in a process of its own. */
const launches = (clockMs?: () => number) => {
  const { countries, carriers } = api.deps
  return new DueLaunches({ db: api.db, queues: api.queues, countries, profiles: carriers.profiles, log }, clockMs)
}

const work = () => launches().work()

/** Runs what launches up to where it counts whom the alert reaches; `meanwhile` happens before the count ends. */
async function workWhile(meanwhile: () => Promise<unknown>): Promise<void> {
  const working = await transaction(api.db.pool, async (blocker) => {
    await blocker.query('LOCK TABLE resident IN ACCESS EXCLUSIVE MODE')
    const working = work()
    await waitingFor(api.db, /resident/)
    await meanwhile()
    return { working }
  })
  await working.working
}

describe('a scheduled launch', () => {
  test('waits for its time, and is launched then for who asked', async () => {
    const id = await desk.approved()
    const at = inAnHour()
    const answer = await schedule(id, at)
    expect(answer.status).toBe(202)
    expect(answer.body).toEqual({ alertId: id, broadcastId: null, launchAt: at })
    await work()
    expect(await viewed(id)).toMatchObject({ phase: 'approved', schedule: { at, by: 'composer', failed: null } })
    await letTimePass(id)
    await Promise.all([work(), work()])
    expect(await viewed(id)).toMatchObject({ phase: 'live', schedule: null })
    expect((await api.db.pool.query('SELECT FROM broadcast WHERE alert_id = $1', [id])).rowCount).toBe(1)
    const { body } = await api.call('auditor', 'GET', '/v1/audit?limit=1000')
    const entries = body.entries.filter(({ subject }: { subject: string }) => subject === `alert:${id}`)
    expect(entries.slice(-2).map(({ actor, act }: { actor: string; act: string }) => [actor, act])).toEqual([
      ['person:composer', 'alert.schedule'],
      ['person:composer', 'alert.launch'],
    ])
  })

  test('is taken back, and by whatever voids the approval', async () => {
    const id = await desk.approved()
    await schedule(id)
    expect((await desk.act(id, 'unschedule', 'approver')).body).toMatchObject({ phase: 'approved', schedule: null })
    await schedule(id)
    expect((await desk.act(id, 'reject', 'approver')).body).toMatchObject({ phase: 'draft', schedule: null })
    const other = await desk.approved()
    await schedule(other)
    expect((await desk.act(other, 'discard', 'composer')).body).toMatchObject({ phase: 'ended', schedule: null })
    const edited = await desk.approved()
    await schedule(edited)
    const headers = { 'if-match': (await desk.view(edited)).headers.etag as string }
    const { body } = await api.call('composer', 'PUT', `/v1/alerts/${edited}`, { body: alertBody(), headers })
    expect(body).toMatchObject({ phase: 'draft', schedule: null })
  })

  test('is not replaced by a second one, and asked for twice it is one', async () => {
    const id = await desk.approved()
    const at = inAnHour()
    await schedule(id, at)
    const { version } = await viewed(id)
    const later = new Date(Date.parse(at) + 60_000).toISOString()
    const refused = await schedule(id, later)
    expect([refused.status, codeOf(refused)]).toEqual([409, 'already-scheduled'])
    expect(refused.body.detail).toContain(`${at} already, for composer`)
    expect(codeOf(await desk.act(id, 'launch', 'approver', { at }))).toBe('already-scheduled')
    expect((await schedule(id, at)).body).toEqual({ alertId: id, broadcastId: null, launchAt: at })
    expect(await viewed(id)).toMatchObject({ version, schedule: { at, by: 'composer' } })
    await desk.act(id, 'unschedule', 'approver')
    expect((await schedule(id, later)).body.launchAt).toBe(later)
  })

  test('that there is none of is not taken back, and nothing is written of it', async () => {
    const id = await desk.approved()
    const { version } = await viewed(id)
    const refused = await desk.act(id, 'unschedule', 'approver')
    expect([refused.status, codeOf(refused)]).toEqual([409, 'not-scheduled'])
    expect((await viewed(id)).version).toBe(version)
    expect(
      (await api.db.pool.query('SELECT FROM alert_event WHERE alert_id = $1 AND act = $2', [id, 'unschedule']))
        .rowCount,
    ).toBe(0)
    await schedule(id)
    await letTimePass(id)
    await addResidents(api.db, crowd(101))
    await work()
    expect((await desk.act(id, 'unschedule', 'approver')).body.hint).toContain('101 people match now')
    expect(codeOf(await desk.act(await desk.submitted(), 'unschedule', 'approver'))).toBe('wrong-phase')
  })

  test('is refused at once for what a launch would be refused for', async () => {
    const circle = (lon: number) => ({
      areas: [{ areaDesc: '노토', shapes: [{ kind: 'circle', lon, lat: 37, radiusKm: 50 }] }],
    })
    const rival = await desk.approved(alertBody({ sender: 'a@x' }, circle(137)))
    const id = await desk.approved(alertBody({ sender: 'b@x' }, circle(137.5)))
    const undecided = await schedule(id)
    expect([undecided.status, codeOf(undecided)]).toEqual([409, 'overlap-undecided'])
    expect(await viewed(id)).toMatchObject({ phase: 'approved', schedule: null })
    await api.call('approver', 'POST', `/v1/alerts/${id}/overlaps/${rival}`, {
      body: { decision: 'both', reason: 'x' },
    })
    expect((await schedule(id)).status).toBe(202)

    const grown = await desk.approved()
    await addResidents(api.db, crowd(101))
    const exceeded = await schedule(grown)
    expect([exceeded.status, codeOf(exceeded)]).toEqual([409, 'forecast-exceeded'])
    expect(await viewed(grown)).toMatchObject({ phase: 'approved', schedule: null })
  })

  describe('does not go out where, while the engine counts whom it reaches,', () => {
    const dueNow = async () => {
      const id = await desk.approved()
      await schedule(id)
      await letTimePass(id)
      return id
    }
    const broadcasts = async (id: string) =>
      (await api.db.pool.query('SELECT FROM broadcast WHERE alert_id = $1', [id])).rowCount

    test('it is unscheduled', async () => {
      const id = await dueNow()
      await workWhile(async () => expect((await desk.act(id, 'unschedule', 'approver')).status).toBe(200))
      expect(await viewed(id)).toMatchObject({ phase: 'approved', schedule: null })
      expect(await broadcasts(id)).toBe(0)
    })

    test('it is put off until tomorrow', async () => {
      const id = await dueNow()
      await workWhile(() =>
        api.db.pool.query(`UPDATE alert SET launch_at = now() + interval '1 day' WHERE id = $1`, [id]),
      )
      expect(await viewed(id)).toMatchObject({ phase: 'approved', schedule: { by: 'composer', failed: null } })
      expect(await broadcasts(id)).toBe(0)
    })

    test('another process refuses it', async () => {
      const id = await dueNow()
      await workWhile(() =>
        api.db.pool.query(
          `UPDATE alert SET launch_at = NULL, launch_failed = '{"at":"2026-11-22T03:00:00Z","code":"forecast-exceeded","message":"y"}' WHERE id = $1`,
          [id],
        ),
      )
      expect(await viewed(id)).toMatchObject({ phase: 'approved', schedule: { at: null, failed: { message: 'y' } } })
      expect(await broadcasts(id)).toBe(0)
    })

    test('somebody else schedules it anew', async () => {
      const id = await dueNow()
      const another = `UPDATE alert SET launch_by = jsonb_build_object('person', 'approver', 'roles', launch_by->'roles') WHERE id = $1`
      await workWhile(() => api.db.pool.query(another, [id]))
      expect(await broadcasts(id)).toBe(0)
    })
  })

  test('that is refused takes no schedule of somebody else with it', async () => {
    const id = await desk.approved()
    await schedule(id)
    await letTimePass(id)
    await addResidents(api.db, crowd(101))
    const another = `UPDATE alert SET launch_by = jsonb_build_object('person', 'approver', 'roles', launch_by->'roles') WHERE id = $1`
    await workWhile(() => api.db.pool.query(another, [id]))
    expect(await viewed(id)).toMatchObject({ phase: 'approved', schedule: { by: 'approver', failed: null } })
  })

  test('of a time that is past, after it expires or nobody can foresee is refused', async () => {
    const id = await desk.approved()
    expect(codeOf(await schedule(id, new Date(Date.now() - 1000).toISOString()))).toBe('schedule-refused')
    expect(codeOf(await schedule(id, new Date(Date.now() + 3_700_000).toISOString()))).toBe('schedule-refused')
    const long = await desk.approved(alertBody({}, { expires: timeIn(90 * 86_400_000) }))
    expect(codeOf(await schedule(long, new Date(Date.now() + 31 * 86_400_000).toISOString()))).toBe('schedule-refused')
    expect((await schedule(long, new Date(Date.now() + 29 * 86_400_000).toISOString())).status).toBe(202)
    expect((await schedule(id, 'tomorrow')).status).toBe(400)
    expect(codeOf(await schedule(await desk.submitted()))).toBe('wrong-phase')
  })

  test('that reaches more than was approved when its time has come is refused, and everybody sees it', async () => {
    const refused = async () =>
      Number(
        /^bongsu_scheduled_launches_refused_total\{code="forecast-exceeded"\} (\d+)/m.exec(
          await registry.metrics(),
        )?.[1] ?? 0,
      )
    const before = await refused()
    const id = await desk.approved()
    await schedule(id)
    await addResidents(api.db, crowd(101))
    await letTimePass(id)
    await work()
    const seen = await viewed(id)
    expect(seen).toMatchObject({ phase: 'approved', schedule: { at: null, failed: { code: 'forecast-exceeded' } } })
    expect(seen.schedule.failed.message).toContain('101 people match now')
    expect(await refused()).toBe(before + 1)
    await work()
    expect((await viewed(id)).version).toBe(seen.version)
    expect(codeOf(await schedule(id))).toBe('forecast-exceeded')
    await api.db.pool.query('DELETE FROM resident')
    expect((await schedule(id)).status).toBe(202)
    expect((await viewed(id)).schedule.failed).toBeNull()
  })

  test('of somebody who was disabled meanwhile is refused', async () => {
    const id = await desk.approved()
    await schedule(id)
    await letTimePass(id)
    await api.db.pool.query(`UPDATE person SET disabled_at = now() WHERE name = 'composer'`)
    await work()
    await api.db.pool.query(`UPDATE person SET disabled_at = NULL WHERE name = 'composer'`)
    expect(await viewed(id)).toMatchObject({ phase: 'approved', schedule: { failed: { code: 'person-disabled' } } })
  })

  test('of somebody who has lost his roles meanwhile is refused', async () => {
    const keyIs = (change: string) =>
      api.db.pool.query(
        `UPDATE api_key SET ${change} WHERE person_id = (SELECT id FROM person WHERE name = 'composer')`,
      )
    for (const [lost, found] of [
      ['revoked_at = now()', 'revoked_at = NULL'],
      [`expires_at = now() - interval '1 second'`, 'expires_at = NULL'],
    ] as const) {
      const id = await desk.approved()
      await schedule(id)
      await letTimePass(id)
      await keyIs(lost)
      await work()
      await keyIs(found)
      expect(await viewed(id)).toMatchObject({ phase: 'approved', schedule: { failed: { code: 'forbidden' } } })
    }
  })

  test('of the worst goes first, and one that fails holds up no other', async () => {
    const due = async (severity: string, since: string) => {
      const id = await desk.approved(alertBody({}, { severity }))
      await schedule(id)
      await api.db.pool.query(`UPDATE alert SET launch_at = now() - $2::interval WHERE id = $1`, [id, since])
      return id
    }
    const moderate = await due('Moderate', '3 seconds')
    const broken = await due('Extreme', '2 seconds')
    const extreme = await due('Extreme', '1 second')
    await api.db.pool.query(`UPDATE alert SET document = '{}' WHERE id = $1`, [broken])
    await work()
    const { rows } = await api.db.pool.query(
      'SELECT id FROM alert WHERE id = ANY ($1) AND launched_at IS NOT NULL ORDER BY launched_at',
      [[moderate, broken, extreme]],
    )
    expect(rows.map(({ id }) => id)).toEqual([extreme, moderate])
  })

  test('that keeps failing is counted each time, and the alert says so until it goes out', async () => {
    const errors = async () =>
      Number((await registry.metrics()).match(/^bongsu_scheduled_launch_errors_total (\d+)/m)?.[1])
    const id = await desk.approved()
    const at = inAnHour()
    await schedule(id, at)
    await letTimePass(id)
    const before = await errors()
    await api.db.pool.query('ALTER TABLE broadcast RENAME TO broadcast_gone')
    try {
      await work()
      const { version } = await viewed(id)
      await work()
      expect(await errors()).toBe(before + 2)
      expect(await viewed(id)).toMatchObject({
        phase: 'approved',
        version,
        schedule: { at: expect.any(String), by: 'composer', failed: { code: 'launch-failing' } },
      })
    } finally {
      await api.db.pool.query('ALTER TABLE broadcast_gone RENAME TO broadcast')
    }
    await work()
    expect(await viewed(id)).toMatchObject({ phase: 'live', schedule: null })
    expect(await errors()).toBe(before + 2)
  })

  test('that keeps failing is tried again after ever longer pauses, of 30 seconds at the most', async () => {
    const errors = async () =>
      Number((await registry.metrics()).match(/^bongsu_scheduled_launch_errors_total (\d+)/m)?.[1])
    const id = await desk.approved()
    await schedule(id)
    await letTimePass(id)
    let clockMs = 0
    const due = launches(() => clockMs)
    const tries: number[] = []
    await api.db.pool.query('ALTER TABLE broadcast RENAME TO broadcast_gone')
    try {
      for (; clockMs <= 125_000; clockMs += 500) {
        const before = await errors()
        await due.work()
        if ((await errors()) > before) tries.push(clockMs / 1000)
      }
    } finally {
      await api.db.pool.query('ALTER TABLE broadcast_gone RENAME TO broadcast')
    }
    expect(tries).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121])
    await due.work()
    expect((await viewed(id)).phase).toBe('approved')
    clockMs = 151_000
    await due.work()
    expect((await viewed(id)).phase).toBe('live')
  })

  test('that has expired before anybody was there to launch it is refused', async () => {
    const id = await desk.approved()
    await schedule(id)
    await letTimePass(id)
    await api.db.pool.query(
      `UPDATE alert SET document = jsonb_set(document, '{infos,0,expires}', '"2020-01-01T00:00:00-00:00"') WHERE id = $1`,
      [id],
    )
    await work()
    expect(await viewed(id)).toMatchObject({ phase: 'approved', schedule: { failed: { at: expect.any(String) } } })
  })
})

describe('a standing alert', () => {
  const standing = (rules: object = {}) => desk.live(alertBody({ rules }, { expires: timeIn(30 * 86_400_000) }))
  const inForce = async (id: string) => (await broadcastsInForce(api.db.pool)).some(({ alertId }) => alertId === id)
  const selected = (id: string) => api.db.pool.query('UPDATE broadcast SET expected = 0 WHERE alert_id = $1', [id])
  const reviewIn = (id: string, interval: string) =>
    api.db.pool.query(`UPDATE alert SET review_at = now() + $2::interval WHERE id = $1`, [id, interval])
  const standingNow = async () => {
    await new ReviewWatch(api.db, log).look()
    const text = await registry.metrics()
    return ['due', 'paused'].map((state) => Number(text.match(`bongsu_standing_alerts{state="${state}"} (\\d+)`)?.[1]))
  }

  test('has a review date, a week after its launch or by its rule; a short one has none', async () => {
    const hours = async (id: string) => {
      const { review, launchedAt } = await viewed(id)
      return review && (Date.parse(review.at) - Date.parse(launchedAt)) / 3_600_000
    }
    expect(await hours(await standing())).toBe(168)
    expect(await hours(await standing({ reviewHours: 48 }))).toBe(48)
    expect(await hours(await desk.live())).toBeNull()
    expect((await viewed(await desk.approved())).review).toBeNull()
  })

  test('asks to be looked at a day before, stops telling who enters when nobody did, and goes on when somebody does', async () => {
    const id = await standing()
    await selected(id)
    expect((await viewed(id)).review.state).toBe('later')
    expect(await standingNow()).toEqual([0, 0])
    await reviewIn(id, '23 hours')
    expect((await viewed(id)).review.state).toBe('due')
    expect(await standingNow()).toEqual([1, 0])
    expect(await inForce(id)).toBe(true)
    await reviewIn(id, '-1 second')
    expect((await viewed(id)).review.state).toBe('paused')
    expect(await standingNow()).toEqual([0, 1])
    expect(await inForce(id)).toBe(false)
    expect((await desk.act(id, 'review', 'approver', { reason: ' ' })).status).toBe(400)
    const { status, body } = await desk.act(id, 'review', 'approver', { reason: '화산 활동 계속' })
    expect(status).toBe(200)
    expect(body.review.state).toBe('later')
    expect(Date.parse(body.review.at) - Date.now()).toBeGreaterThan(167 * 3_600_000)
    expect(await inForce(id)).toBe(true)
    expect(await standingNow()).toEqual([0, 0])
  })

  test('has those looked for who came while it paused, and not after a review in time', async () => {
    const id = await standing()
    const walks = async () =>
      (await api.db.pool.query('SELECT population, after, told FROM review_walk WHERE alert_id = $1', [id])).rows
    await desk.act(id, 'review', 'approver', { reason: 'x' })
    expect(await walks()).toEqual([])
    await reviewIn(id, '-1 hour')
    await desk.act(id, 'review', 'approver', { reason: 'x' })
    expect(await walks()).toEqual([{ population: 'roamers', after: 0, told: 0 }])
  })

  test('waits for a page of an earlier walk before it holds up all others who act', async () => {
    const id = await standing()
    await reviewIn(id, '-1 hour')
    await desk.act(id, 'review', 'approver', { reason: 'x' })
    await reviewIn(id, '-1 hour')
    const other = await api.db.pool.connect()
    try {
      await other.query('BEGIN')
      await other.query('SELECT FROM review_walk WHERE alert_id = $1 FOR UPDATE', [id])
      const review = desk.act(id, 'review', 'approver', { reason: 'x' })
      const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                          AND query LIKE 'INSERT INTO review_walk%'`
      await expect.poll(async () => (await api.db.pool.query(waiting)).rowCount, { timeout: 10_000 }).toBe(1)
      const free = await other.query<{ free: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS free', [0x61756469])
      await other.query('ROLLBACK')
      expect((await review).status).toBe(200)
      expect(free.rows).toEqual([{ free: true }])
    } finally {
      other.release()
    }
  })

  test('that paused says so where somebody asks why he was not told, how far it is, and what was done', async () => {
    const id = await standing()
    const ask = async (what: string) => (await api.call('approver', 'GET', `/v1/alerts/${id}/${what}`)).body
    const explained = async (): Promise<string[]> => (await ask('explain?msisdn=819012345678')).sentences
    const pauses = async () =>
      (await ask('report')).timeline
        .filter(({ what }: { what: string }) => /pause|review/.test(what))
        .map(({ what, at, until }: Record<string, string>) => ({ what, at, until }))
    expect((await explained()).filter((one) => /paus/.test(one))).toEqual([])
    expect((await ask('progress')).pausedSince).toBeNull()
    expect(await pauses()).toEqual([])

    await reviewIn(id, '-2 hours')
    const first = (await viewed(id)).review.at
    expect(await explained()).toContain(
      `The alert pauses since ${first} for its review: nobody who enters is told until it is reviewed.`,
    )
    const progress = await ask('progress')
    expect(progress.pausedSince).toBe(first)
    expect(progressLine(progress)).toMatch(`PAUSED since ${first} for its review, tells nobody who enters; `)
    expect(await pauses()).toEqual([{ what: 'alert.pause', at: first, until: null }])

    await desk.act(id, 'review', 'approver', { reason: 'x' })
    expect((await explained()).filter((one) => /paus/.test(one))).toEqual([])
    const reviewed = expect.any(String)
    const once = [
      { what: 'alert.pause', at: first, until: reviewed },
      { what: 'alert.review', at: reviewed },
    ]
    const [pause, review] = await pauses()
    expect([pause, review]).toEqual(once)
    expect(pause.until).toBe(review.at)

    // It ends before anybody has looked at it again.
    await reviewIn(id, '-1 hour')
    const second = (await viewed(id)).review.at
    await transaction(api.db.pool, (client) => transition(client, id, 'expire', 'engine'))
    const { ended } = (await viewed(id)).lifecycle
    expect(await explained()).toContain(
      `The alert paused for its review at ${second} and ended at ${ended.at} without one: nobody who entered in between was told.`,
    )
    expect((await ask('progress')).pausedSince).toBeNull()
    expect((await pauses()).filter(({ what }: { what: string }) => what === 'alert.pause')).toEqual([
      { what: 'alert.pause', at: first, until: reviewed },
      { what: 'alert.pause', at: second, until: ended.at },
    ])
  })

  test('is reviewed by an approver, and only while it is live', async () => {
    const id = await standing()
    expect((await desk.act(id, 'review', 'composer', { reason: 'x' })).status).toBe(403)
    expect(codeOf(await desk.act(await desk.approved(), 'review', 'approver', { reason: 'x' }))).toBe('wrong-phase')
  })
})
