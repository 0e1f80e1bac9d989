import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { EntryWorld } from './entry-world.ts'

let world: EntryWorld
const him = '821000000001'
const hour = 60
const day = 24 * hour
const either = ['GP', 'MF']

beforeAll(async () => {
  world = await EntryWorld.start()
  await world.engine.rows(`
    INSERT INTO entry_template (area, kind, level, special, language, body, verified, made_by) VALUES
      ('MF', 'mission', NULL, false, 'ko', 'Saint Martin', true, 'test'), ('GP', 'mission', NULL, false, 'ko', 'Guadeloupe', true, 'test'),
      ('**', 'mission', NULL, false, 'ko', 'either', true, 'test'), ('JP', 'mission', NULL, false, 'ko', 'Japan', true, 'test'),
      ('JP', 'level', 3, false, 'ko', 'level 3', true, 'test'), ('MF', 'level', 3, false, 'ko', 'level 3', true, 'test')`)
})

afterAll(() => world?.engine.close())
beforeEach(() => world.reset())

describe('whoever was told of several countries, in one of which he is,', () => {
  test('is told no second time when it is known which, however long he stays', async () => {
    await world.enter(0, him, either)
    await world.enter(10, him, 'MF')
    await world.enter(3 * day, him, either)
    await world.enter(3 * day + 1, him, 'MF')
    expect(await world.outcomes(him)).toEqual(['sent', 'already-here', 'already-here', 'already-here'])
    expect(await world.texts(him)).toEqual(['either'])
    const [who] = await world.engine.rows('SELECT country, entered_at AS at, left_country AS left FROM roamer')
    expect(who).toEqual({ country: 'MF', at: world.time(0), left: null })
  })

  test('was told of each of them, so each cools down', async () => {
    await world.enter(0, him, either)
    await world.leave(hour, him, 'MF')
    await world.enter(5 * hour, him, 'MF')
    await world.enter(8 * hour, him, 'GP')
    await world.enter(25 * hour, him, 'MF')
    expect(await world.outcomes(him)).toEqual(['sent', 'left', 'cool-down', 'cool-down', 'sent'])
    expect(await world.texts(him)).toEqual(['either', 'Saint Martin'])
  })

  test('stays where he is when the cool-down had spoken for the stay', async () => {
    await world.enter(0, him, either)
    await world.leave(hour, him, 'MF')
    await world.enter(5 * hour, him, either)
    await world.enter(3 * day, him, 'MF')
    expect(await world.outcomes(him)).toEqual(['sent', 'left', 'cool-down', 'already-here'])
  })

  test('comes back to the one from a ship, and to no one knows which', async () => {
    await world.enter(0, him, either)
    await world.enter(2 * day, him, null)
    await world.enter(2 * day + 10, him, 'MF')
    await world.enter(3 * day, him, null)
    await world.enter(3 * day + 10, him, either)
    expect((await world.outcomes(him)).filter((one) => one !== 'no-country')).toEqual(['sent', 'returned', 'returned'])
    expect(await world.texts(him)).toEqual(['either'])
  })

  test('but was told of neither is told when it is known where he is', async () => {
    await world.policy('GP', { enabled: false })
    await world.policy('MF', { enabled: false })
    await world.enter(0, him, either)
    await world.policy('MF', { enabled: true })
    await world.enter(10, him, 'MF')
    expect(await world.outcomes(him)).toEqual(['policy-off', 'sent'])
    expect(await world.texts(him)).toEqual(['Saint Martin'])
  })

  test('is told again when the level of the one that it was rises', async () => {
    await world.policy('MF', { resend: { level: true } })
    await world.enter(0, him, either)
    await world.enter(10, him, 'MF')
    await world.level('MF', 3)
    expect(await world.resend.work()).toBe(1)
    expect(await world.texts(him)).toEqual(['either', 'Saint Martin', 'level 3'])
  })
})

describe('whoever waits for the texts of several countries, in one of which he is,', () => {
  beforeEach(async () => {
    for (const area of either) await world.policy(area, { transitMinutes: 120, returnMinutes: 30 })
  })

  test('gets those of the one that it turns out to be, once', async () => {
    await world.enter(0, him, either)
    await world.enter(10, him, 'MF')
    await world.at(120)
    expect(await world.outcomes(him)).toEqual(['sent', 'already-here'])
    expect(await world.texts(him)).toEqual(['Saint Martin'])
    expect(await world.tallies()).toEqual({ sent: 1, 'already-here': 1 })
    await world.enter(200, him, either)
    await world.at(2 * day)
    expect(await world.texts(him)).toHaveLength(1)
  })

  test('gets those of the other where he has gone on to it', async () => {
    await world.enter(0, him, either)
    await world.enter(10, him, 'MF')
    await world.enter(100, him, 'GP')
    await world.at(2 * day)
    expect(await world.outcomes(him)).toEqual(['sent', 'already-here', 'cool-down'])
    expect(await world.texts(him)).toEqual(['Guadeloupe'])
  })

  test('gets none where he was gone before they were due', async () => {
    await world.enter(0, him, either)
    await world.enter(10, him, 'MF')
    await world.leave(100, him, 'MF')
    await world.at(120)
    expect(await world.waiting()).toEqual([[130, 'away']])
    await world.at(130)
    expect(await world.outcomes(him)).toEqual(['transit', 'already-here', 'left'])
  })

  test('and entered the one anew, with nothing to cool down, is told once', async () => {
    for (const area of either) await world.policy(area, { transitMinutes: 120, returnMinutes: 0, coolDownHours: 0 })
    await world.enter(0, him, 'MF')
    await world.leave(10, him, 'MF')
    await world.enter(20, him, either)
    await world.enter(30, him, 'MF')
    await world.at(2 * day)
    expect(await world.texts(him)).toEqual(['Saint Martin'])
    expect((await world.outcomes(him)).filter((one) => one === 'sent')).toHaveLength(1)
  })
})

