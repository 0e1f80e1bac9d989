import { describe, expect, test } from 'vitest'
import type { RoamingNotification } from '../../src/subscribers/notification.ts'
import { type JourneyRules, type StayRules, type Step, step, type Whereabouts } from '../../src/targeting/journey.ts'

const hour = 3_600_000
const noon = Date.UTC(2026, 10, 21, 12)
const rules: JourneyRules = {
  homesOf: (hplmn) => (hplmn === null || hplmn === '45008' ? ['KR'] : ['GP', 'MF']),
  stayRulesOf: () => ({ coolDownMs: 24 * hour, returnMs: hour }),
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
  const nothing = { vplmn: null, language: null, place: null, left: null }
  return { countries, enteredAt: at(-5), seenAt: at(-1), hplmn: '45008', ...nothing, ...more }
}

const place = (lon: number) => ({ lon, lat: 35, radiusM: null, at: at(-1) })
const never = () => undefined
/** Of whatever place is asked. */
const told = (time: Date) => () => ({ at: time, waits: false })
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
    expect(summary(step(before, one, never, rules))).toEqual([outcome, countries])
  })

  test('believes the home network that was reported before', () => {
    const { hplmn: _, ...anonymous } = event('enter', ['GP', 'MF'])
    const now = step(whereabouts(['JP'], { hplmn: '34020' }), anonymous, never, rules)
    expect(summary(now)).toEqual(['home', ''])
  })

  test('keeps the place within a country, takes a newer one, and forgets it over a border, at home and on leaving', () => {
    const before = whereabouts(['JP'], { place: place(139) })
    const placeAfter = (one: RoamingNotification) => step(before, one, never, rules).now?.place?.lon ?? null
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
      step(before, one, never, rules).now?.enteredAt
    expect(entered(whereabouts(['JP']), event('location', ['JP']))).toEqual(at(-5))
    expect(entered(whereabouts(['JP']), event('enter', ['CN']))).toEqual(at(0))
    expect(entered(undefined, event('enter', ['JP']))).toEqual(at(0))
    expect(entered(whereabouts(['JP']), event('location', []))).toBeNull()
    expect(entered(whereabouts(['JP']), event('leave', ['JP']))).toBeNull()
  })
})

describe('the cool-down', () => {
  const entering = (hoursAgo: number) => step(whereabouts(['CN']), event('enter', ['JP']), told(at(-hoursAgo)), rules)

  test('holds the text back for a day, though he is believed to be there', () => {
    expect(summary(entering(23))).toEqual(['cool-down', 'JP'])
    expect(summary(entering(25))).toEqual(['entered', 'JP'])
  })

  test('ends there and back, every other hour, with one text for each side', () => {
    expect(follow(12, (i) => [i % 2 === 0 ? 'FR' : 'DE', i * 2])).toEqual([
      'entered',
      'entered',
      ...Array(10).fill('cool-down'),
    ])
  })
})

/** Outcomes of notifications, the i-th of a country and a time in hours; texts go out at once, and are remembered. */
function follow(count: number, nth: (i: number) => [country: string | null, hours: number]): string[] {
  let now: Whereabouts | undefined
  const texts = new Map<string, Date>()
  return Array.from({ length: count }, (_, i) => {
    const [country, hours] = nth(i)
    const one = event('location', country === null ? [] : [country], { at: at(hours) })
    const result = step(
      now,
      one,
      ([of]) => {
        const last = texts.get(String(of))
        return last && { at: last, waits: false }
      },
      rules,
    )
    now = result.now ?? now
    if (result.outcome === 'entered') texts.set(String(country), one.at)
    return result.outcome
  })
}

