import { describe, expect, test } from 'vitest'
import type { RoamingNotification } from '../../src/subscribers/notification.ts'
import { type JourneyRules, type Step, step, type Whereabouts } from '../../src/targeting/journey.ts'

const hour = 3_600_000
const noon = Date.UTC(2026, 10, 21, 12)
const rules: JourneyRules = {
  homesOf: (hplmn) => (hplmn === null || hplmn === '45008' ? ['KR'] : ['GP', 'MF']),
  coolDownMs: 24 * hour,
}

function event(
  kind: RoamingNotification['event'],
  countries: string[],
  more: Partial<RoamingNotification> = {},
): RoamingNotification {
  return { msisdn: '8210', hplmn: '45008', event: kind, countries, at: new Date(noon), ...more }
}

const at = (hours: number) => new Date(noon + hours * hour)

function whereabouts(countries: string[], more: Partial<Whereabouts> = {}): Whereabouts {
  return { countries, enteredAt: at(-5), seenAt: at(-1), hplmn: '45008', vplmn: null, place: null, ...more }
}

const place = (lon: number) => ({ lon, lat: 35, radiusM: null, at: at(-1) })
const summary = ({ outcome, now }: Step) => [outcome, now?.countries.join('/')]

describe('one notification', () => {
  const cases: [string, Whereabouts | undefined, RoamingNotification, string, string | undefined][] = [
    ['first seen on entering', undefined, event('enter', ['JP']), 'entered', 'JP'],
    ['first seen by a location', undefined, event('location', ['JP']), 'entered', 'JP'],
    ['first seen on leaving', undefined, event('leave', ['JP']), 'left', ''],
    ['seen again where he was', whereabouts(['JP']), event('location', ['JP']), 'already-here', 'JP'],
    ['entering where he is', whereabouts(['JP']), event('enter', ['JP']), 'already-here', 'JP'],
    ['over a border', whereabouts(['JP']), event('enter', ['CN']), 'entered', 'CN'],
    ['over a border by a location', whereabouts(['JP']), event('location', ['CN']), 'entered', 'CN'],
    ['leaving where he is', whereabouts(['JP']), event('leave', ['JP']), 'left', ''],
    ['leaving, home', whereabouts(['JP']), event('leave', []), 'left', ''],
    ['leaving where he is no more', whereabouts(['CN']), event('leave', ['JP']), 'left', undefined],
    ['leaving where nobody saw him', whereabouts([]), event('leave', ['JP']), 'left', undefined],
    ['at home', whereabouts(['JP']), event('enter', ['KR']), 'home', ''],
    ['at home, first seen', undefined, event('location', ['KR']), 'home', ''],
    ['at home, home network not reported', undefined, { ...event('enter', ['KR']), hplmn: '' }, 'home', ''],
    ['to sea', whereabouts(['JP']), event('location', []), 'no-country', ''],
    ['from the sea', whereabouts([]), event('enter', ['JP']), 'entered', 'JP'],
    ['into one of several countries', whereabouts(['JP']), event('enter', ['GP', 'MF']), 'entered', 'GP/MF'],
    [
      'the same several, in another order',
      whereabouts(['MF', 'GP']),
      event('location', ['GP', 'MF']),
      'already-here',
      'MF/GP',
    ],
    ['a vaguer report of where he is', whereabouts(['GP']), event('location', ['GP', 'MF']), 'already-here', 'GP'],
    ['a surer report of where he is', whereabouts(['GP', 'MF']), event('location', ['MF']), 'entered', 'MF'],
    ['several, where he is not', whereabouts(['JP']), event('location', ['GP', 'MF']), 'entered', 'GP/MF'],
    ['leaving one of several', whereabouts(['GP', 'MF']), event('leave', ['GP']), 'left', ''],
    ['leaving several, one of which he is in', whereabouts(['GP']), event('leave', ['GP', 'MF']), 'left', ''],
    [
      'older than what is known',
      whereabouts(['JP']),
      event('enter', ['CN'], { at: at(-2) }),
      'out-of-order',
      undefined,
    ],
    [
      'a leave older than what is known',
      whereabouts(['JP']),
      event('leave', ['JP'], { at: at(-2) }),
      'out-of-order',
      undefined,
    ],
    ['as old as what is known', whereabouts(['JP']), event('enter', ['CN'], { at: at(-1) }), 'entered', 'CN'],
  ]
  test.each(cases)('%s', (_, before, notification, outcome, countries) => {
    const { hplmn, ...rest } = notification
    const one = hplmn === '' ? rest : notification
    expect(summary(step(before, one, undefined, rules))).toEqual([outcome, countries])
  })

  test('believes the home network that was reported before', () => {
    const { hplmn: _, ...anonymous } = event('enter', ['GP', 'MF'])
    const now = step(whereabouts(['JP'], { hplmn: '34020' }), anonymous, undefined, rules)
    expect(summary(now)).toEqual(['home', ''])
  })

  test('keeps the place within a country, takes a newer one, and forgets it over a border, at home and on leaving', () => {
    const before = whereabouts(['JP'], { place: place(139) })
    const placeAfter = (one: RoamingNotification) => step(before, one, undefined, rules).now?.place?.lon ?? null
    expect(placeAfter(event('location', ['JP']))).toBe(139)
    expect(placeAfter(event('location', ['JP'], { lon: 135, lat: 34, radiusM: 500 }))).toBe(135)
    expect(placeAfter(event('enter', ['CN']))).toBeNull()
    expect(placeAfter(event('enter', ['CN'], { lon: 116, lat: 40 }))).toBe(116)
    expect(placeAfter(event('location', []))).toBeNull()
    expect(placeAfter(event('location', [], { lon: 140, lat: 30 }))).toBe(140)
    expect(placeAfter(event('enter', ['KR'], { lon: 127, lat: 37 }))).toBeNull()
    expect(placeAfter(event('leave', ['JP'], { lon: 139, lat: 35 }))).toBeNull()
  })

  test('knows since when he is there: since the entry, not since the last report', () => {
    const entered = (before: Whereabouts | undefined, one: RoamingNotification) =>
      step(before, one, undefined, rules).now?.enteredAt
    expect(entered(whereabouts(['JP']), event('location', ['JP']))).toEqual(at(-5))
    expect(entered(whereabouts(['JP']), event('enter', ['CN']))).toEqual(at(0))
    expect(entered(undefined, event('enter', ['JP']))).toEqual(at(0))
    expect(entered(whereabouts(['JP']), event('location', []))).toBeNull()
    expect(entered(whereabouts(['JP']), event('leave', ['JP']))).toBeNull()
  })
})

describe('the cool-down', () => {
  const entering = (hoursAgo: number) => step(whereabouts(['CN']), event('enter', ['JP']), at(-hoursAgo), rules)

  test('holds the text back for a day, though he is believed to be there', () => {
    expect(summary(entering(23))).toEqual(['cool-down', 'JP'])
    expect(summary(entering(25))).toEqual(['entered', 'JP'])
  })

  test('ends flapping at a border after one text for each side', () => {
    let now: Whereabouts | undefined
    const texts = new Map<string, Date>()
    const outcomes: string[] = []
    for (let i = 0; i < 12; i++) {
      const country = i % 2 === 0 ? 'FR' : 'DE'
      const one = event('enter', [country], { at: at(i / 10) })
      const result = step(now, one, texts.get(country), rules)
      now = result.now ?? now
      if (result.outcome === 'entered') texts.set(country, one.at)
      outcomes.push(result.outcome)
    }
    expect(outcomes).toEqual(['entered', 'entered', ...Array(10).fill('cool-down')])
  })
})
