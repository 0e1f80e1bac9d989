import { afterEach, describe, expect, it } from 'vitest'
import { startSmsc } from '../../src/simulator/smsc.ts'
import { setPaused } from '../../src/store/chunks/carriers.ts'
import { type Bench, dispatchBench } from './harness.ts'
import { testProfile } from './profile.ts'
import { watchWire } from './wire.ts'

let bench: Bench
afterEach(() => bench.close())

const accepted = () => bench.smsc.stats().accepted

async function terminate(application: string): Promise<void> {
  await bench.db.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()`,
    [application],
  )
}

describe('two dispatchers on one account', () => {
  it('only one of them binds and sends; the other takes over when it goes', async () => {
    bench = await dispatchBench()
    const wire = watchWire()
    const id = await bench.broadcast(600)
    const profile = testProfile(bench.smsc.port, ['throughput: 200', 'window: 20', 'binds: 2'])
    const first = await bench.dispatch(profile)
    const second = await bench.dispatch(profile)
    await expect.poll(accepted, { timeout: 10_000, interval: 10 }).toBeGreaterThan(100)
    expect(bench.smsc.stats().binds).toBe(2)
    expect([first, second].map(({ dispatcher }) => dispatcher.status()[0]?.held)).toEqual([true, false])
    await first.stop()
    await bench.until(id, { delivered: 600 })
    expect(second.dispatcher.status()[0]?.held).toBe(true)
    wire.stop()
    expect(accepted()).toBe(600)
    expect(wire.busiest).toBeLessThanOrEqual(200)
  })

  it('hand the account over when the lease of one breaks: nobody is lost or told twice, the contract is kept', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 5 } })
    const wire = watchWire()
    const id = await bench.broadcast(600)
    const profile = testProfile(bench.smsc.port, ['throughput: 300', 'window: 20'])
    await bench.dispatch(profile)
    await bench.dispatch(profile)
    for (const sent of [100, 300]) {
      await expect.poll(accepted, { timeout: 10_000, interval: 10 }).toBeGreaterThan(sent)
      await terminate('bongsu-lease')
    }
    await bench.until(id, { delivered: 600 })
    wire.stop()
    // Who is not the holder leaves the bind to him.
    await expect.poll(() => bench.smsc.stats().binds, { timeout: 5000 }).toBe(1)
    expect(accepted()).toBe(600)
    expect(wire.busiest).toBeLessThanOrEqual(300)
  })
})

describe('a holder of an account', () => {
  it('stays silent for the first second: the one before may have used it', async () => {
    bench = await dispatchBench()
    const id = await bench.broadcast(10)
    const started = Date.now()
    await bench.dispatch(testProfile(bench.smsc.port))
    await bench.until(id, { delivered: 10 })
    const { rows } = await bench.db.pool.query<{ at: Date }>(
      'SELECT submitted_at AS at FROM message WHERE broadcast_id = $1',
      [id],
    )
    expect(Math.min(...rows.map(({ at }) => at.getTime())) - started).toBeGreaterThanOrEqual(1000)
  })

  it('sends nothing for a carrier that was paused before it started, and goes on when told', async () => {
    bench = await dispatchBench()
    const id = await bench.broadcast(20)
    await setPaused(bench.db.pool, 'test-carrier', true)
    const engine = await bench.dispatch(testProfile(bench.smsc.port))
    await expect.poll(() => engine.dispatcher.status()[0]?.binds, { timeout: 5000 }).toBe(1)
    const other = await startSmsc({ systemId: 'bongsu', password: 'secret' })
    // Another account's work done meanwhile tells that there was time enough.
    const control = await bench.broadcast(20, { route: ['control'], first: 1000 })
    await bench.dispatch(testProfile(other.port, [], 'control'))
    await expect.poll(() => other.stats().accepted, { timeout: 10_000 }).toBe(20)
    await bench.until(control, { delivered: 20 })
    expect(accepted()).toBe(0)
    await setPaused(bench.db.pool, 'test-carrier', false)
    await bench.until(id, { delivered: 20 })
    await other.close()
  })

  it('finds a chunk again that it claimed and could not load', async () => {
    bench = await dispatchBench()
    const id = await bench.broadcast(20)
    await bench.db.pool.query('ALTER TABLE broadcast_text RENAME TO out_of_reach')
    await bench.dispatch(testProfile(bench.smsc.port))
    const sending = `SELECT count(*)::int n FROM chunk WHERE state = 'sending'`
    await expect.poll(async () => (await bench.db.pool.query(sending)).rows[0].n, { timeout: 5000 }).toBe(1)
    await bench.db.pool.query('ALTER TABLE out_of_reach RENAME TO broadcast_text')
    await bench.until(id, { delivered: 20 })
    expect(accepted()).toBe(20)
  })

  it('loses and repeats nothing when every database connection breaks again and again', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 5, jitter: 5 }, receipts: { delayMs: 20, jitterMs: 20 } })
    const id = await bench.broadcast(800)
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 500', 'window: 50']))
    for (const sent of [100, 300, 500]) {
      await expect.poll(accepted, { timeout: 20_000, interval: 5 }).toBeGreaterThan(sent)
      await bench.db.pool
        .query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()')
        .catch(() => undefined)
    }
    await bench.until(id, { delivered: 800 })
    expect(accepted()).toBe(800)
    expect(await bench.segments(id)).toBe(800)
  })
})
