import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CarrierStatus } from '../../src/dispatch/dispatcher.ts'
import { startSmsc } from '../../src/simulator/smsc.ts'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import { type Bench, dispatchBench, type Engine } from './harness.ts'
import { testProfile } from './profile.ts'
import { watchWire } from './wire.ts'

/** Two segments: a roll must not tear a text in two. */
const text = 'Leave the coast now. '.repeat(12)

let bench: Bench
let relay: Relay

async function begin(smsc: Parameters<typeof dispatchBench>[0] = {}): Promise<void> {
  bench = await dispatchBench({ latencyMs: { mean: 10 }, ...smsc })
  relay = await startRelay(bench.smsc.port)
}

afterEach(async () => {
  await bench.close()
  await relay.close()
})

const profile = (...changes: string[]) =>
  testProfile(relay.port, ['binds: 2', 'throughput: 300', 'window: 20', ...changes])
const statusOf = ({ dispatcher }: Engine) => dispatcher.status()[0] as CarrierStatus
const causes = (engine: Engine) => statusOf(engine).each.map(({ lastEnd }) => lastEnd?.cause)

/** Waits until the SMSC has taken some of what is being sent. */
const underWay = (n: number) =>
  expect.poll(() => bench.smsc.stats().accepted, { timeout: 20_000, interval: 5 }).toBeGreaterThan(n)
const up = (engine: Engine, binds: number) =>
  expect.poll(() => statusOf(engine).binds, { timeout: 10_000, interval: 10 }).toBe(binds)

/** Each part of each message came once. */
function eachOnce(messages: number): void {
  const parts = bench.smsc.recorded.map(({ destination, shortMessage }) => `${destination} ${shortMessage[6]}`)
  expect(parts).toHaveLength(messages * 2)
  expect(new Set(parts).size).toBe(messages * 2)
}

