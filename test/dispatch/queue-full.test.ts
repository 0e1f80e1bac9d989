import { afterEach, describe, expect, it } from 'vitest'
import { QueueFull } from '../../src/dispatch/queue-full.ts'
import { type Bench, dispatchBench } from './harness.ts'
import { testProfile } from './profile.ts'

describe('what a full queue says', () => {
  it('of one destination holds that one, and until its message is tried again', () => {
    const queues = new QueueFull()
    expect(queues.full('821', 2000, 100)).toBe(false)
    expect(queues.heldUntil('821', 100)).toBe(2100)
    expect(queues.heldUntil('822', 100)).toBeUndefined()
    expect(queues.heldUntil('821', 2100)).toBeUndefined()
  })

  it('holds a destination no longer than four seconds, however often it was full', () => {
    const queues = new QueueFull()
    queues.full('821', 60_000, 100)
    expect(queues.heldUntil('821', 4099)).toBe(4100)
    expect(queues.heldUntil('821', 4100)).toBeUndefined()
  })

  it('is over when the destination takes something', () => {
    const queues = new QueueFull()
    queues.full('821', 2000, 100)
    queues.taken('821')
    expect(queues.heldUntil('821', 101)).toBeUndefined()
  })

  it('means the account once it has spread: five destinations within a second, and more than a tenth of the answers', () => {
    const answer = (queues: QueueFull, n: number, now: number) => {
      for (let i = 0; i < n; i++) queues.answered(now)
    }
    const queues = new QueueFull()
    answer(queues, 40, 0)
    expect([1, 2, 3, 4].map((n) => queues.full(`82${n}`, 2000, n))).toEqual([false, false, false, false])
    // The same again is no other destination.
    expect(queues.full('821', 2000, 5)).toBe(false)
    expect(queues.full('825', 2000, 6)).toBe(true)
    // With a hundred answers five are few.
    const busy = new QueueFull()
    answer(busy, 100, 0)
    expect([1, 2, 3, 4, 5].map((n) => busy.full(`82${n}`, 2000, n)).includes(true)).toBe(false)
    // A second later these are forgotten.
    expect([6, 7, 8, 9].map((n) => busy.full(`82${n}`, 2000, 1100 + n)).includes(true)).toBe(false)
    expect(busy.full('8210', 2000, 1110)).toBe(true)
  })
})

describe('an account', () => {
  let bench: Bench
  afterEach(() => bench.close())

  it('with a few destinations that are full goes on with the others at its full rate', async () => {
    bench = await dispatchBench({ fullQueues: { share: 0.04, forMs: 1500 }, seed: 2 })
    const id = await bench.broadcast(1200)
    const engine = await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 400', 'window: 40']))
    const rates: number[] = []
    const delivered = async () => {
      rates.push(engine.dispatcher.status()[0]?.allowedRate ?? 0)
      return (await bench.states(id)).delivered ?? 0
    }
    await expect.poll(delivered, { timeout: 20_000, interval: 50 }).toBe(1200)
    expect(bench.smsc.stats().rejected).toBeGreaterThan(20)
    expect(Math.min(...rates)).toBe(400)
  })

  it('slows down when full queues spread, and loses nobody', async () => {
    bench = await dispatchBench({ fullQueues: { share: 1, forMs: 1500 } })
    const id = await bench.broadcast(30)
    const engine = await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 100', 'window: 20']))
    await expect.poll(() => engine.dispatcher.status()[0]?.allowedRate, { timeout: 10_000 }).toBeLessThan(100)
    await bench.until(id, { delivered: 30 })
  })

  it('with long texts of which a part is refused goes on with the others', async () => {
    bench = await dispatchBench({ fullQueues: { share: 0.1, forMs: 4000 }, seed: 3 })
    const id = await bench.broadcast(100, { text: 'Evacuate to higher ground at once. '.repeat(6) })
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 400', 'window: 5']))
    await bench.until(id, { delivered: 100 })
    // Each part once, and those that were refused came after all others.
    const order = bench.smsc.recorded.map(({ destination }) => destination)
    expect(order).toHaveLength(200)
    const { rejected } = bench.smsc.stats()
    expect(rejected).toBeGreaterThan(4)
    const sentTwice = (destination: string) => order.filter((other) => other === destination).length === 2
    expect(order.every(sentTwice)).toBe(true)
    const early = order.slice(0, 150)
    expect(new Set(early).size).toBe(75)
  })

  it('sends nothing else to a destination that is full, and meanwhile everything to others', async () => {
    bench = await dispatchBench({ fullQueues: { share: 1, forMs: 1500 } })
    const rejected = () => bench.smsc.stats().rejected
    const first = await bench.broadcast(1)
    await bench.dispatch(testProfile(bench.smsc.port))
    await expect.poll(rejected, { timeout: 10_000, interval: 5 }).toBe(1)
    // More urgent, to the same number, and in one chunk with others that are refused once each.
    const second = await bench.broadcast(3, { lane: 0 })
    await expect.poll(rejected, { timeout: 10_000, interval: 5 }).toBe(3)
    await bench.until(first, { delivered: 1 })
    await bench.until(second, { delivered: 3 })
    expect(rejected()).toBe(3)
  })
})

describe('an SMSC that tells how congested it is', () => {
  let bench: Bench
  afterEach(() => bench.close())

  it('is sent less before it has to refuse', async () => {
    bench = await dispatchBench({ tps: 105, congestion: true })
    const id = await bench.broadcast(400)
    const engine = await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 100', 'window: 50']))
    await expect.poll(() => engine.dispatcher.status()[0]?.allowedRate, { timeout: 10_000 }).toBeLessThan(100)
    await bench.until(id, { delivered: 400 })
    expect(bench.smsc.stats().throttled).toBe(0)
  })
})
