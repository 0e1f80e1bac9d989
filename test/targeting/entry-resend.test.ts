import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Shape } from '../../src/geo/zone.ts'
import { EntryResend } from '../../src/targeting/entry-resend.ts'
import { RoamingWorker } from '../../src/targeting/roaming.ts'
import { alertOf } from './engine.ts'
import { EntryWorld } from './entry-world.ts'
import { waitingFor } from './waiting.ts'
import { watched } from './watched.ts'

let world: EntryWorld
const him = '821000000001'
const her = '821000000002'
const tokyo = { lon: 139.69, lat: 35.69 }
const osaka = { lon: 135.5, lat: 34.69 }

beforeAll(async () => {
  world = await EntryWorld.start()
  await world.engine.rows(`
    INSERT INTO entry_template (area, kind, level, special, language, body, verified, made_by) VALUES
      ('JP', 'mission', NULL, false, 'ko', 'mission', true, 'test'), ('JP', 'level', NULL, false, 'ko', 'parts{parts}', true, 'test'),
      ('JP', 'level', 1, false, 'ko', 'level 1', true, 'test'), ('JP', 'level', 2, false, 'ko', 'level 2', true, 'test'),
      ('JP', 'level', 3, false, 'ko', 'level 3', true, 'test'), ('JP', 'level', NULL, true, 'ko', 'special', true, 'test')`)
})

afterAll(() => world?.engine.close())
beforeEach(() => world.reset())

