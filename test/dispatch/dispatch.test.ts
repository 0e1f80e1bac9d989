import { afterEach, describe, expect, it } from 'vitest'
import { type Bench, dispatchBench } from './harness.ts'
import { testProfile } from './profile.ts'
import { watchWire } from './wire.ts'

let bench: Bench
afterEach(() => bench.close())

/** More than 153 characters of GSM: two segments. */
const longText = 'Evacuate to higher ground at once and do not return to the coast. '.repeat(3)

describe('dispatch', () => {
  it('sends every message once and follows it to its receipt', async () => {
    bench = await dispatchBench({ receipts: { duplicates: 0.1, early: 0.1 } })
    const id = await bench.broadcast(3000)
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 5000', 'window: 200', 'binds: 2']))
    await bench.until(id, { delivered: 3000 })
    expect(bench.smsc.stats().accepted).toBe(3000)
    expect(await bench.segments(id)).toBe(3000)
  })

  it('sends all parts of a long text over one bind, in order', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 3, jitter: 3 } })
    const id = await bench.broadcast(300, { text: longText })
    await bench.dispatch(testProfile(bench.smsc.port, ['window: 7', 'binds: 3']))
    await bench.until(id, { delivered: 300 })
    const parts = new Map<string, number[]>()
    for (const { destination, shortMessage } of bench.smsc.recorded)
      parts.set(destination, [...(parts.get(destination) ?? []), shortMessage[6] as number])
    expect([...parts.values()].every((seen) => seen.join() === '1,2')).toBe(true)
    // Of one bind the sequence numbers of a message's parts rise; over several they would not for some.
    const sequences = new Map<string, number[]>()
    for (const { destination, sequence } of bench.smsc.recorded)
      sequences.set(destination, [...(sequences.get(destination) ?? []), sequence])
    expect([...sequences.values()].every(([a, b]) => (b as number) === (a as number) + 1)).toBe(true)
    expect(await bench.segments(id)).toBe(600)
  })

  it('throughput counts the segments of a long text', async () => {
    bench = await dispatchBench()
    const id = await bench.broadcast(150, { text: longText })
    const wire = watchWire()
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 200', 'window: 100']))
    await bench.until(id, { delivered: 150 })
    wire.stop()
    expect(wire.times).toHaveLength(300)
    expect(wire.busiest).toBeLessThanOrEqual(200)
  })

  it('keeps a contract of 200 a second over two binds, and uses it', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 10, jitter: 5 } })
    const id = await bench.broadcast(700)
    const wire = watchWire()
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 200', 'window: 50', 'binds: 2']))
    await bench.until(id, { delivered: 700 })
    wire.stop()
    expect(wire.busiest).toBeLessThanOrEqual(200)
    const seconds = ((wire.times.at(-1) as number) - (wire.times[0] as number)) / 1000
    expect(699 / seconds / 200, 'share of the contract').toBeGreaterThan(0.98)
  })

  it('follows messages that the SMSC gives no id by the numbers of their receipts, and counts their segments once', async () => {
    bench = await dispatchBench({ noId: 1, receipts: { intermediate: 0.5 } })
    const short = await bench.broadcast(20)
    const long = await bench.broadcast(5, { text: longText, first: 1000 })
    const quick = 'timers: { enquireLink: 30s, response: 1s, reconnect: [50ms, 200ms] }'
    await bench.dispatch(testProfile(bench.smsc.port, [quick]))
    await bench.until(short, { delivered: 20 })
    await bench.until(long, { delivered: 5 })
    expect([await bench.segments(short), await bench.segments(long)]).toEqual([20, 10])
    const { rowCount } = await bench.db.pool.query('SELECT FROM unanswered')
    expect(rowCount).toBe(0)
  })

  it('slows down when it is throttled, and loses nobody', async () => {
    bench = await dispatchBench({ tps: 150 })
    const id = await bench.broadcast(500)
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 300', 'window: 50']))
    await bench.until(id, { delivered: 500 }, 40_000)
    const { accepted, throttled } = bench.smsc.stats()
    expect(accepted).toBe(500)
    // Unslowed, half of what is sent would be refused again and again.
    expect(throttled).toBeGreaterThan(0)
    expect(throttled).toBeLessThan(250)
  })

  it('refuses for good what the carrier will never take, and tries the rest again', async () => {
    bench = await dispatchBench({ errors: { ESME_RINVDSTADR: 0.1, ESME_RSYSERR: 0.05, '0x401': 0.05 }, seed: 3 })
    const id = await bench.broadcast(200)
    await bench.dispatch(testProfile(bench.smsc.port))
    await expect.poll(() => bench.states(id), { timeout: 40_000 }).not.toHaveProperty('pending')
    await expect.poll(() => bench.states(id), { timeout: 40_000 }).not.toHaveProperty('submitted')
    const { failed = 0, delivered = 0 } = await bench.states(id)
    expect(failed + delivered).toBe(200)
    expect(failed).toBeGreaterThan(10)
    const { rows } = await bench.db.pool.query(
      `SELECT DISTINCT error, attempt FROM message WHERE broadcast_id = $1 AND state = 'failed' AND attempt = 1 ORDER BY 1`,
      [id],
    )
    expect(rows.map((row) => row.error)).toEqual([0x0b, 0x401])
    const again = await bench.db.pool.query(
      `SELECT count(*)::int n FROM message WHERE broadcast_id = $1 AND state = 'delivered' AND attempt > 1`,
      [id],
    )
    expect(again.rows[0].n).toBeGreaterThan(0)
  })

  it('sends the refused part of a long text again, alone', async () => {
    bench = await dispatchBench({ errors: { ESME_RMSGQFUL: 0.04 }, seed: 5 })
    const id = await bench.broadcast(60, { text: longText })
    await bench.dispatch(testProfile(bench.smsc.port))
    await bench.until(id, { delivered: 60 }, 40_000)
    const { accepted, rejected } = bench.smsc.stats()
    expect(rejected).toBeGreaterThan(2)
    expect(accepted).toBe(120)
    expect(await bench.segments(id)).toBe(120)
  })
})