describe('a second stay while the texts of the first still wait', () => {
  const outcomes = async () => (await world.outcomes(him)).filter((one) => one !== 'left')

  test.each([
    ['a delay', { delaySeconds: 3 * 3600 }],
    ['a transit', { transitMinutes: 180 }],
    ['the morning', { quiet: { from: '12:00', to: '15:00', unlessLevel: null } }],
  ])('because of %s is told exactly once', async (_, policy) => {
    await world.policy('JP', { ...policy, returnMinutes: 10 })
    await world.enter(0, him, 'JP')
    await world.leave(20, him, 'JP')
    // Longer away than he could be and not have left.
    await world.enter(100, him, 'JP')
    expect(await outcomes()).toEqual(['waits', 'cool-down'])
    for (let minute = 120; minute <= day; minute += 20) await world.at(minute)
    expect(await outcomes()).toEqual(['sent', 'cool-down'])
    expect(await world.texts(him)).toEqual(['Japan'])
    expect(await world.waiting()).toEqual([])
  })

  test('that begins just after they were found to be of no use is told as well', async () => {
    await world.policy('JP', { delaySeconds: 3600, returnMinutes: 10 })
    await world.enter(0, him, 'JP')
    await world.leave(20, him, 'JP')
    await world.at(60)
    expect(await outcomes()).toEqual(['left-before'])
    await world.enter(61, him, 'JP')
    await world.at(121)
    expect(await outcomes()).toEqual(['left-before', 'sent'])
    expect(await world.texts(him)).toEqual(['Japan'])
  })

  test('that ends as well, and a third one, are told once in the third', async () => {
    await world.policy('JP', { delaySeconds: 2 * 3600, returnMinutes: 10 })
    for (const minute of [0, 50, 100]) {
      await world.at(minute)
      await world.enter(minute, him, 'JP')
      if (minute < 100) await world.leave(minute + 20, him, 'JP')
    }
    for (let minute = 120; minute <= day; minute += 20) await world.at(minute)
    expect(await world.texts(him)).toEqual(['Japan'])
    expect((await outcomes()).filter((one) => one === 'sent')).toHaveLength(1)
  })

  test('is told once where a policy has its texts come before those of the first', async () => {
    await world.policy('JP', { delaySeconds: 12 * 3600, returnMinutes: 0, coolDownHours: 0 })
    await world.enter(0, him, 'JP')
    await world.leave(20, him, 'JP')
    await world.policy('JP', { returnMinutes: 0, coolDownHours: 0 })
    await world.enter(100, him, 'JP')
    expect(await world.texts(him)).toEqual(['Japan'])
    await world.at(13 * hour)
    expect(await outcomes()).toEqual(['left-before', 'sent'])
    expect(await world.texts(him)).toEqual(['Japan'])
  })
})

describe('whoever is over the border for a moment, and seen to leave there,', () => {
  test('is back where he was told of days ago, and told no second time', async () => {
    await world.enter(0, him, 'MX')
    await world.enter(2 * day, him, 'US')
    await world.leave(2 * day + 10, him, 'US')
    await world.enter(2 * day + 30, him, 'MX')
    await world.enter(2 * day + 40, him, 'US')
    expect(await world.outcomes(him)).toEqual(['sent', 'sent', 'left', 'returned', 'cool-down'])
    expect(await world.texts(him)).toHaveLength(2)
  })

  test('gets the texts that wait for him on either side', async () => {
    await world.policy('*', { delaySeconds: 45 * 60 })
    await world.enter(0, him, 'MX')
    await world.enter(20, him, 'US')
    await world.leave(30, him, 'US')
    await world.at(40)
    await world.enter(40, him, 'MX')
    await world.at(2 * hour)
    await world.enter(3 * hour, him, 'US')
    await world.at(4 * hour)
    expect(new Set(await world.texts(him)).size).toBe(2)
    expect(await world.texts(him)).toHaveLength(2)
  })
})
