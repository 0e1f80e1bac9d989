import { describe, expect, test } from 'vitest'
import { type CountryRules, Due, type Rules } from '../../bench/travel/due.ts'
import type { Delivery } from '../../bench/travel/feeds.ts'

/** The judge of the replayed day: a few journeys whose end anybody can tell by hand. */

const minute = 60_000
const noon = Date.UTC(2026, 2, 2, 12)

const usual: CountryRules = {
  enabled: true,
  coolDownHours: 24,
  returnMinutes: 60,
  transitMinutes: 0,
  delaySeconds: 0,
  quiet: null,
  texts: (_, english) => [english ? 'mission' : '공관'],
}
const rulesWith = (change: Partial<CountryRules> = {}): Rules => ({
  of: () => ({ ...usual, ...change }),
  optedOut: () => false,
  reached: () => true,
})

let ids = 0
function seen(country: string, minutes: number, event: 'enter' | 'leave' | 'location' = 'enter'): Delivery {
  const countries = country === '' ? [] : [country]
  const sighting = { at: noon + minutes * minute, person: 1, event, countries, arrival: true }
  return { sighting, id: `e${++ids}`, source: 'a', hplmn: '45005', msisdn: '821', language: null, sentAt: sighting.at }
}

/** Each at its own time; returns what became of each. */
function report(due: Due, ...deliveries: Delivery[]): string[] {
  for (const one of deliveries) {
    due.settle(one.sentAt)
    due.take({ deliveries: [one] }, one.sentAt)
  }
  return due.judged.map(({ outcome }) => outcome)
}

describe('the model of what is due', () => {
  test('tells each country once while networks alternate, also over a ship', () => {
    const due = new Due(rulesWith())
    const outcomes = report(due, seen('MX', 0), seen('US', 10), seen('MX', 20), seen('', 30), seen('MX', 40))
    // Of the two that he left within minutes US is remembered; MX is looked after by its cool-down.
    expect(outcomes).toEqual(['sent', 'sent', 'returned', 'no-country', 'cool-down'])
    expect(due.sets.map(({ country }) => country)).toEqual(['MX', 'US'])
  })

  test('cools down for a day, and then tells again', () => {
    const due = new Due(rulesWith())
    const outcomes = report(due, seen('JP', 0), seen('KR', 300), seen('JP', 900), seen('KR', 1000), seen('JP', 1500))
    expect(outcomes).toEqual(['sent', 'home', 'cool-down', 'home', 'sent'])
  })

  test('knows repeats by their id, and what is older than the newest', () => {
    const due = new Due(rulesWith())
    const first = seen('JP', 0)
    expect(report(due, first, first, seen('CN', 60), seen('JP', 30))).toEqual(['sent', 'sent', 'out-of-order'])
    expect(due.duplicates).toBe(1)
  })

  test('tells nobody who changes planes, and whoever stays when it is no transit any more', () => {
    const due = new Due(rulesWith({ transitMinutes: 240 }))
    report(due, seen('AE', 0), seen('FR', 200))
    due.settle(noon + 239 * minute)
    expect(due.sets).toEqual([])
    // He may come back over the border for an hour.
    due.settle(noon + 260 * minute)
    due.settle(noon + 440 * minute)
    expect(due.judged.map(({ outcome }) => outcome)).toEqual(['transit', 'sent'])
    expect(due.sets).toMatchObject([{ country: 'FR', enteredAt: noon + 200 * minute }])
    expect(due.waiting).toBe(0)
  })

  test('tells each in the language that was last told of him, in Korean until one is', () => {
    const due = new Due(rulesWith())
    const ja = { ...seen('CN', 60), language: 'ja' }
    const late = { ...seen('MX', 70), language: 'ko', sentAt: noon + 90 * minute }
    report(due, seen('JP', 0), ja, seen('FR', 80), late, { ...seen('US', 100), language: 'ko-KR' })
    expect(due.sets.map(({ texts }) => texts[0])).toEqual(['공관', 'mission', 'mission', '공관'])
  })

  test('lets the night pass by the clock of the destination', () => {
    const due = new Due(rulesWith({ quiet: { from: 22, to: 7, utcOffsetHours: 8 } }))
    // 22:30 there.
    expect(report(due, seen('PH', 150))).toEqual(['waits'])
    due.settle(noon + (11 * 60 - 1) * minute)
    expect(due.sets).toEqual([])
    due.settle(noon + 11 * 60 * minute)
    expect(due.sets).toHaveLength(1)
  })
})
