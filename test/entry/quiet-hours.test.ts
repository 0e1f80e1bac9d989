import { describe, expect, test } from 'vitest'
import { isKnown, minuteOfDay, zonesOf } from '../../src/entry/clocks.ts'
import { delayOf, waitOf } from '../../src/entry/due.ts'
import { defaultPolicy, type EntryPolicy, type QuietHours } from '../../src/entry/policy.ts'
import { overridesQuiet, quietUntil } from '../../src/entry/quiet-hours.ts'
import { countryCodes } from '../../src/geo/iso3166.ts'

const quiet = (from: string, to: string, unlessLevel: QuietHours['unlessLevel'] = null): QuietHours => ({
  from,
  to,
  unlessLevel,
})
const ms = (iso: string) => Date.parse(iso)
const until = (hours: QuietHours, zones: readonly string[], iso: string) => {
  const end = quietUntil(hours, zones, ms(iso))
  return end === null ? null : new Date(end).toISOString().replace('.000', '')
}

describe('clocks', () => {
  test('are those of the place, or all of the country', () => {
    expect(zonesOf(['US'], { lon: -157.86, lat: 21.31 })).toEqual(['Pacific/Honolulu'])
    expect(zonesOf(['JP'], null)).toEqual(['Asia/Tokyo'])
    expect(zonesOf(['US'], null)).toEqual(expect.arrayContaining(['Pacific/Honolulu', 'America/New_York']))
    expect(zonesOf(['XK'], null)).toEqual(['Europe/Belgrade'])
    expect(zonesOf(['GP', 'MF', 'FR'], null)).toEqual(expect.arrayContaining([...zonesOf(['FR'], null)]))
    expect(zonesOf(['JP', 'JP'], null)).toEqual(['Asia/Tokyo'])
  })

  test('are known of every country that has inhabitants, and can be read', () => {
    const without = countryCodes().filter((iso2) => zonesOf([iso2], null).length === 0)
    expect(without).toEqual(['BV', 'HM'])
    for (const zone of countryCodes().flatMap((iso2) => zonesOf([iso2], null))) {
      expect(minuteOfDay(zone, 0), zone).toBeGreaterThanOrEqual(0)
    }
  })

  test.each([
    ['Asia/Seoul', '2026-11-21T15:00:00Z', '00:00'],
    ['Asia/Kathmandu', '2026-11-21T15:59:59Z', '21:44'],
    ['America/New_York', '2026-11-21T03:30:00Z', '22:30'],
    ['Pacific/Kiritimati', '2026-11-21T12:00:00Z', '02:00'],
    ['America/St_Johns', '2026-03-08T05:29:00Z', '01:59'],
    ['America/St_Johns', '2026-03-08T05:30:00Z', '03:00'],
    ['Asia/Seoul', '1969-12-31T23:00:00Z', '08:00'],
  ])('of %s show at %s %s', (zone, iso, time) => {
    const minute = minuteOfDay(zone, ms(iso))
    const shown = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
    expect(shown).toBe(time)
  })
})

