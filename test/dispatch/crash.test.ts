import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { prng } from '../../src/lib/prng.ts'
import { bellOf } from '../../src/queue/names.ts'
import { startSmsc } from '../../src/simulator/smsc.ts'
import { builtFile } from '../support/built.ts'
import { type Bench, dispatchBench } from './harness.ts'
import { testProfile } from './profile.ts'

let bench: Bench
let child: ChildProcess | undefined
afterEach(async () => {
  if (child && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await bench.close()
})

const window = 20
const profile = ['throughput: 600', `window: ${window}`]
/** What may be on its way from the answers to the disk: 100 ms of the contract. */
const uncommitted = 60

async function startEngine(): Promise<ChildProcess> {
  const args = [builtFile('test/dispatch/engine-child.ts'), bench.url, String(bench.smsc.port), ...profile]
  child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')
  return child
}

/** Lets the engine send `n` more messages, then ends it at once. */
async function killAfter(n: number, signal: NodeJS.Signals): Promise<void> {
  const from = bench.smsc.stats().accepted
  const engine = await startEngine()
  while (bench.smsc.stats().accepted < from + n) await pause(2)
  engine.kill(signal)
  await once(engine, 'exit')
}

/** Numbers that the SMSC took more than once. */
const toldTwice = (): number => bench.smsc.recorded.length - new Set(bench.smsc.recorded.map((s) => s.destination)).size

describe('a killed engine', () => {
  it('loses nobody, and tells again at most those whose answers it had not committed', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 8, jitter: 8 }, receipts: { delayMs: 60, jitterMs: 60 } })
    const random = prng(11)
    const id = await bench.broadcast(900)
    const kills = 3
    for (let i = 0; i < kills; i++) await killAfter(80 + random.int(180), 'SIGKILL')
    await startEngine()
    await bench.until(id, { delivered: 900 })
    expect(toldTwice()).toBeLessThanOrEqual(kills * (window + uncommitted))
    // Receipts of submissions whose answer the dead process never saw find their number.
    await expect.poll(() => bench.segments(id), { timeout: 15_000 }).toBe(bench.smsc.stats().accepted)
    await bench.until(id, { delivered: 900 })
  })

  it('sends nobody a second text where the alert says keep; the doubtful ones are uncertain', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 8, jitter: 8 }, receipts: { delayMs: 5, never: 1 } })
    const random = prng(12)
    const id = await bench.broadcast(600, { resend: false })
    for (let i = 0; i < 2; i++) await killAfter(50 + random.int(150), 'SIGKILL')
    await startEngine()
    await expect.poll(() => bench.states(id), { timeout: 30_000 }).not.toHaveProperty('pending')
    const { submitted = 0, uncertain = 0 } = await bench.states(id)
    expect(toldTwice()).toBe(0)
    expect(submitted + uncertain).toBe(600)
    // The write-ahead of a chunk is a slice ahead of the sends.
    expect(uncertain).toBeLessThanOrEqual(2 * (window * 2.5 + uncommitted))
  })

  it('that is asked to end sends nothing twice', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 60, jitter: 20 } })
    const id = await bench.broadcast(500)
    await killAfter(100, 'SIGTERM')
    expect(child?.exitCode).toBe(0)
    await killAfter(150, 'SIGTERM')
    await startEngine()
    await bench.until(id, { delivered: 500 })
    expect(bench.smsc.stats().accepted).toBe(500)
  })

  it('leaves its chunks to the fall-back of a carrier that is down by then, and to a cancellation', async () => {
    bench = await dispatchBench()
    const second = await startSmsc({ systemId: 'bongsu', password: 'secret', receipts: { delayMs: 5 } })
    // Chunks of both broadcasts are in its hands when it dies: the second, more urgent one comes in between.
    const moved = await bench.broadcast(900, { route: ['test-carrier', 'second'] })
    const engine = await startEngine()
    while (bench.smsc.stats().accepted < 50) await pause(2)
    const cancelled = await bench.broadcast(900, { route: ['test-carrier'], lane: 0, first: 5000 })
    await bench.queues.ring(bellOf('test-carrier'), {})
    const isCancelled = (s: { destination: string }) => Number(s.destination) >= 821000005000
    while (bench.smsc.recorded.filter(isCancelled).length < 50) await pause(2)
    engine.kill('SIGKILL')
    await once(engine, 'exit')
    await bench.smsc.pause()
    bench.smsc.dropConnections()
    const rest = 900 - bench.smsc.recorded.filter((s) => !isCancelled(s)).length
    expect(rest).toBeGreaterThan(300)
    const lines = [...profile, 'downAfter: 1s']
    await bench.dispatch(testProfile(bench.smsc.port, lines), testProfile(second.port, [], 'second'))
    await expect.poll(() => second.stats().accepted, { timeout: 10_000 }).toBeGreaterThanOrEqual(rest)
    await bench.cancel(cancelled)
    await expect.poll(() => bench.states(cancelled), { timeout: 10_000 }).not.toHaveProperty('pending')
    expect((await bench.states(cancelled)).cancelled).toBeGreaterThan(300)
    await expect.poll(() => bench.states(moved), { timeout: 10_000 }).not.toHaveProperty('pending')
    await second.close()
  })
})
