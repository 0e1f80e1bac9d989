import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { EntryWorld } from './entry-world.ts'

let world: EntryWorld
const him = '821000000001'
const hour = 60
const day = 24 * hour

beforeAll(async () => {
  world = await EntryWorld.start()
  await world.engine.rows(`
    INSERT INTO entry_template (area, kind, level, special, language, body, verified, made_by) VALUES
      ('JP', 'mission', NULL, false, 'ko', 'mission', true, 'test'), ('JP', 'level', 1, false, 'ko', 'level 1', true, 'test'),
      ('JP', 'level', 2, false, 'ko', 'level 2', true, 'test'), ('JP', 'level', 3, false, 'ko', 'level 3', true, 'test'),
      ('JP-13', 'mission', NULL, false, 'ko', 'Tokyo', true, 'test')`)
  await world.engine.rows(`
    INSERT INTO campaign (name, areas, texts, starts_at, ends_at, made_by)
    VALUES ('flu', '{JP}', '{"ko": "flu", "en": "flu"}', now() - interval '9 days', now() + interval '9 days', 'test')`)
})

afterAll(() => world?.engine.close())
beforeEach(() => world.reset())

describe('a policy that is changed counts for the next arrival:', () => {
  test('off, nobody is told, and on again', async () => {
    await world.enter(0, him, 'JP')
    await world.policy('JP', { enabled: false })
    await world.enter(1, '821000000002', 'JP')
    await world.enter(1, '821000000003', 'CN')
    await world.policy('JP', { enabled: true })
    await world.enter(2, '821000000004', 'JP')
    expect(await world.tallies()).toEqual({ sent: 3, 'policy-off': 1 })
    expect(await world.texts('821000000002')).toEqual([])
    // He was not told, so nothing cools down when he comes again.
    await world.leave(3, '821000000002', 'JP')
    await world.enter(4, '821000000002', 'JP')
    expect(await world.outcomes('821000000002')).toEqual(['policy-off', 'left', 'sent'])
  })

  test('the texts are those asked for, in that order', async () => {
    await world.level('JP', 1)
    await world.enter(0, him, 'JP')
    await world.policy('*', { kinds: ['campaign', 'level'] })
    await world.enter(1, '821000000002', 'JP')
    expect(await world.texts(him)).toEqual(['mission', 'level 1', 'flu'])
    expect(await world.texts('821000000002')).toEqual(['flu', 'level 1'])
    expect(await world.tallies()).toEqual({ sent: 2 })
    const keys = await world.engine.rows<{ slot: number }>(
      `SELECT (recipient_key % 8)::int slot FROM message ORDER BY seq`,
    )
    expect(keys.map(({ slot }) => slot)).toEqual([0, 1, 2, 2, 1])
  })

  test('a region has its own, where his place is known', async () => {
    await world.policy('JP-13', { enabled: false })
    await world.report(
      world.event(0, him, 'JP', { lon: 139.69, lat: 35.69 }),
      world.event(0, '821000000002', 'JP', { lon: 135.5, lat: 34.69 }),
      world.event(0, '821000000003', 'JP'),
    )
    expect(await world.outcomes(him)).toEqual(['policy-off'])
    expect(await world.tallies()).toEqual({ 'policy-off': 1, sent: 2 })
    await world.policy('JP-13', {})
    await world.report(world.event(1, '821000000004', 'JP', { lon: 139.69, lat: 35.69 }))
    expect((await world.texts('821000000004'))[0]).toBe('Tokyo')
  })
})

describe('the cool-down', () => {
  const thereAndBack = async (hours: number) => {
    await world.enter(0, him, 'JP')
    await world.enter(2 * hour, him, 'CN')
    await world.enter(hours * hour, him, 'JP')
    return (await world.outcomes(him)).at(-1)
  }

  test('is a day where nothing is set', async () => {
    expect(await thereAndBack(23)).toBe('cool-down')
    await world.reset()
    expect(await thereAndBack(25)).toBe('sent')
  })

  test.each([
    [5, 6, 'sent'],
    [5, 4, 'cool-down'],
    [0, 4, 'sent'],
    [48, 47, 'cool-down'],
  ])('of %d hours, after %d: %s', async (coolDownHours, after, outcome) => {
    await world.policy('JP', { coolDownHours })
    await world.policy('CN', { coolDownHours: 1 })
    expect(await thereAndBack(after)).toBe(outcome)
  })
})

