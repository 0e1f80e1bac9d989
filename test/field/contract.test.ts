import { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { metrics } from '../../src/lib/metrics.ts'
import { type Bench, dispatchBench } from '../dispatch/harness.ts'
import { testProfile } from '../dispatch/profile.ts'
import { watchWire } from '../dispatch/wire.ts'
import { watchLateness, watchTexts } from './observe.ts'

let bench: Bench
afterEach(() => bench.close())

describe('field 11: throughput is counted in segments', () => {
  it('long texts at a contract of 100: never above it at our writes, nor at the SMSC', async () => {
    bench = await dispatchBench()
    const lateness = watchLateness()
    const wire = watchWire()
    // Korean: 67 characters a segment, three segments.
    const id = await bench.broadcast(70, { text: '해안에서 즉시 대피하십시오. '.repeat(10) })
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 100', 'window: 50']))
    await bench.until(id, { delivered: 70 })
    wire.stop()
    expect(bench.smsc.stats().accepted).toBe(210)
    expect(await bench.segments(id)).toBe(210)
    expect(wire.busiest).toBeLessThanOrEqual(100)
    expect(bench.smsc.stats().maxInOneSecond).toBeLessThanOrEqual(100 + lateness.allowance(100))
  })
})

describe('field 12: one-second buckets allow a double burst at the boundary', () => {
  it('no sliding second holds more than the contract, over two binds, also when work comes after a rest', async () => {
    bench = await dispatchBench()
    const lateness = watchLateness()
    const wire = watchWire()
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 120', 'window: 120', 'binds: 2']))
    const broadcasts: number[] = []
    for (const [at, n] of [110, 60, 150].entries()) {
      broadcasts.push(await bench.broadcast(n, { first: at * 1000 + 1 }))
      await pause(900)
    }
    for (const [at, n] of [110, 60, 150].entries()) await bench.until(broadcasts[at] as number, { delivered: n })
    wire.stop()
    expect(wire.times).toHaveLength(320)
    expect(wire.busiest).toBeLessThanOrEqual(120)
    expect(bench.smsc.stats().maxInOneSecond).toBeLessThanOrEqual(120 + lateness.allowance(120))
  })
})

describe('field 13: throughput is binds x window / round trip', () => {
  it('when the window binds it is said: in the state of the carrier, by a gauge, and in a line with the numbers', async () => {
    const lines: Record<string, unknown>[] = []
    const stream = new Writable({
      write(line, _, done) {
        lines.push(JSON.parse(String(line)))
        done()
      },
    })
    bench = await dispatchBench({ latencyMs: { mean: 200 } }, pino({ level: 'warn' }, stream))
    const id = await bench.broadcast(150)
    const engine = await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 500', 'window: 5', 'binds: 2']))
    await expect.poll(() => engine.dispatcher.status()[0]?.windowBound).toBe(true)
    const gauge = async () => (await metrics.windowBound.get()).values.find((v) => v.labels.carrier === 'test-carrier')
    expect((await gauge())?.value).toBe(1)
    await bench.until(id, { delivered: 150 })
    const said = lines.filter(({ msg }) => String(msg).includes('the window, not the contract'))
    expect(said).toHaveLength(1)
    expect(said[0]).toMatchObject({ carrier: 'test-carrier', binds: 2, window: 5, throughput: 500 })
    const { roundTripMs, possible } = said[0] as { roundTripMs: number; possible: number }
    expect(roundTripMs).toBeGreaterThanOrEqual(199)
    // It is computed from the round trip before that is rounded.
    expect(Math.abs(possible - (2 * 5 * 1000) / roundTripMs)).toBeLessThan(1)
    await expect.poll(async () => (await gauge())?.value).toBe(0)
  })
})

describe("field 14: Nagle's algorithm costs a third", () => {
  it('it is off on the way to the SMSC, and what goes out at once is one write', async () => {
    bench = await dispatchBench()
    const original = Socket.prototype.setNoDelay
    const ports: (number | undefined)[] = []
    Socket.prototype.setNoDelay = function (this: Socket, on?: boolean) {
      if (on) ports.push(this.remotePort)
      return original.call(this, on)
    }
    const wire = watchTexts()
    const id = await bench.broadcast(1000)
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 5000', 'window: 500']))
    await bench.until(id, { delivered: 1000 })
    wire.stop()
    Socket.prototype.setNoDelay = original
    expect(ports).toContain(bench.smsc.port)
    expect(wire.texts).toHaveLength(1000)
    expect(wire.writes).toBeLessThan(500)
  })
})