describe('when a travel-alert level rises', () => {
  beforeEach(() => world.policy('JP', { resend: { level: true }, kinds: ['mission', 'level'] }))

  test('those who are there and were told before get the texts again, with the new level, once', async () => {
    await world.enter(0, him, 'JP')
    await world.enter(0, her, 'CN')
    await world.level('JP', 1)
    await world.enter(1, '821000000003', 'JP')
    expect(await world.resend.work()).toBe(1)
    expect(await world.texts(him)).toEqual(['mission', 'mission', 'level 1'])
    expect(await world.texts('821000000003')).toEqual(['mission', 'level 1'])
    expect(await world.texts(her)).toHaveLength(1)
    expect(await world.resend.work()).toBe(0)
    // Each rise is another, also on the same day.
    await world.level('JP', 3)
    expect(await world.resend.work()).toBe(2)
    expect((await world.texts(him)).slice(3)).toEqual(['mission', 'level 3'])
    expect(await world.tallies()).toEqual({ sent: 3 })
  })

  test.each<[string, number | null, boolean, number | null, boolean, number]>([
    ['falls', 3, false, 2, false, 0],
    ['stays', 2, false, 2, false, 0],
    ['is taken off', 2, false, null, false, 0],
    ['becomes the special advisory', 2, false, null, true, 1],
    ['rises above the special advisory', null, true, 3, false, 1],
    ['falls below the special advisory', null, true, 2, false, 0],
    ['is set for the first time', null, false, 1, false, 1],
  ])('and not where it %s', async (_, before, specialBefore, after, specialAfter, told) => {
    await world.level('JP', before, 'file', specialBefore)
    await world.enter(0, him, 'JP')
    await world.level('JP', after, 'person:kim', specialAfter)
    expect(await world.resend.work()).toBe(told)
  })

  test.each<[string, (number | null)[], number]>([
    ['is said twice', [3, 3], 1],
    ['is taken off by mistake, set again, and set once more', [3, null, 3, 3], 1],
    ['rises on at once', [2, 3], 1],
    ['rises and is taken back before anybody was told', [3, 1], 0],
  ])('they are told once where it %s', async (_, levels, told) => {
    await world.level('JP', 1)
    await world.enter(0, him, 'JP')
    for (const level of levels) await world.level('JP', level)
    expect(await world.resend.work()).toBe(told)
    expect((await world.texts(him)).slice(2)).toEqual(told === 0 ? [] : ['mission', 'level 3'])
    expect(await world.resend.work()).toBe(0)
  })

  test('what the file says as it is read in is no news, nor is what happened while nobody looked for a day', async () => {
    await world.enter(0, him, 'JP')
    await world.level('JP', 1, 'file')
    expect(await world.resend.work()).toBe(0)
    await world.level('JP', 2)
    await world.at(25 * 60)
    expect(await world.resend.work()).toBe(0)
  })

  test('nobody is told where no policy says so; nor later, when one does', async () => {
    await world.policy('JP', { resend: { level: false } })
    await world.enter(0, him, 'JP')
    await world.level('JP', 1)
    expect(await world.resend.work()).toBe(0)
    await world.policy('JP', { resend: { level: true } })
    expect(await world.resend.work()).toBe(0)
  })

  test('of a region, those are told who are in it, or may be', async () => {
    await world.report(
      world.event(0, him, 'JP', tokyo),
      world.event(0, her, 'JP', osaka),
      world.event(0, '821000000003', 'JP'),
    )
    await world.level('JP-13', 3)
    expect(await world.resend.work()).toBe(2)
    expect((await world.texts(him)).slice(1)).toEqual(['mission', 'level 3'])
    expect(await world.texts(her)).toHaveLength(1)
    expect(await world.texts('821000000003')).toHaveLength(3)
  })

  test('who left, who is told no more, and who was never told get nothing', async () => {
    await world.enter(0, him, 'JP')
    await world.leave(1, him, 'JP')
    await world.enter(0, her, 'JP')
    await world.engine.rows('INSERT INTO opt_out (msisdn) VALUES ($1)', her)
    await world.policy('JP', { enabled: false, resend: { level: true } })
    await world.enter(1, '821000000003', 'JP')
    await world.policy('JP', { resend: { level: true }, kinds: ['mission', 'level'] })
    await world.level('JP', 1)
    expect(await world.resend.work()).toBe(0)
  })

  test('whose texts wait gets those of today, and nothing besides', async () => {
    await world.enter(0, him, 'JP')
    await world.leave(1, him, 'JP')
    await world.policy('*', { delaySeconds: 120 })
    const later = 2 * 24 * 60
    await world.enter(later, him, 'JP')
    await world.level('JP', 1)
    expect(await world.resend.work()).toBe(0)
    await world.at(later + 2)
    expect((await world.texts(him)).slice(1)).toEqual(['mission', 'level 1'])
  })

  test('whoever waits for the texts of a country that he left is told, and so is who came months ago', async () => {
    await world.enter(0, her, 'JP')
    await world.engine.rows(`UPDATE journey SET entered_at = entered_at - interval '60 days' WHERE msisdn = ${her}`)
    await world.policy('CN', { delaySeconds: 43_200 })
    await world.enter(1, him, 'JP')
    await world.enter(90, him, 'CN')
    await world.enter(95, him, 'JP')
    expect(await world.waiting()).toHaveLength(1)
    await world.level('JP', 1)
    expect(await world.resend.work()).toBe(2)
    expect((await world.texts(him)).at(-1)).toBe('level 1')
    expect((await world.texts(her)).at(-1)).toBe('level 1')
  })

  test('at night they are told in the morning, if they are still there then', async () => {
    const evening = 10.5 * 60
    await world.policy('*', { quiet: { from: '22:00', to: '07:00', unlessLevel: 3 } })
    await world.enter(0, him, 'JP')
    await world.enter(0, her, 'JP')
    await world.at(evening)
    await world.level('JP', 2)
    expect(await world.resend.work()).toBe(2)
    expect(await world.waiting()).toEqual([
      [19 * 60, 'quiet'],
      [19 * 60, 'quiet'],
    ])
    await world.enter(evening + 1, her, 'CN')
    await world.at(19 * 60)
    expect(await world.texts(him)).toEqual(['mission', 'mission', 'level 2'])
    expect(await world.texts(her)).toHaveLength(2)
    // Events are counted when they are told for the first time only.
    expect(await world.tallies()).toEqual({ sent: 3 })
    expect(await world.waiting()).toEqual([])
  })

  test('however long they have been there, and though they are on a ship just then', async () => {
    await world.enter(0, him, 'JP')
    const evening = (3 * 24 + 10.5) * 60
    await world.policy('*', { quiet: { from: '22:00', to: '07:00', unlessLevel: null } })
    await world.at(evening)
    await world.level('JP', 2)
    expect(await world.resend.work()).toBe(1)
    const morning = (3 * 24 + 19) * 60
    await world.enter(morning - 10, him, null)
    await world.at(morning)
    expect(await world.waiting()).toEqual([[morning + 50, 'away']])
    await world.enter(morning + 20, him, 'JP')
    await world.at(morning + 20)
    expect((await world.texts(him)).slice(1)).toEqual(['mission', 'level 2'])
  })

  test.each([
    ['just after he was told without it', false, ['mission', 'mission', 'level 1']],
    ['just before', true, ['mission', 'level 1']],
  ])('passes by nobody who is entering in that moment, nor tells him twice: %s', async (_, isBefore, texts) => {
    if (isBefore) await world.level('JP', 1)
    let entering = () => {}
    const atTheGate = new Promise<void>((resolve) => (entering = resolve))
    let goOn = () => {}
    const gate = new Promise<void>((resolve) => (goOn = resolve))
    const db = watched(world.deps.db, () => async (text, run) => {
      // Which levels stand is read by then, and where he is cannot be seen yet.
      if (/UPDATE roamer/.test(text)) {
        entering()
        await gate
      }
      return run()
    })
    const batch = await world.engine.keep([world.event(0, him, 'JP')])
    const entry = new RoamingWorker({ ...world.deps, db }).work(batch)
    await Promise.race([atTheGate, entry])
    if (!isBefore) await world.level('JP', 1)
    const resend = world.resend.work()
    await Promise.race([waitingFor(world.deps.db, /pg_advisory_xact_lock\(/), resend])
    goOn()
    await entry
    expect(await resend).toBe(isBefore ? 0 : 1)
    expect(await world.resend.work()).toBe(0)
    expect(await world.texts(him)).toEqual(texts)
  })

  test('several workers at once tell each of them once', async () => {
    const numbers = Array.from({ length: 1100 }, (_, i) => String(821_000_000_000 + i))
    await world.report(...numbers.map((msisdn) => world.event(0, msisdn, 'JP')))
    await world.level('JP', 1)
    const workers = [1, 2, 3].map(() => new EntryResend(world.deps))
    const told = await Promise.all(workers.map((worker) => worker.work()))
    expect(told.reduce((sum, n) => sum + n, 0)).toBe(1100)
    const journeys = await world.engine.rows('SELECT msisdn FROM journey GROUP BY msisdn HAVING count(*) <> 2')
    expect(journeys).toEqual([])
  })

  test('pages follow each other without a gap or a repeat, though the worker is killed in each', async () => {
    const numbers = Array.from({ length: 2100 }, (_, i) => String(821_000_000_000 + i))
    await world.report(...numbers.map((msisdn) => world.event(0, msisdn, 'JP')))
    const ref = await world.level('JP', 1)
    for (const statement of [/UPDATE entry_resend/, /INSERT INTO message/, /COMMIT/, /INSERT INTO entry_resend/]) {
      let left = 2
      const killed = watched(world.deps.db, () => async (text, run) => {
        if (statement.test(text) && --left === 0) throw new Error('killed')
        return run()
      })
      await new EntryResend({ ...world.deps, db: killed }).work().catch(() => undefined)
    }
    await world.resend.work()
    const again = await world.engine.rows<{ texts: number; n: number }>(
      'SELECT texts::int, count(*)::int n FROM (SELECT count(*) texts FROM message GROUP BY msisdn) t GROUP BY 1',
    )
    expect(again).toEqual([{ texts: 3, n: 2100 }])
    expect(
      await world.engine.rows('SELECT told, done_at IS NOT NULL AS done FROM entry_resend WHERE ref = $1', ref),
    ).toEqual([{ told: 2100, done: true }])
  })
})

describe('when an alert comes into force', () => {
  const zone: Shape = { kind: 'circle', ...tokyo, radiusKm: 50 }

  beforeEach(async () => {
    await world.policy('JP', { resend: { alert: true } })
    await world.report(world.event(0, him, 'JP', tokyo), world.event(0, her, 'JP', osaka))
    // Told before it is launched.
    await world.engine.rows(`UPDATE journey SET entered_at = now() - interval '1 hour'`)
  })

  test('those whom it concerns get the texts of the country again, once', async () => {
    const resend = new EntryResend(world.engine.select)
    const { broadcastId } = await world.engine.send(alertOf([zone]))
    expect(await resend.work()).toBe(1)
    expect(await world.texts(him)).toHaveLength(2)
    expect(await world.texts(her)).toHaveLength(1)
    expect(await resend.work()).toBe(0)
    expect([...(await world.engine.told(broadcastId)).keys()]).toEqual([him])
  })

  test('an exercise, and a policy that does not ask for it, tell nobody again', async () => {
    const resend = new EntryResend(world.engine.select)
    await world.engine.send(alertOf([zone], { status: 'Exercise' }))
    expect(await resend.work()).toBe(0)
    await world.policy('JP', {})
    await world.engine.send(alertOf([zone]))
    expect(await resend.work()).toBe(0)
  })
})