describe('who comes back at once', () => {
  const back = async (minutes: number) => {
    await world.enter(-10 * day, him, 'JP')
    await world.at(0)
    await world.engine.rows('UPDATE roamer SET entered_at = $1, seen_at = $1', world.time(-2 * day))
    await world.engine.rows(
      'INSERT INTO journey (msisdn, country, entered_at) VALUES ($1, $2, $3)',
      him,
      'JP',
      world.time(-2 * day),
    )
    await world.enter(0, him, 'CN')
    await world.enter(minutes, him, 'JP')
    return (await world.outcomes(him)).at(-1)
  }

  test.each([
    [undefined, 59, 'returned'],
    [undefined, 61, 'sent'],
    [10, 9, 'returned'],
    [10, 11, 'sent'],
    [0, 1, 'sent'],
    [600, 599, 'returned'],
  ])('within returnMinutes of %s, after %d: %s', async (returnMinutes, minutes, outcome) => {
    if (returnMinutes !== undefined) await world.policy('JP', { returnMinutes })
    expect(await back(minutes)).toBe(outcome)
  })

  test('is there since he entered, not since he came back', async () => {
    await back(30)
    const [row] = await world.engine.rows<{ at: Date }>('SELECT entered_at AS at FROM roamer')
    expect(row?.at).toEqual(world.time(-2 * day))
  })
})

describe('the delay', () => {
  test('keeps texts until the carrier has said its welcome', async () => {
    await world.policy('*', { delaySeconds: 120 })
    await world.enter(0, him, 'JP')
    expect(await world.outcomes(him)).toEqual(['waits'])
    expect(await world.waiting()).toEqual([[2, 'delay']])
    await world.at(1.99)
    expect(await world.texts(him)).toEqual([])
    await world.at(2)
    expect(await world.texts(him)).toEqual(['mission', 'flu'])
    expect(await world.outcomes(him)).toEqual(['sent'])
    expect(await world.tallies()).toEqual({ sent: 1 })
    expect(await world.waiting()).toEqual([])
  })

  test('ends with texts, level and policy of the moment', async () => {
    await world.policy('*', { delaySeconds: 120 })
    await world.enter(0, him, 'JP')
    await world.enter(0, '821000000002', 'CN')
    await world.level('JP', 3)
    await world.policy('CN', { enabled: false })
    await world.at(2)
    expect(await world.texts(him)).toEqual(['mission', 'level 3', 'flu'])
    expect(await world.tallies()).toEqual({ sent: 1, 'policy-off': 1 })
  })

  test('asks again who refuses, and who can be reached', async () => {
    await world.policy('*', { delaySeconds: 120 })
    await world.enter(0, him, 'JP')
    await world.engine.rows('INSERT INTO opt_out (msisdn) VALUES ($1)', him)
    await world.at(2)
    expect(await world.outcomes(him)).toEqual(['opted-out'])
  })

  test('holds for an event that comes late as well: he may be gone by a later one', async () => {
    await world.policy('*', { delaySeconds: 120 })
    await world.report(world.event(0, him, 'JP'), world.event(10, him, 'CN'), world.event(20, him, 'FR'))
    await world.at(20)
    expect(await world.outcomes(him)).toEqual(['left-before', 'waits', 'waits'])
  })

  test('tells nobody who was gone for too long before, or is home', async () => {
    await world.policy('*', { delaySeconds: 120 * 60 })
    await world.enter(0, him, 'JP')
    await world.leave(30, him, 'JP')
    await world.enter(0, '821000000002', 'JP')
    await world.enter(30, '821000000002', 'KR')
    await world.at(120)
    expect(await world.outcomes(him)).toEqual(['left-before', 'left'])
    expect(await world.outcomes('821000000002')).toEqual(['left-before', 'home'])
    expect(await world.tallies()).toEqual({ 'left-before': 2, left: 1, home: 1 })
    expect(await world.texts(him)).toEqual([])
  })

  test('tells nobody what is of no use any more', async () => {
    await world.policy('*', { delaySeconds: 12 * 3600 })
    await world.enter(0, him, 'JP')
    await world.at(49 * hour)
    expect(await world.outcomes(him)).toEqual(['too-late'])
  })
})

