import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { prng } from '../../src/lib/prng.ts'
import { Calendar } from '../../src/simulator/calendar.ts'
import { type Distribution, delayOf } from '../../src/simulator/delay.ts'
import { Fifo } from '../../src/simulator/fifo.ts'
import { RecentMessages, readId, writeId } from '../../src/simulator/message.ts'
import { Mix } from '../../src/simulator/mix.ts'
import { BusiestSecond, SlidingLimit } from '../../src/simulator/rate.ts'

/** Events at random, in bursts and lulls. */
function times(seed: number, count: number): number[] {
  const random = prng(seed)
  let now = 5000
  return Array.from({ length: count }, () => {
    now += random.next() < 0.02 ? 700 * random.next() : 20 * random.next()
    return now
  })
}

function highestIn(events: readonly number[]): number {
  return Math.max(0, ...events.map((end, i) => events.filter((at, j) => j <= i && end - at < 1000).length))
}

describe('SlidingLimit', () => {
  it('lets exactly the contract through in the busiest second', () => {
    const limit = new SlidingLimit(40)
    const passed = times(1, 2000).filter((at) => limit.take(at))
    expect(highestIn(passed)).toBe(40)
  })

  it('lets the next one through when a second has gone by since the one it replaces, and not before', () => {
    const limit = new SlidingLimit(2)
    expect([0, 500, 999, 999.9, 1000, 1499, 1500].map((at) => limit.take(at))).toEqual([
      true,
      true,
      false,
      false,
      true,
      false,
      true,
    ])
  })
})

describe('BusiestSecond', () => {
  it('finds the highest number in any sliding second', () => {
    const events = times(2, 3000)
    const busiest = new BusiestSecond()
    for (const at of events) busiest.note(at)
    expect(busiest.highest).toBe(highestIn(events))
  })

  it('is exact far above 10,000 a second', () => {
    const random = prng(8)
    const busiest = new BusiestSecond()
    const events: number[] = []
    // Up to 60,000 a second, ever more, in bursts that share one time, as the PDUs of one chunk do.
    for (let now = 1000; now < 5000; now += random.next() * 4) {
      for (let i = random.int(((now - 1000) / 4000) * 250); i > 0; i--) events.push(now)
    }
    let [first, highest, wrong] = [0, 0, 0]
    for (const [last, at] of events.entries()) {
      busiest.note(at)
      while (at - (events[first] as number) >= 1000) first++
      if (busiest.latest !== last - first + 1) wrong++
      highest = Math.max(highest, last - first + 1)
    }
    expect(wrong).toBe(0)
    expect(highest).toBeGreaterThan(30_000)
    expect(busiest.highest).toBe(highest)
  })

  it('grows with the traffic', () => {
    const busiest = new BusiestSecond()
    for (let i = 0; i < 1500; i++) busiest.note(i)
    for (let i = 0; i < 5000; i++) busiest.note(3000)
    expect(busiest.highest).toBe(5000)
  })
})