describe('reading the profiles again', () => {
  beforeEach(() => begin())

  it('changes the throughput in mid-broadcast, in no second above the contract, and touches no bind', async () => {
    const engine = await bench.dispatch(profile())
    await up(engine, 2)
    relay.watch()
    const wire = watchWire()
    try {
      const id = await bench.broadcast(400, { text })
      await underWay(150)
      await engine.dispatcher.reload([profile('throughput: 60')])
      const loweredAt = performance.now()
      await underWay(bench.smsc.stats().accepted + 90)
      await engine.dispatcher.reload([profile('throughput: 500')])
      const raisedAt = performance.now()
      await bench.until(id, { delivered: 400 })
      const busiest = (from: number, to: number) => {
        const times = wire.times.filter((at) => at > from && at <= to)
        return Math.max(...times.map((start, i) => times.slice(i).findIndex((at) => at >= start + 1000)), 0)
      }
      // A second that ends after the change, be its beginning before it: what is lower counts at once.
      const lastOf60 = wire.times.filter((at) => at <= raisedAt)
      expect(lastOf60.filter((at) => at > loweredAt).length).toBeGreaterThan(60)
      expect(busiest(loweredAt, raisedAt)).toBeLessThanOrEqual(60)
      expect(busiest(raisedAt, Number.POSITIVE_INFINITY)).toBeLessThanOrEqual(500)
      expect(busiest(raisedAt, Number.POSITIVE_INFINITY)).toBeGreaterThan(60)
    } finally {
      wire.stop()
    }
    expect(statusOf(engine)).toMatchObject({ throughput: 500, binds: 2, allowedRate: 500 })
    expect([relay.fewest, relay.most, relay.passwords.length]).toEqual([2, 2, 2])
    eachOnce(400)
  })

  it('to a throughput below what one PDU costs fails what has not gone out, and goes on with lighter texts', async () => {
    const heavy = profile('throughput: 12', 'counts: segments', 'text: { long: payload }')
    const engine = await bench.dispatch(heavy)
    await up(engine, 2)
    // Of five segments.
    const id = await bench.broadcast(60, { text: text.repeat(3) })
    await underWay(3)
    await engine.dispatcher.reload([{ ...heavy, throughput: 4 }])
    await expect.poll(() => bench.states(id), { timeout: 10_000 }).not.toHaveProperty('pending')
    const out = bench.smsc.stats().accepted
    expect(out).toBeLessThan(60)
    await bench.until(id, { delivered: out, failed: 60 - out })
    await bench.until(await bench.broadcast(2, { first: 1000 }), { delivered: 2 })
  })

  it('rolls the binds for a new password while sending: never fewer than wanted, nobody lost, nobody twice', async () => {
    const engine = await bench.dispatch(profile('binds: 3', 'password: first'))
    await up(engine, 3)
    const id = await bench.broadcast(400, { text })
    await underWay(100)
    relay.watch()
    await engine.dispatcher.reload([profile('binds: 3', 'password: second')])
    await bench.until(id, { delivered: 400 })
    await expect.poll(() => relay.passwords).toEqual(['first', 'first', 'first', 'second', 'second', 'second'])
    expect(relay.fewest).toBe(3)
    // One at a time.
    expect(relay.most).toBe(4)
    expect(relay.submits.get('second')).toBeGreaterThan(0)
    await up(engine, 3)
    expect(statusOf(engine)).toMatchObject({ bindsWanted: 3, rollHalted: null })
    eachOnce(400)
  })

  it('keeps the binds with the old password where the new one is refused, and takes the right one later', async () => {
    const engine = await bench.dispatch(profile('password: first'))
    await up(engine, 2)
    relay.accept('first', 'third')
    relay.watch()
    const id = await bench.broadcast(300, { text })
    await underWay(50)
    await engine.dispatcher.reload([profile('password: second')])
    await expect.poll(() => statusOf(engine).rollHalted).toContain('ESME_RINVPASWD')
    await underWay(bench.smsc.stats().accepted + 100)
    expect(statusOf(engine).binds).toBe(2)
    expect(relay.passwords).toEqual(['first', 'first', 'second'])
    await engine.dispatcher.reload([profile('password: third')])
    await bench.until(id, { delivered: 300 })
    await expect.poll(() => relay.passwords.slice(3)).toEqual(['third', 'third'])
    await up(engine, 2)
    expect(statusOf(engine).rollHalted).toBeNull()
    expect(relay.fewest).toBe(2)
    eachOnce(300)
  })

  it('starts again what had stopped for a wrong password, be the profile the same', async () => {
    relay.accept('right')
    const engine = await bench.dispatch(profile('password: wrong'))
    await expect.poll(() => causes(engine)).toEqual(['credentials', 'credentials'])
    const id = await bench.broadcast(20)
    // The carrier sets it right, not we.
    relay.accept('wrong')
    await engine.dispatcher.reload([profile('password: wrong')])
    await bench.until(id, { delivered: 20 })
    await up(engine, 2)
  })

  it('adds and ends binds one by one, and changes their kind, while sending', async () => {
    const engine = await bench.dispatch(profile('binds: 1'))
    await up(engine, 1)
    const id = await bench.broadcast(500, { text })
    await underWay(50)
    relay.watch()
    await engine.dispatcher.reload([profile('binds: 3')])
    await up(engine, 3)
    await engine.dispatcher.reload([profile('binds: 2', 'bind: transmitter+receiver')])
    await expect
      .poll(() =>
        statusOf(engine)
          .each.map(({ kind }) => kind)
          .sort(),
      )
      .toEqual(['receiver', 'receiver', 'transmitter', 'transmitter'])
    await up(engine, 4)
    await engine.dispatcher.reload([profile('binds: 1')])
    await expect.poll(() => statusOf(engine).each.map(({ kind }) => kind)).toEqual(['transceiver'])
    await bench.until(id, { delivered: 500 })
    await expect.poll(() => relay.open).toBe(1)
    expect(relay.fewest).toBe(1)
    eachOnce(500)
  })

  it('begins with an added carrier, and leaves what a removed one had to the next of its route', async () => {
    const other = await startSmsc({ systemId: 'bongsu', password: 'secret', receipts: { delayMs: 5 }, record: true })
    await registerCarriers(bench.db.pool, ['test-carrier', 'second'])
    const engine = await bench.dispatch(profile())
    await up(engine, 2)
    const id = await bench.broadcast(400, { route: ['test-carrier', 'second'] })
    await underWay(100)
    const second = testProfile(other.port, [], 'second')
    await engine.dispatcher.reload([profile(), second])
    await expect.poll(() => engine.dispatcher.status().map(({ binds }) => binds)).toEqual([2, 1])
    await engine.dispatcher.reload([second])
    await expect.poll(() => relay.open).toBe(0)
    await expect.poll(() => bench.states(id)).not.toHaveProperty('pending')
    const told = [...bench.smsc.recorded, ...other.recorded].map(({ destination }) => destination)
    expect(told).toHaveLength(400)
    expect(new Set(told).size).toBe(400)
    expect(other.recorded.length).toBeGreaterThan(100)
    // And back again: the receipts that its SMSC still has come now.
    await engine.dispatcher.reload([second, profile()])
    await expect.poll(() => relay.open).toBe(2)
    await bench.until(id, { delivered: 400 })
    await bench.until(await bench.broadcast(10, { first: 1000 }), { delivered: 10 })
    await other.close()
  })
})

describe('a carrier that counts binds strictly', () => {
  it('has the old bind unbound before the new one comes, one at a time', async () => {
    await begin({ maxBinds: 2 })
    const engine = await bench.dispatch(profile('password: first'))
    await up(engine, 2)
    relay.watch()
    const id = await bench.broadcast(300, { text })
    await underWay(50)
    await engine.dispatcher.reload([profile('password: second')])
    await bench.until(id, { delivered: 300 })
    await up(engine, 2)
    expect(relay.submits.get('second')).toBeGreaterThan(0)
    await expect.poll(() => relay.open).toBe(2)
    expect(relay.fewest).toBeGreaterThanOrEqual(1)
    eachOnce(300)
  })
})