describe('networks that alternate at a border', () => {
  const minutes = (i: number) => (i * 20) / 60

  test('bring nobody into a country anew, for however many days they go on', () => {
    const threeDays = 3 * 72
    const outcomes = follow(threeDays, (i) => [i % 2 === 0 ? 'MX' : 'US', minutes(i)])
    expect(outcomes).toEqual(['entered', 'entered', ...Array(threeDays - 2).fill('returned')])
  })

  test.each([
    ['home', 'KR', 'home'],
    ['no country', null, 'no-country'],
  ])('may belong to a country and to %s', (_, other, outcome) => {
    const outcomes = follow(300, (i) => [i % 2 === 0 ? 'JP' : other, minutes(i)])
    expect(outcomes.filter((_, i) => i % 2 === 1)).toEqual(Array(150).fill(outcome))
    expect(outcomes.filter((_, i) => i % 2 === 0)).toEqual(['entered', ...Array(149).fill('returned')])
  })

  test('may be three: each is told once a day at most', () => {
    const sides = ['CH', 'DE', 'FR']
    const outcomes = follow(3 * 72, (i) => [sides[i % 3] as string, minutes(i)])
    for (const [side] of sides.entries()) {
      const entered = outcomes.flatMap((one, i) => (one === 'entered' && i % 3 === side ? [i] : []))
      expect(entered[0]).toBe(side)
      for (const [n, i] of entered.slice(1).entries()) expect(i - (entered[n] as number)).toBeGreaterThanOrEqual(72)
    }
  })

  test('and say goodbye in between, keep nobody from being where he is: he was over the border for a moment', () => {
    // He has been in Mexico for two days; the trip to the other side was told, once.
    const texts = new Map([['MX', at(-48)]])
    const last = ([of]: readonly string[]) => {
      const time = texts.get(String(of))
      return time && { at: time, waits: false }
    }
    const over = step(whereabouts(['MX']), event('enter', ['US']), last, rules)
    texts.set('US', at(0))
    const gone = step(over.now, event('leave', ['US'], { at: at(0.25) }), last, rules)
    expect([over.outcome, gone.now?.left]).toEqual(['entered', { country: 'MX', at: at(0) }])
    const back = (hours: number, country: string) =>
      step(gone.now, event('enter', [country], { at: at(hours) }), last, rules).outcome
    expect([back(0.9, 'MX'), back(1.1, 'MX')]).toEqual(['returned', 'entered'])
    // The other side needs no memory of its own: it cools down.
    expect(back(0.5, 'US')).toBe('cool-down')
  })

  test.each<[string, Partial<StayRules>, boolean, boolean]>([
    ['whose texts wait', {}, true, true],
    ['whose cool-down is over before he could be back', { coolDownMs: hour / 2 }, false, true],
    ['that he was not told of', {}, false, false],
  ])('are forgotten for a country %s: %#', (_, more, waits, toldOfIt) => {
    const own: JourneyRules = { ...rules, stayRulesOf: () => ({ ...rules.stayRulesOf(whereabouts([])), ...more }) }
    const before = whereabouts(['US'], { enteredAt: at(-0.25), left: { country: 'MX', at: at(-0.25) } })
    const last = ([of]: readonly string[]) =>
      of === 'MX' ? { at: at(-48), waits: false } : toldOfIt ? { at: at(-0.25), waits } : undefined
    const { now } = step(before, event('leave', ['US']), last, own)
    expect(now?.left?.country).toBe(toldOfIt ? 'US' : 'MX')
  })

  const back = (minutesAgo: number, lastText: Date | null = at(-48), country = 'MX') =>
    step(
      whereabouts(['US'], { left: { country, at: at(-minutesAgo / 60) } }),
      event('enter', ['MX']),
      lastText ? told(lastText) : never,
      rules,
    ).outcome

  test('are told from a journey by the time away: an hour', () => {
    expect([back(59), back(61)]).toEqual(['returned', 'entered'])
  })

  test('keep no text from somebody who got none of that country, or was elsewhere', () => {
    expect(back(10, null)).toEqual('entered')
    expect(back(10, at(-48), 'CA')).toEqual('entered')
  })

  test('are remembered while he stays, also where leaving was reported', () => {
    const left = step(whereabouts(['MX']), event('leave', ['MX']), never, rules).now as Whereabouts
    expect(left.left).toEqual({ country: 'MX', at: at(0) })
    const again = step(left, event('enter', ['MX'], { at: at(0.5) }), told(at(-48)), rules)
    expect(again.outcome).toBe('returned')
    expect(step(again.now, event('location', ['MX'], { at: at(3) }), told(at(-48)), rules).now?.left).toEqual(left.left)
  })
})
