import { describe, expect, test } from 'vitest'
import { weightOf } from '../../bench/travel/calendar.ts'
import { batchesOf, type Delivery, disturbed, secondFeed } from '../../bench/travel/feeds.ts'
import { Travel } from '../../bench/travel/travel.ts'

const dayMs = 86_400_000
const dayOf = (date: string) => Date.parse(date) / dayMs
const plan = { seed: 7, subscribers: 20_000, arrivals: 1000, from: dayOf('2026-09-20') }
const daysOf = (days: number) => {
  const travel = new Travel(plan)
  return Array.from({ length: days }, () => travel.day())
}

describe('travellers', () => {
  test('travel the same with the same seed, and otherwise with another', () => {
    expect(daysOf(2)).toEqual(daysOf(2))
    expect(new Travel({ ...plan, seed: 8 }).day()).not.toEqual(daysOf(1)[0])
  })

  test('are seen in order of time, each at one place at a time, and on the day of which it is told', () => {
    const days = daysOf(8)
    const last = new Map<number, number>()
    for (const [i, day] of days.entries())
      for (const [j, { at, person }] of day.entries()) {
        expect(Math.floor(at / dayMs)).toBe(plan.from + i)
        expect(at).toBeGreaterThanOrEqual(day[j - 1]?.at ?? 0)
        expect(at).toBeGreaterThan(last.get(person) ?? 0)
        last.set(person, at)
      }
  })

  test('set out on the eve of Chuseok, and on Fridays, rather than on a Tuesday in November', () => {
    const [eve, friday, tuesday] = ['2026-09-23', '2026-11-20', '2026-11-24'].map((date) => weightOf(dayOf(date)))
    expect(eve).toBeGreaterThan(friday as number)
    expect(friday).toBeGreaterThan(tuesday as number)
    const arrivals = daysOf(30).map((day) => day.filter(({ arrival }) => arrival).length)
    const total = arrivals.reduce((sum, n) => sum + n, 0)
    expect(total / 30).toBeGreaterThan(900)
    expect(total / 30).toBeLessThan(1300)
  })
})

describe('feeds', () => {
  const sightings = daysOf(6).flat()
  const batches = batchesOf(sightings, 1000, 3)
  const deliveries = batches.flatMap((batch) => batch.deliveries)

  test('send every sighting, one in twenty twice, half of those by the second feed', () => {
    const copies = new Map<Delivery['sighting'], Delivery[]>()
    for (const one of deliveries) copies.set(one.sighting, [...(copies.get(one.sighting) ?? []), one])
    expect(copies.size).toBe(sightings.length)
    const again = [...copies.values()].filter((list) => list.length > 1)
    expect(again.length / sightings.length).toBeCloseTo(disturbed.duplicates, 2)
    const second = again.filter((list) => list.some(({ source }) => source === secondFeed))
    expect(second.length / again.length).toBeCloseTo(0.5, 1)
  })

  test('send one in fifty minutes late and few by hours, in requests of one feed, in the order in which they are sent', () => {
    const lateness = (one: Delivery) => (one.sentAt - one.sighting.at) / 60_000
    const firsts = deliveries.filter(({ source }) => source !== secondFeed)
    const late = firsts.filter((one) => lateness(one) >= 10 && lateness(one) < 90).length / firsts.length
    expect(late).toBeGreaterThan(0.02)
    expect(late).toBeLessThan(0.05)
    expect(firsts.filter((one) => lateness(one) >= 180).length).toBeGreaterThan(0)
    for (const [i, { source, deliveries, sentAt }] of batches.entries()) {
      expect(deliveries.every((one) => one.source === source && one.sentAt <= sentAt)).toBe(true)
      expect(sentAt).toBeGreaterThanOrEqual(batches[i - 1]?.sentAt ?? 0)
    }
  })
})
