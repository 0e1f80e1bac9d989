import { afterEach, describe, expect, it } from 'vitest'
import { channels } from '../../src/alerts/channels.ts'
import { digestOf } from '../../src/alerts/digest.ts'
import { type AlertRules, rulesFor } from '../../src/alerts/rules.ts'
import { startSmsc } from '../../src/simulator/smsc.ts'
import { setPaused } from '../../src/store/chunks/carriers.ts'
import { sample } from '../alerts/sample.ts'
import { type Bench, dispatchBench } from './harness.ts'
import { testProfile } from './profile.ts'
import { watchWire } from './wire.ts'

let bench: Bench
afterEach(() => bench.close())

const slow = ['throughput: 100', 'window: 20']
const sum = (states: Record<string, number>) => Object.values(states).reduce((a, b) => a + b, 0)
const accepted = () => bench.smsc.stats().accepted

/** A live alert as it was approved. */
async function approvedAlert(): Promise<{ id: string; digest: string; rules: AlertRules }> {
  const alert = sample()
  const rules = rulesFor(alert)
  const digest = digestOf({ document: alert, rules }, channels)
  const { rows } = await bench.db.pool.query<{ id: string }>(
    `INSERT INTO alert (chain_id, identifier, sender, sent, msg_type, status, severity, all_clear, expires, document, rules,
                        notes, lifecycle, phase, digest, approved_digest)
     VALUES (gen_random_uuid(), $1, $2, now(), 'Alert', 'Actual', 'Extreme', false, now() + interval '1 day', $3, $4,
             '[]', '{}', 'live', $5, $5) RETURNING id`,
    [alert.identifier, alert.sender, JSON.stringify(alert), JSON.stringify(rules), digest],
  )
  return { id: rows[0]?.id as string, digest, rules }
}

describe('a cancelled broadcast', () => {
  it('stops within a second; what was queued is cancelled, what was sent is followed', async () => {
    bench = await dispatchBench()
    const id = await bench.broadcast(3000)
    await bench.dispatch(testProfile(bench.smsc.port, slow))
    await expect.poll(accepted, { timeout: 10_000, interval: 10 }).toBeGreaterThan(40)
    const before = accepted()
    await bench.cancel(id)
    await expect.poll(() => bench.states(id), { timeout: 10_000 }).not.toHaveProperty('pending')
    const after = accepted()
    // A second of the contract at the most was on its way.
    expect(after - before).toBeLessThanOrEqual(100)
    await bench.until(id, { delivered: after, cancelled: 3000 - after })
    expect(accepted()).toBe(after)
  })

  it('half-way leaves nothing on the wire a second later', async () => {
    bench = await dispatchBench()
    const wire = watchWire()
    const id = await bench.broadcast(1000)
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 300', 'window: 50']))
    await expect.poll(accepted, { timeout: 10_000, interval: 10 }).toBeGreaterThan(500)
    await bench.cancel(id)
    const cancelledAt = performance.now()
    await expect.poll(() => bench.states(id), { timeout: 10_000 }).not.toHaveProperty('pending')
    // Another broadcast tells that time enough has passed for more to come.
    const next = await bench.broadcast(600, { first: 5000 })
    await bench.until(next, { delivered: 600 })
    wire.stop()
    // A mark that was made before the cancellation is good for a second; the rest is for a busy machine.
    const late = wire.times.filter((at) => at > cancelledAt + 1500).length
    expect(late).toBeLessThanOrEqual(600)
    expect(wire.times.length).toBe(accepted())
    expect(bench.smsc.recorded.slice(-500).every((s) => s.destination > '821000004999')).toBe(true)
  })

  it('has nothing leave when its paused carrier goes on', async () => {
    bench = await dispatchBench()
    const id = await bench.broadcast(300)
    await bench.dispatch(testProfile(bench.smsc.port, slow))
    await expect.poll(accepted, { timeout: 10_000, interval: 10 }).toBeGreaterThan(20)
    await setPaused(bench.db.pool, 'test-carrier', true)
    await expect.poll(() => bench.states(id), { timeout: 10_000 }).not.toHaveProperty('submitted')
    await expect.poll(sending, { timeout: 5000 }).toBe(0)
    const before = accepted()
    await bench.cancel(id)
    await bench.until(id, { delivered: before, cancelled: 300 - before })
    await setPaused(bench.db.pool, 'test-carrier', false)
    const next = await bench.broadcast(5, { first: 1000 })
    await bench.until(next, { delivered: 5 })
    expect(accepted()).toBe(before + 5)
  })

  it('has nothing leave from behind a more urgent one, though it was marked', async () => {
    bench = await dispatchBench()
    const lesser = await bench.broadcast(100, { lane: 3 })
    await bench.dispatch(testProfile(bench.smsc.port, slow))
    await expect.poll(accepted, { timeout: 10_000, interval: 10 }).toBeGreaterThan(10)
    const urgent = await bench.broadcast(200, { lane: 0, first: 1000 })
    await expect
      .poll(() => bench.smsc.recorded.filter((s) => s.destination > '821000000999').length, { timeout: 5000 })
      .toBeGreaterThan(0)
    const before = accepted()
    await bench.cancel(lesser)
    await bench.until(urgent, { delivered: 200 })
    await expect.poll(() => bench.states(lesser), { timeout: 5000 }).not.toHaveProperty('pending')
    expect(accepted() - before).toBeLessThanOrEqual(200)
    expect(sum(await bench.states(lesser))).toBe(100)
  })

  it('keeps those as uncertain who may have it from an attempt without an answer', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 60_000 }, receipts: { never: 1 } })
    const id = await bench.broadcast(10)
    await bench.dispatch(testProfile(bench.smsc.port, ['window: 10']))
    await expect.poll(accepted, { timeout: 10_000, interval: 10 }).toBe(10)
    await setPaused(bench.db.pool, 'test-carrier', true)
    await bench.cancel(id)
    await bench.until(id, { uncertain: 10 })
  })
})

