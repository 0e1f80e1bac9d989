import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bench, dispatchBench, testProfile } from './harness.ts'

describe('dispatch', () => {
  let bench: Bench
  beforeEach(async () => {
    bench = await dispatchBench()
  })
  afterEach(() => bench.close())

  it('sends every message once and follows it to its receipt', async () => {
    const id = await bench.broadcast(3000)
    const engine = await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 5000', 'window: 200', 'binds: 2']))
    await expect.poll(() => bench.states(id), { timeout: 30_000 }).toEqual({ delivered: 3000 })
    expect(bench.smsc.stats().accepted).toBe(3000)
    await engine.stop()
  })
})