describe('Calendar', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('hands everything out in order, never early and never twice', () => {
    const random = prng(3)
    const got: number[] = []
    const calendar = new Calendar<number>((due) => {
      for (const at of due) {
        expect(at).toBeLessThanOrEqual(performance.now())
        got.push(at)
      }
    })
    const start = performance.now()
    const all = Array.from({ length: 3000 }, () => start + random.next() * 5000)
    for (const at of all) calendar.add(at, at)
    vi.advanceTimersByTime(6000)
    expect(got.map(Math.ceil)).toEqual(all.map(Math.ceil).sort((a, b) => a - b))
  })

  it('takes things that fall due before those it waits for, also while handing out', () => {
    const got: string[] = []
    const calendar: Calendar<string> = new Calendar((due) => {
      got.push(...due)
      if (due.includes('first')) calendar.add(performance.now() + 10, 'second')
    })
    const start = performance.now()
    calendar.add(start + 1000, 'last')
    calendar.add(start + 5, 'first')
    vi.advanceTimersByTime(100)
    expect(got).toEqual(['first', 'second'])
    vi.advanceTimersByTime(1000)
    expect(got).toEqual(['first', 'second', 'last'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no timer behind when cleared', () => {
    const calendar = new Calendar<number>(() => expect.fail('handed out'))
    calendar.add(performance.now() + 5, 1)
    calendar.clear()
    vi.advanceTimersByTime(100)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('delays', () => {
  it.each([
    ['uniform', 20, 20 / Math.sqrt(3)],
    ['normal', 20, 20],
    ['lognormal', 100, 100],
    ['pareto', 20, 20],
  ] as const)('vary around the mean: %s', (distribution, jitter, expected) => {
    const random = prng(5)
    const delay = delayOf({ mean: 100, jitter, distribution }, 'x')
    const drawn = Array.from({ length: 50_000 }, () => delay(random))
    const mean = drawn.reduce((sum, ms) => sum + ms, 0) / drawn.length
    const deviation = Math.sqrt(drawn.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / drawn.length)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0)
    expect(mean / 100).toBeCloseTo(1, 1)
    expect(deviation / expected).toBeCloseTo(1, 1)
  })

  it('have heavier tails where they are to', () => {
    const late = (distribution: Distribution) => {
      const random = prng(6)
      const delay = delayOf({ mean: 100, jitter: 100, distribution }, 'x')
      return Array.from({ length: 50_000 }, () => delay(random)).filter((ms) => ms > 700).length
    }
    expect([late('uniform'), late('normal')]).toEqual([0, 0])
    expect(late('lognormal')).toBeGreaterThan(50)
    expect(late('pareto')).toBeGreaterThan(50)
  })

  it('without jitter are always the same', () => {
    expect(delayOf({ mean: 7, jitter: 0, distribution: 'pareto' }, 'x')(prng(1))).toBe(7)
  })
})

describe('Fifo', () => {
  it('keeps the order, with what is put back in front', () => {
    const fifo = new Fifo<number>()
    for (let i = 0; i < 5000; i++) fifo.push(i)
    const taken = Array.from({ length: 3000 }, () => fifo.shift() as number)
    fifo.putBack(taken.slice(-2))
    expect(fifo.length).toBe(2002)
    expect([fifo.shift(), fifo.shift(), fifo.shift()]).toEqual([2998, 2999, 3000])
    while (fifo.length > 0) fifo.shift()
    expect(fifo.shift()).toBeUndefined()
  })
})

describe('Mix', () => {
  it('draws by share and leaves the rest', () => {
    const mix = new Mix(
      new Map([
        ['a', 0.25],
        ['b', 0.5],
      ]),
      'x',
    )
    expect([0, 0.2499, 0.25, 0.7499, 0.75, 0.99].map((at) => mix.draw(at))).toEqual([
      'a',
      'a',
      'b',
      'b',
      undefined,
      undefined,
    ])
  })

  it.each([
    [
      [
        ['a', 0.6],
        ['b', 0.5],
      ],
    ],
    [[['a', -0.1]]],
    [[['a', Number.NaN]]],
  ] as [string, number][][][])('refuses shares that are none: %j', (shares) => {
    expect(() => new Mix(new Map(shares), 'errors')).toThrow(
      expect.objectContaining({ code: 'bad-share', where: 'errors' }),
    )
  })
})

describe('message ids', () => {
  it.each(['string', 'hex', 'decimal'] as const)('are written and read in the form %s', (form) => {
    for (const number of [1, 255, 1.7e15 + 3]) expect(readId(writeId(number, form), form)).toBe(number)
    expect(readId('no such id!', form)).toBeNaN()
  })

  it('are remembered up to a number, the oldest forgotten', () => {
    const recent = new RecentMessages(2)
    const message = (number: number) => ({ number }) as Parameters<typeof recent.add>[0]
    for (const number of [10, 11, 12]) recent.add(message(number))
    expect([10, 11, 12].map((number) => recent.find(number)?.number)).toEqual([undefined, 11, 12])
    expect(recent.find(Number.NaN)).toBeUndefined()
  })
})