describe('quiet hours', () => {
  const tokyo = ['Asia/Tokyo']

  test.each([
    ['before they begin', '2026-11-21T12:59:59Z', null],
    ['as they begin, at 22:00', '2026-11-21T13:00:00Z', '2026-11-21T22:00:00Z'],
    ['after midnight', '2026-11-21T16:12:34Z', '2026-11-21T22:00:00Z'],
    ['in their last second', '2026-11-21T21:59:59Z', '2026-11-21T22:00:00Z'],
    ['as they end, at 07:00', '2026-11-21T22:00:00Z', null],
  ])('over midnight: %s', (_, iso, end) => {
    expect(until(quiet('22:00', '07:00'), tokyo, iso)).toBe(end)
  })

  test('of a zone that this Node has no data of hold nobody up', () => {
    expect(isKnown('America/Nowhere')).toBe(false)
    expect(isKnown('Asia/Seoul')).toBe(true)
  })

  test('may be within a day', () => {
    expect(until(quiet('13:00', '15:30'), tokyo, '2026-11-21T05:00:00Z')).toBe('2026-11-21T06:30:00Z')
    expect(until(quiet('13:00', '15:30'), tokyo, '2026-11-21T16:00:00Z')).toBeNull()
  })

  test('are only where it is quiet by every clock, and end with the first', () => {
    // 22:30 in New York is 17:30 in Honolulu.
    const both = ['America/New_York', 'Pacific/Honolulu']
    expect(until(quiet('22:00', '07:00'), both, '2026-11-21T03:30:00Z')).toBeNull()
    expect(until(quiet('22:00', '07:00'), both, '2026-11-21T08:30:00Z')).toBe('2026-11-21T12:00:00Z')
    expect(until(quiet('22:00', '07:00'), [], '2026-11-21T08:30:00Z')).toBeNull()
  })

  test.each([
    [
      'put forward in the night',
      'Europe/Paris',
      '2026-03-28T22:00:00Z',
      quiet('22:00', '07:00'),
      '2026-03-29T05:00:00Z',
    ],
    ['put back in the night', 'Europe/Paris', '2026-10-24T21:00:00Z', quiet('22:00', '07:00'), '2026-10-25T06:00:00Z'],
    [
      'put forward over the end',
      'Europe/Paris',
      '2026-03-28T23:00:00Z',
      quiet('22:00', '02:30'),
      '2026-03-29T01:00:00Z',
    ],
    [
      'put back to before the end',
      'Europe/Paris',
      '2026-10-24T22:00:00Z',
      quiet('22:00', '02:30'),
      '2026-10-25T00:30:00Z',
    ],
    [
      'put back by half an hour',
      'Australia/Lord_Howe',
      '2026-04-04T12:00:00Z',
      quiet('22:00', '07:00'),
      '2026-04-04T20:30:00Z',
    ],
  ])('of a clock that is %s end by the clock', (_, zone, iso, hours, end) => {
    expect(until(hours, [zone], iso)).toBe(end)
  })

  test('end where the clock says so, in every zone and on every night of a year', () => {
    const hours = quiet('21:45', '06:15')
    for (const zone of ['Europe/London', 'America/Santiago', 'Africa/Casablanca', 'Asia/Tehran', 'Pacific/Chatham']) {
      for (let day = 0; day < 365; day++) {
        const at = ms('2026-01-01T10:00:00Z') + day * 86_400_000 + day * 7 * 60_000
        const end = quietUntil(hours, [zone], at)
        if (end === null) continue
        expect(end).toBeGreaterThan(at)
        expect(end - at).toBeLessThanOrEqual(9.5 * 3_600_000)
        expect(quietUntil(hours, [zone], end - 1), `${zone} ${new Date(at).toISOString()}`).toBe(end)
        expect(quietUntil(hours, [zone], end)).toBeNull()
      }
    }
  })

  test.each<[QuietHours['unlessLevel'], 1 | 2 | 3 | 4 | null, boolean, boolean]>([
    [null, 4, true, false],
    [3, null, false, false],
    [3, 2, false, false],
    [3, 3, false, true],
    [3, 4, false, true],
    [3, 2, true, false],
    [2, null, true, true],
    [1, null, false, false],
  ])('from level %s on: level %s, special %s overrides: %s', (unlessLevel, level, special, overrides) => {
    expect(overridesQuiet(quiet('22:00', '07:00', unlessLevel), { level, special })).toBe(overrides)
  })
})

describe('texts wait', () => {
  const none = { level: null, special: false }
  const wait = (policy: Partial<EntryPolicy>, entered: string, now = entered) => {
    const made = waitOf({ ...defaultPolicy, ...policy }, none, new Date(entered), new Date(now), () => ['Asia/Tokyo'])
    return made && [made.dueAt.toISOString().slice(0, 16), made.why]
  }

  test('not where nothing says so', () => {
    expect(wait({}, '2026-11-21T03:00:00Z')).toBeNull()
    expect(wait({}, '2026-11-21T03:00:59Z', '2026-11-21T03:00:00Z')).toBeNull()
  })

  test('for the longer of the delay and the stay, from the entry on', () => {
    expect(wait({ delaySeconds: 120 }, '2026-11-21T03:00:00Z')).toEqual(['2026-11-21T03:02', 'delay'])
    expect(wait({ delaySeconds: 120, transitMinutes: 60 }, '2026-11-21T03:00:00Z')).toEqual([
      '2026-11-21T04:00',
      'transit',
    ])
    expect(wait({ transitMinutes: 60 }, '2026-11-21T03:00:00Z', '2026-11-21T04:00:00Z')).toBeNull()
    expect(delayOf({ ...defaultPolicy, delaySeconds: 90, transitMinutes: 1 })).toEqual({ ms: 90_000, why: 'delay' })
  })

  test('until the morning where they would be due at night', () => {
    const night = { quiet: quiet('22:00', '07:00') }
    expect(wait({ ...night, transitMinutes: 60 }, '2026-11-21T12:30:00Z')).toEqual(['2026-11-21T22:00', 'quiet'])
    expect(wait({ ...night, transitMinutes: 60 }, '2026-11-21T21:30:00Z')).toEqual(['2026-11-21T22:30', 'transit'])
    expect(wait(night, '2026-11-21T03:00:00Z', '2026-11-21T14:00:00Z')).toEqual(['2026-11-21T22:00', 'quiet'])
  })
})