describe('a stay', () => {
  beforeEach(() => world.policy('JP', { transitMinutes: 60, returnMinutes: 30 }))

  test('that is shorter is a transit, and gets nothing', async () => {
    await world.enter(0, him, 'JP')
    await world.enter(40, him, 'FR')
    expect(await world.waiting()).toEqual([[60, 'transit']])
    // Until the networks of a border would have brought him back.
    await world.at(69)
    expect(await world.outcomes(him)).toEqual(['waits', 'sent'])
    await world.at(70)
    expect(await world.outcomes(him)).toEqual(['transit', 'sent'])
    expect(await world.texts(him)).toHaveLength(1)
    // It leaves nothing behind: the next time he stays.
    await world.enter(100, him, 'JP')
    await world.at(160)
    expect(await world.outcomes(him)).toEqual(['transit', 'sent', 'sent'])
    expect(await world.tallies()).toEqual({ transit: 1, sent: 2 })
  })

  test('that is as long gets its texts', async () => {
    await world.enter(0, him, 'JP')
    await world.at(60)
    expect(await world.outcomes(him)).toEqual(['sent'])
  })

  test.each([
    ['a ship', null, 'no-country'],
    ['the neighbour', 'CN', 'sent'],
    ['home', 'KR', 'home'],
  ])('is not broken by the network of %s in between', async (_, other, outcome) => {
    await world.enter(0, him, 'JP')
    await world.enter(30, him, other)
    await world.enter(45, him, 'JP')
    expect(await world.outcomes(him)).toEqual(['waits', outcome, 'returned'])
    await world.at(60)
    expect(await world.outcomes(him)).toEqual(['sent', outcome, 'returned'])
  })

  test('goes on where the ship is seen just as it is long enough', async () => {
    await world.enter(0, him, 'JP')
    await world.enter(50, him, null)
    await world.at(60)
    expect(await world.waiting()).toEqual([[80, 'away']])
    await world.enter(70, him, 'JP')
    await world.at(70)
    expect(await world.outcomes(him)).toEqual(['sent', 'no-country', 'returned'])
    expect(await world.texts(him)).toHaveLength(2)
  })

  test('ends on a ship that he stays on', async () => {
    await world.enter(0, him, 'JP')
    await world.enter(50, him, null)
    await world.enter(75, him, null)
    await world.at(80)
    expect(await world.outcomes(him)).toEqual(['transit', 'no-country', 'no-country'])
  })

  test('begins anew after a long time away, and is told once', async () => {
    await world.policy('JP', { transitMinutes: 120, returnMinutes: 10 })
    await world.enter(0, him, 'JP')
    await world.enter(10, him, 'CN')
    await world.enter(100, him, 'JP')
    expect((await world.outcomes(him)).at(-1)).toBe('cool-down')
    await world.at(120)
    expect(await world.waiting()).toEqual([[220, 'transit']])
    await world.at(220)
    expect(await world.outcomes(him)).toEqual(['sent', 'sent', 'cool-down'])
    expect(await world.texts(him)).toHaveLength(3)
  })

  test('that a newer one follows, with nothing to cool down, ends as a transit and is told once', async () => {
    await world.policy('JP', { transitMinutes: 120, returnMinutes: 10, coolDownHours: 0 })
    await world.enter(0, him, 'JP')
    await world.leave(10, him, 'JP')
    await world.enter(100, him, 'JP')
    expect(await world.waiting()).toEqual([
      [120, 'transit'],
      [220, 'transit'],
    ])
    await world.at(220)
    expect(await world.outcomes(him)).toEqual(['transit', 'left', 'sent'])
    expect(await world.texts(him)).toHaveLength(2)
  })

  test('of networks that alternate for hours is told once for each side', async () => {
    await world.policy('CN', { transitMinutes: 60, returnMinutes: 30 })
    for (let minute = 0; minute <= 300; minute += 7) {
      await world.at(minute)
      await world.enter(minute, him, (minute / 7) % 2 === 0 ? 'JP' : 'CN')
    }
    await world.at(400)
    const outcomes = await world.outcomes(him)
    expect(outcomes.slice(0, 2)).toEqual(['sent', 'sent'])
    expect(new Set(outcomes.slice(2))).toEqual(new Set(['returned']))
    expect(await world.texts(him)).toHaveLength(3)
  })
})

