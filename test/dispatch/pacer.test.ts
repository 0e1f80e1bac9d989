import { describe, expect, it } from 'vitest'
import { Pacer } from '../../src/dispatch/pacer.ts'
import { prng } from '../../src/lib/prng.ts'
import { BusiestSecond } from '../../src/simulator/rate.ts'

/**
 * Drives a pacer with a timer that fires up to `lateMs` late, for `seconds` of its own clock; `work(now)` tells whether there
 * is something to send. Returns the send times, one for each segment.
 */
function run(
  pacer: Pacer,
  {
    seconds,
    lateMs,
    seed,
    segments = 1,
    work = () => true,
  }: {
    seconds: number
    lateMs: number
    seed: number
    segments?: number
    work?: (now: number) => boolean
  },
): number[] {
  const random = prng(seed)
  const sent: number[] = []
  let now = 0
  while (now < seconds * 1000) {
    let wait = 1
    if (work(now)) {
      for (wait = pacer.waitMs(now, segments); wait === 0; wait = pacer.waitMs(now, segments)) {
        pacer.take(now, segments)
        for (let i = 0; i < segments; i++) sent.push(now)
      }
    }
    now += Math.max(1, Math.floor(wait)) + random.next() * lateMs
  }
  return sent
}

function busiest(times: readonly number[]): number {
  const busiest = new BusiestSecond()
  for (const time of times) busiest.note(time)
  return busiest.highest
}

describe('the pacer', () => {
  it.each([1, 7, 30, 100, 333, 1000, 10_000])(
    'of %i a second keeps every sliding second, and uses 99 %%',
    (throughput) => {
      for (const seed of [1, 2, 3]) {
        const seconds = throughput < 10 ? 400 : 20
        const sent = run(new Pacer(throughput, 0), { seconds, lateMs: 2, seed })
        expect(busiest(sent)).toBeLessThanOrEqual(throughput)
        // The first second is silent.
        expect(sent.filter((at) => at > 1500).length / (seconds - 1.5)).toBeGreaterThan(0.99 * throughput)
      }
    },
  )

  it('keeps every sliding second when work comes in bursts and the event loop stalls', () => {
    for (const seed of [4, 5, 6, 7]) {
      const random = prng(seed)
      let until = 0
      let busy = true
      const work = (now: number) => {
        if (now >= until) {
          busy = !busy
          until = now + random.next() * 1500
        }
        return busy
      }
      expect(busiest(run(new Pacer(200, 0), { seconds: 60, lateMs: 80, seed, work }))).toBeLessThanOrEqual(200)
    }
  })

  it('counts what one PDU costs, and lets no PDU pass that costs more than a second', () => {
    const sent = run(new Pacer(100, 0), { seconds: 20, lateMs: 2, seed: 8, segments: 3 })
    expect(busiest(sent)).toBeLessThanOrEqual(100)
    expect(sent.length / 18.9).toBeGreaterThan(97)
    expect(new Pacer(5, 0).waitMs(100_000, 6)).toBe(Number.POSITIVE_INFINITY)
  })

  it('is silent for the first second, and for another when the account is taken over', () => {
    const pacer = new Pacer(10, 0)
    expect(pacer.waitMs(999)).toBeGreaterThan(0)
    expect(pacer.waitMs(1005)).toBe(0)
    pacer.fill(5000)
    expect(pacer.waitMs(5999)).toBeGreaterThan(0)
    expect(pacer.waitMs(6005)).toBe(0)
  })

  it('backs off once for a burst of complaints, and comes back to the contract step by step', () => {
    const pacer = new Pacer(100, 0)
    for (let i = 0; i < 20; i++) pacer.throttled(2000 + i)
    expect(pacer.rate).toBeCloseTo(70)
    pacer.recover(2900)
    expect(pacer.rate).toBeCloseTo(70)
    for (let now = 3000; now <= 6250; now += 250) pacer.recover(now)
    expect(pacer.rate).toBe(100)
  })

  it('goes at the lower rate while it is backed off', () => {
    const pacer = new Pacer(100, 0)
    for (let at = 2000; at < 3500; at += 300) pacer.throttled(at)
    const { rate } = pacer
    expect(rate).toBeLessThan(20)
    const sent = run(pacer, { seconds: 20, lateMs: 1, seed: 9 })
    expect(sent.filter((at) => at > 10_000).length).toBeLessThanOrEqual(rate * 10 + 5)
  })
})

describe('a process that stalls between taking and writing', () => {
  it.each([30, 200, 1000])('keeps a contract of %i a second, judged at the writes', (throughput) => {
    const random = prng(throughput)
    const pacer = new Pacer(throughput, 0)
    const written: number[] = []
    let now = 0
    while (now < 30_000) {
      let taken = 0
      for (; pacer.waitMs(now) === 0; taken++) pacer.take(now)
      // A garbage collection, or another process on the same core: now and then, and never for long.
      if (random.next() < 0.2) now += random.next() * 40
      for (let i = 0; i < taken; i++) written.push(now)
      pacer.written(now)
      now += Math.max(1, Math.floor(pacer.waitMs(now))) + random.next()
    }
    expect(busiest(written)).toBeLessThanOrEqual(throughput)
    expect(written.length).toBeGreaterThan(0.9 * 29 * throughput)
  })
})
