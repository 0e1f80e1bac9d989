import { afterEach, describe, expect, it } from 'vitest'
import { storeUpReceipts } from '../../bench/store-up.ts'
import { createLogger } from '../../src/lib/log.ts'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { type Bench, dispatchBench } from '../dispatch/harness.ts'
import { testProfile } from '../dispatch/profile.ts'
import { messagesOf, toldTwice, triedAgain } from './observe.ts'

let bench: Bench
afterEach(() => bench.close())

const accepted = () => bench.smsc.stats().accepted
const longText = 'Evacuate to higher ground at once and do not return to the coast. '.repeat(3)

/** The lowest rate that the account was allowed, watched until `done`. */
async function lowestRate(status: () => { allowedRate: number } | undefined, done: () => Promise<void>) {
  const rates: number[] = []
  const watch = setInterval(() => rates.push(status()?.allowedRate ?? Number.NaN), 10)
  await done()
  clearInterval(watch)
  return Math.min(...rates)
}

describe('field 1: a disconnect followed by a resend makes duplicates', () => {
  const cutOnce = ['throughput: 200', 'window: 10', 'timers: { response: 1s, reconnect: [50ms, 100ms] }']

  it('where the alert says resend, at most what was in flight is told twice, and nobody is lost', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 40 }, receipts: { delayMs: 100 } })
    const id = await bench.broadcast(150)
    await bench.dispatch(testProfile(bench.smsc.port, cutOnce))
    await expect.poll(accepted, { interval: 5 }).toBeGreaterThan(50)
    bench.smsc.dropConnections()
    await bench.until(id, { delivered: 150 })
    expect(toldTwice(bench)).toBeLessThanOrEqual(10)
  })

  it('where it says keep, nobody is told twice: the doubtful are uncertain until a receipt tells', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 40 }, receipts: { delayMs: 400 } })
    const id = await bench.broadcast(150, { resend: false })
    await bench.dispatch(testProfile(bench.smsc.port, cutOnce))
    await expect.poll(accepted, { interval: 5 }).toBeGreaterThan(50)
    bench.smsc.dropConnections()
    await expect.poll(() => bench.states(id), { interval: 10 }).toHaveProperty('uncertain')
    await expect.poll(() => bench.states(id)).not.toHaveProperty('pending')
    // What was still in the network when it was cut has no receipt.
    const lost = 150 - accepted()
    expect(lost).toBeLessThanOrEqual(10)
    await bench.until(id, { delivered: accepted(), ...(lost > 0 && { uncertain: lost }) })
    expect(toldTwice(bench)).toBe(0)
  })
})

describe('field 2: a flood of receipts starves the responses', () => {
  it('none is missed and no bind is given up while thousands of receipts come', async () => {
    bench = await dispatchBench({ receipts: { delayMs: 5, window: 2000 } })
    const profile = testProfile(bench.smsc.port, ['throughput: 400', 'window: 20', 'timers: { response: 1s }'])
    const no = (await registerCarriers(bench.db.pool, [profile.id])).get(profile.id)?.no as number
    const stored = await bench.broadcast(8000, { first: 100_000 })
    await storeUpReceipts(bench.db, profile, no, stored, createLogger('silent'))
    expect(bench.smsc.stats()).toMatchObject({ accepted: 8000, receiptsSent: 0, binds: 0 })
    const id = await bench.broadcast(400)
    const engine = await bench.dispatch(profile)
    await bench.until(stored, { delivered: 8000 })
    await bench.until(id, { delivered: 400 })
    expect(accepted(), 'no false unanswered').toBe(8400)
    expect(await triedAgain(bench, id)).toBe(0)
    expect(engine.dispatcher.status()[0]?.each[0]?.lastEnd).toBeNull()
    expect(bench.smsc.stats().receiptsSent).toBe(8400)
  })
})

describe('field 9: the SMSC throttles', () => {
  it('the account slows down and comes back; order and correlation of long texts stay', async () => {
    bench = await dispatchBench({ errors: { ESME_RTHROTTLED: 0.05 }, latencyMs: { mean: 5, jitter: 5 }, seed: 4 })
    const id = await bench.broadcast(40, { text: longText })
    const engine = await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 200', 'window: 20', 'binds: 2']))
    const status = () => engine.dispatcher.status()[0]
    const lowest = await lowestRate(status, () => bench.until(id, { delivered: 40 }))
    expect(bench.smsc.stats().rejected).toBeGreaterThan(0)
    expect(lowest).toBeLessThan(200)
    await expect.poll(() => status()?.allowedRate).toBe(200)
    // Each part was taken once: a refused one is sent again alone, and ids are kept with the part they belong to.
    const byNumber = new Map<string, { part: number; id: string }[]>()
    for (const { destination, shortMessage, messageId } of bench.smsc.recorded) {
      const parts = byNumber.get(destination) ?? []
      parts.push({ part: shortMessage[6] as number, id: messageId })
      byNumber.set(destination, parts)
    }
    for (const [msisdn, { smscIds }] of await messagesOf(bench, id)) {
      const parts = byNumber.get(msisdn)?.sort((a, b) => a.part - b.part) ?? []
      expect(parts.map(({ id }) => id)).toEqual(smscIds)
    }
    expect(accepted()).toBe(80)
  })
})

describe('field 10: a full queue may mean one destination', () => {
  it('only that destination waits: the others are sent once, at the full rate', async () => {
    bench = await dispatchBench({ fullQueues: { share: 0.03, forMs: 1200 }, seed: 2 })
    const id = await bench.broadcast(250)
    const engine = await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 200', 'window: 20']))
    const status = () => engine.dispatcher.status()[0]
    const lowest = await lowestRate(status, () => bench.until(id, { delivered: 250 }))
    const { rejected } = bench.smsc.stats()
    expect(rejected).toBeGreaterThan(1)
    expect(await triedAgain(bench, id)).toBe(rejected)
    expect(lowest).toBe(200)
  })
})