describe('quiet hours', () => {
  const evening = 10.5 * hour // 22:30 in Japan
  const morning = 19 * hour // 07:00 of the next day

  test('of the destination keep texts until its morning', async () => {
    await world.policy('*', { quiet: { from: '22:00', to: '07:00', unlessLevel: null } })
    await world.enter(9 * hour, '821000000002', 'JP')
    await world.enter(evening, him, 'JP')
    await world.enter(evening, '821000000003', 'FR')
    expect(await world.outcomes('821000000002')).toEqual(['sent'])
    expect(await world.outcomes('821000000003')).toEqual(['sent'])
    expect(await world.waiting()).toEqual([[morning, 'quiet']])
    await world.at(morning - 1)
    expect(await world.texts(him)).toEqual([])
    await world.at(morning)
    expect(await world.outcomes(him)).toEqual(['sent'])
  })

  test('have nobody miss his texts because he is over the border and back before they end', async () => {
    await world.policy('*', { quiet: { from: '22:00', to: '07:00', unlessLevel: null }, returnMinutes: 10 })
    await world.enter(evening, him, 'JP')
    await world.enter(evening + 1, him, 'KR')
    await world.enter(evening + 2, him, 'JP')
    // Before anybody looks at what waits he is away again, for longer than a moment.
    await world.leave(evening + 3, him, 'JP')
    await world.at(evening + 20)
    expect(await world.waiting()).toEqual([[morning, 'quiet']])
    await world.enter(evening + 30, him, 'JP')
    await world.at(morning)
    expect(await world.outcomes(him)).toEqual(['sent', 'home', 'returned', 'left', 'cool-down'])
    expect(await world.texts(him)).toHaveLength(2)
  })

  test('keep nothing back from a travel-alert level on', async () => {
    await world.policy('*', { quiet: { from: '22:00', to: '07:00', unlessLevel: 3 } })
    await world.level('JP', 2)
    await world.enter(evening, '821000000002', 'JP')
    await world.level('JP', 3)
    await world.enter(evening, him, 'JP')
    expect(await world.outcomes('821000000002')).toEqual(['waits'])
    expect(await world.outcomes(him)).toEqual(['sent'])
    // When the row is looked at the next time, the level counts for it as well.
    await world.policy('*', { quiet: null })
    await world.at(morning)
    expect(await world.texts('821000000002')).toContain('level 3')
  })

  test('put off again what a delay brought into the night', async () => {
    await world.policy('*', { delaySeconds: 3600 })
    await world.enter(evening - 30, him, 'JP')
    await world.policy('*', { quiet: { from: '22:00', to: '07:00', unlessLevel: null } })
    await world.at(evening + 30)
    expect(await world.waiting()).toEqual([[morning, 'quiet']])
    await world.at(morning)
    expect(await world.outcomes(him)).toEqual(['sent'])
  })

  test('are those of his place where a country has several clocks', async () => {
    await world.policy('*', { quiet: { from: '22:00', to: '07:00', unlessLevel: null } })
    // Noon in Japan is 22:00 in New York and 17:00 in Honolulu, or an hour less.
    await world.report(
      world.event(1.5 * hour, him, 'US', { lon: -73.97, lat: 40.78 }),
      world.event(1.5 * hour, '821000000002', 'US', { lon: -157.86, lat: 21.31 }),
      world.event(1.5 * hour, '821000000003', 'US'),
    )
    expect(await world.outcomes(him)).toEqual(['waits'])
    expect(await world.outcomes('821000000002')).toEqual(['sent'])
    expect(await world.outcomes('821000000003')).toEqual(['sent'])
  })
})

describe('countries', () => {
  test('that one network serves get what is told by either, until it is known which', async () => {
    await world.policy('GP', { enabled: false })
    await world.enter(0, him, ['GP', 'MF'])
    await world.enter(10, him, 'MF')
    await world.enter(0, '821000000002', 'GP')
    expect(await world.outcomes(him)).toEqual(['sent', 'already-here'])
    expect(await world.outcomes('821000000002')).toEqual(['policy-off'])
  })

  test('and their territories are entered each by itself', async () => {
    await world.policy('US', { enabled: false })
    await world.enter(0, him, 'US')
    await world.enter(200, him, 'GU')
    expect(await world.outcomes(him)).toEqual(['policy-off', 'sent'])
  })
})