/** Chunks in the hands of an account. */
async function sending(): Promise<number> {
  const { rows } = await bench.db.pool.query(`SELECT count(*)::int n FROM chunk WHERE state = 'sending'`)
  return rows[0].n
}

describe('a broadcast that may not go out', () => {
  it('expires: nothing of it is sent any more, and what was queued is expired', async () => {
    bench = await dispatchBench()
    const expires = new Date(Date.now() + 2500)
    const id = await bench.broadcast(1000, { expires })
    await bench.dispatch(testProfile(bench.smsc.port, slow))
    await expect.poll(() => bench.states(id), { timeout: 10_000 }).toHaveProperty('expired')
    await expect.poll(() => bench.states(id), { timeout: 10_000 }).not.toHaveProperty('submitted')
    const { delivered = 0, expired = 0 } = await bench.states(id)
    expect(delivered).toBe(accepted())
    expect(delivered + expired).toBe(1000)
    const { rows } = await bench.db.pool.query<{ late: boolean }>(
      'SELECT max(submitted_at) > $2 AS late FROM message WHERE broadcast_id = $1',
      [id, expires],
    )
    expect(rows[0]?.late).toBe(false)
  })

  it('is not what was approved: it is barred where it would leave', async () => {
    bench = await dispatchBench()
    const alert = await approvedAlert()
    const id = await bench.broadcast(2000, { alert })
    await bench.dispatch(testProfile(bench.smsc.port, slow))
    await expect.poll(accepted, { timeout: 10_000, interval: 10 }).toBeGreaterThan(20)
    await bench.db.pool.query(`UPDATE alert SET digest = 'edited' WHERE id = $1`, [alert.id])
    await expect.poll(() => bench.states(id), { timeout: 10_000 }).not.toHaveProperty('pending')
    const sent = accepted()
    expect(sent).toBeLessThan(200)
    await bench.until(id, { delivered: sent, cancelled: 2000 - sent })
  })

  it('has a document that does not match its digest: nothing of it leaves', async () => {
    bench = await dispatchBench()
    const alert = await approvedAlert()
    const forged = sample({}, { instruction: 'Stay at home' })
    await bench.db.pool.query('UPDATE alert SET document = $2 WHERE id = $1', [alert.id, JSON.stringify(forged)])
    const id = await bench.broadcast(10, { alert })
    const good = await bench.broadcast(10, { first: 1000 })
    await bench.dispatch(testProfile(bench.smsc.port))
    await bench.until(good, { delivered: 10 })
    await bench.until(id, { cancelled: 10 })
    expect(accepted()).toBe(10)
  })

  it('is an exercise at a live carrier, or not one at a carrier for exercises', async () => {
    bench = await dispatchBench()
    const exercise = await bench.broadcast(5, { exercise: true, route: ['live-carrier'] })
    const real = await bench.broadcast(5, { route: ['drill-carrier'], first: 1000 })
    const drill = await bench.broadcast(5, { exercise: true, route: ['drill-carrier'], first: 2000 })
    const other = await startSmsc({ systemId: 'bongsu', password: 'secret', receipts: { delayMs: 5 } })
    await bench.dispatch(
      testProfile(other.port, [], 'live-carrier'),
      testProfile(bench.smsc.port, ['live: false'], 'drill-carrier'),
    )
    await bench.until(drill, { delivered: 5 })
    await bench.until(exercise, { cancelled: 5 })
    await bench.until(real, { cancelled: 5 })
    expect(accepted()).toBe(5)
    expect(other.stats().accepted).toBe(0)
    await other.close()
  })

  it('has a text whose one PDU costs more than a second of the contract: its messages fail, others go on', async () => {
    bench = await dispatchBench()
    const bad = await bench.broadcast(5, { text: 'Leave the coast at once. '.repeat(20), first: 1000 })
    const good = await bench.broadcast(5)
    await bench.dispatch(testProfile(bench.smsc.port, ['text: { long: payload }', 'throughput: 3']))
    await bench.until(bad, { failed: 5 })
    await bench.until(good, { delivered: 5 })
  })

  it('has a text that its carrier cannot encode: its messages fail, others go on', async () => {
    bench = await dispatchBench()
    const bad = await bench.broadcast(5, { text: '\u{1F30A}', first: 1000 })
    const good = await bench.broadcast(5)
    await bench.dispatch(testProfile(bench.smsc.port, ['text: { unicode: ksx1001 }']))
    await bench.until(bad, { failed: 5 })
    await bench.until(good, { delivered: 5 })
  })
})
