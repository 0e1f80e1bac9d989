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

  it('slows down gently while the SMSC is nearly congested, once a second, and not below half the contract', () => {
    const pacer = new Pacer(100, 0)
    for (let now = 2000; now < 2900; now += 10) pacer.congested(95, now)
    expect(pacer.rate).toBeCloseTo(95)
    for (let now = 3000; now < 60_000; now += 100) {
      pacer.congested(90, now)
      pacer.recover(now)
    }
    expect(pacer.rate).toBeCloseTo(50)
    for (let now = 60_000; now < 67_000; now += 250) pacer.recover(now)
    expect(pacer.rate).toBe(100)
  })

  it('takes a congested SMSC as one that throttles, and one below that for what it wants to be', () => {
    const pacer = new Pacer(100, 0)
    for (const state of [0, 29, 49, 79, 89]) pacer.congested(state, 2000 + state)
    expect(pacer.rate).toBe(100)
    pacer.congested(100, 3000)
    expect(pacer.rate).toBeCloseTo(70)
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

describe('another contract', () => {
  /** Send times from 0 to 12 s, with the contract changed at 4 s and at 8 s. */
  function changing(first: number, second: number, third: number, seed: number): number[] {
    const pacer = new Pacer(first, 0)
    let changes = 0
    return run(pacer, {
      seconds: 12,
      lateMs: 3,
      seed,
      work: (now) => {
        if (now >= 4000 && changes === 0) {
          changes++
          pacer.resize(second, now)
        }
        if (now >= 8000 && changes === 1) {
          changes++
          pacer.resize(third, now)
        }
        return true
      },
    })
  }
  /** Most sends in any second that ends in the time given. */
  function busiest(sent: readonly number[], from: number, to: number): number {
    let most = 0
    let start = 0
    sent.forEach((at, i) => {
      while ((sent[start] as number) <= at - 1000) start++
      if (at >= from && at < to) most = Math.max(most, i - start + 1)
    })
    return most
  }

  it('that is lower counts at once, with what was sent before; one that is higher is never exceeded either', () => {
    for (const seed of [1, 2, 3]) {
      const sent = changing(500, 80, 900, seed)
      const first = sent.find((at) => at >= 4010) as number
      // Silent until the second before the change holds less than the new contract.
      expect(first).toBeGreaterThan(4700)
      expect(busiest(sent, first, 8000)).toBeLessThanOrEqual(80)
      expect(busiest(sent, 8000, 12_000)).toBeLessThanOrEqual(900)
      // And both are used, but for the first second of the higher one.
      expect(sent.filter((at) => at >= 5500 && at < 7500).length).toBeGreaterThan(150)
      expect(sent.filter((at) => at >= 10_000 && at < 12_000).length).toBeGreaterThan(1770)
    }
  })

  it('that is higher gives nothing more for a second: another holder may have used it up', () => {
    const pacer = new Pacer(100, 0)
    const sent = run(pacer, { seconds: 3, lateMs: 0, seed: 1 })
    pacer.resize(1000, 3000)
    // What is due of the old contract may go on; the 900 that are new may not yet.
    let now = 3000
    let early = 0
    for (; now < 4000; now++) {
      while (pacer.waitMs(now) === 0) {
        pacer.take(now)
        early++
      }
    }
    expect(early).toBeLessThanOrEqual(100)
    expect(sent.length).toBeGreaterThan(150)
    for (; now < 5010; now++) {
      while (pacer.waitMs(now) === 0) {
        pacer.take(now)
        early++
      }
    }
    expect(early).toBeGreaterThan(900)
  })

  it('does not lift a back-off that was asked for', () => {
    const pacer = new Pacer(100, 0)
    pacer.throttled(5000)
    pacer.resize(400, 5001)
    expect(pacer.rate).toBe(70)
    pacer.recover(6001)
    expect(pacer.rate).toBe(110)
    pacer.resize(50, 6002)
    expect(pacer.rate).toBe(50)
  })
})
