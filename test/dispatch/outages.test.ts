import { afterEach, describe, expect, it } from 'vitest'
import { startSmsc } from '../../src/simulator/smsc.ts'
import { type Bench, dispatchBench } from './harness.ts'
import { testProfile } from './profile.ts'

let bench: Bench
afterEach(() => bench.close())

const accepted = () => bench.smsc.stats().accepted

describe('fail-over', () => {
  it('hands what a carrier that stays down has not sent to the next of the route, what it has in hand too', async () => {
    bench = await dispatchBench()
    const second = await startSmsc({ systemId: 'bongsu', password: 'secret', receipts: { delayMs: 5 } })
    const id = await bench.broadcast(500, { route: ['first', 'second'] })
    const own = await bench.broadcast(50, { route: ['first'], first: 1000 })
    const slow = ['throughput: 200', 'downAfter: 1s']
    const engine = await bench.dispatch(
      testProfile(bench.smsc.port, slow, 'first'),
      testProfile(second.port, [], 'second'),
    )
    await expect.poll(accepted, { timeout: 10_000, interval: 5 }).toBeGreaterThan(100)
    await bench.smsc.pause()
    bench.smsc.dropConnections()
    const sent = accepted()
    await expect.poll(() => second.stats().accepted, { timeout: 15_000 }).toBeGreaterThanOrEqual(500 - sent)
    // By the tallies of each carrier, too, nothing is left waiting: what was handed over moved from one to the other.
    const waiting = async () =>
      (
        await bench.db.pool.query<{ n: number }>(
          `SELECT (coalesce(sum(n) FILTER (WHERE state = 'pending'), 0) - coalesce(sum(n) FILTER (WHERE was = 'pending'), 0))::int n
             FROM tally WHERE broadcast_id = $1 GROUP BY carrier_no`,
          [id],
        )
      ).rows.map(({ n }) => n)
    await expect.poll(waiting, { timeout: 10_000 }).toEqual([0, 0])
    expect(engine.dispatcher.status().map(({ binds }) => binds)).toEqual([0, 1])
    expect(await bench.states(own)).toEqual({ pending: 50 })
    await bench.smsc.resume()
    await bench.until(own, { delivered: 50 })
    await bench.until(id, { delivered: 500 })
    await second.close()
  })

  it('comes back to the first carrier when the one that took over goes down too', async () => {
    bench = await dispatchBench()
    const second = await startSmsc({ systemId: 'bongsu', password: 'secret', receipts: { delayMs: 5 } })
    await bench.smsc.pause()
    const id = await bench.broadcast(400, { route: ['first', 'second'] })
    await bench.dispatch(
      testProfile(bench.smsc.port, ['downAfter: 1s'], 'first'),
      testProfile(second.port, ['throughput: 100', 'downAfter: 1s'], 'second'),
    )
    await expect.poll(() => second.stats().accepted, { timeout: 10_000, interval: 5 }).toBeGreaterThan(50)
    await bench.smsc.resume()
    await second.close()
    await expect.poll(accepted, { timeout: 10_000 }).toBeGreaterThan(200)
    await expect.poll(() => bench.states(id), { timeout: 10_000 }).not.toHaveProperty('pending')
  })

  it('takes what waits for a carrier that is in no profile any more, what it had in hand too', async () => {
    bench = await dispatchBench()
    const id = await bench.broadcast(200, { route: ['gone', 'test-carrier'] })
    await bench.db.pool.query(`UPDATE chunk SET state = 'sending', epoch = 1, marked_upto = 10`)
    const alone = await bench.broadcast(20, { route: ['gone'], first: 1000 })
    await bench.dispatch(testProfile(bench.smsc.port))
    await bench.until(id, { delivered: 200 })
    expect(await bench.states(alone)).toEqual({ pending: 20 })
  })

  it('takes what a carrier refuses again and again for now', async () => {
    bench = await dispatchBench({ errors: { ESME_RMSGQFUL: 1 } })
    const second = await startSmsc({ systemId: 'bongsu', password: 'secret', receipts: { delayMs: 5 } })
    const id = await bench.broadcast(30, { route: ['first', 'second'] })
    // As after five refusals.
    await bench.db.pool.query('UPDATE chunk SET refused = 5')
    await bench.dispatch(testProfile(bench.smsc.port, [], 'first'), testProfile(second.port, [], 'second'))
    await bench.until(id, { delivered: 30 })
    expect(accepted()).toBe(0)
    await second.close()
  })
})

describe('an SMSC that is slow', () => {
  it('three times the response timer: only the first window is told again, and the window is never exceeded', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 1500 }, receipts: { delayMs: 2000 } })
    const id = await bench.broadcast(30)
    await bench.dispatch(
      testProfile(bench.smsc.port, ['window: 10', 'timers: { response: 500ms, reconnect: [50ms, 100ms] }']),
    )
    // The first bind is given up; from the second on, count as the peer does what it has taken and not answered yet.
    await expect.poll(() => bench.smsc.recorded.length, { timeout: 10_000, interval: 5 }).toBeGreaterThan(10)
    const arrivals: number[] = []
    const watch = setInterval(() => {
      while (arrivals.length < bench.smsc.recorded.length - 10) arrivals.push(performance.now())
    }, 5)
    await bench.until(id, { delivered: 30 })
    clearInterval(watch)
    expect(arrivals.length).toBeLessThanOrEqual(30)
    const gaps = arrivals.slice(10).map((at, i) => at - (arrivals[i] as number))
    expect(Math.min(...gaps)).toBeGreaterThan(1300)
  })
})

describe('a bind that is cut', () => {
  it('with answers pending: nobody is lost, and receipts find the submissions that were never answered', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 40, jitter: 20 }, receipts: { delayMs: 100, jitterMs: 50 } })
    const id = await bench.broadcast(800)
    await bench.dispatch(
      testProfile(bench.smsc.port, [
        'throughput: 500',
        'window: 20',
        'binds: 2',
        'timers: { response: 1s, reconnect: [50ms, 200ms] }',
      ]),
    )
    for (const sent of [100, 300, 500]) {
      await expect.poll(accepted, { timeout: 10_000, interval: 5 }).toBeGreaterThan(sent)
      bench.smsc.dropConnections()
    }
    await bench.until(id, { delivered: 800 })
    const { accepted: taken } = bench.smsc.stats()
    expect(taken).toBeGreaterThan(800)
    expect(taken).toBeLessThanOrEqual(800 + 3 * 40)
    await expect.poll(() => bench.segments(id), { timeout: 10_000 }).toBe(taken)
    await bench.until(id, { delivered: 800 })
  })

  it('leaves the unanswered uncertain where the alert says keep, and their receipts still count', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 30 }, receipts: { delayMs: 150 } })
    const id = await bench.broadcast(200, { resend: false })
    await bench.dispatch(
      testProfile(bench.smsc.port, [
        'throughput: 300',
        'window: 20',
        'timers: { response: 1s, reconnect: [50ms, 200ms] }',
      ]),
    )
    await expect.poll(accepted, { timeout: 10_000, interval: 5 }).toBeGreaterThan(60)
    bench.smsc.dropConnections()
    await expect.poll(() => bench.states(id), { timeout: 5000, interval: 10 }).toHaveProperty('uncertain')
    await expect.poll(() => bench.states(id), { timeout: 10_000 }).not.toHaveProperty('pending')
    // What was cut off on its way is never answered for.
    const taken = accepted()
    await bench.until(id, { delivered: taken, ...(taken < 200 && { uncertain: 200 - taken }) })
  })
})
