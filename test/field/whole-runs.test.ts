import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { storeUpReceipts } from '../../bench/store-up.ts'
import { Dispatcher } from '../../src/dispatch/dispatcher.ts'
import { createLogger } from '../../src/lib/log.ts'
import { withdrawBell } from '../../src/queue/names.ts'
import { Ledger } from '../../src/receipts/ledger.ts'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { type Bench, dispatchBench } from '../dispatch/harness.ts'
import { testProfile } from '../dispatch/profile.ts'
import { watchWire } from '../dispatch/wire.ts'
import { builtFile } from '../support/built.ts'
import { toldTwice, triedAgain, watchLateness, watchTexts } from './observe.ts'

let bench: Bench
const children = new Set<ChildProcess>()
afterEach(async () => {
  for (const child of children) await kill(child)
  await bench.close()
})

const log = createLogger('silent')
const accepted = () => bench.smsc.stats().accepted

/** An engine in a process of its own, with the given lines in its profile. */
async function startEngine(...lines: string[]): Promise<ChildProcess> {
  const args = [builtFile('test/dispatch/engine-child.ts'), bench.url, String(bench.smsc.port), ...lines]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(child)
  await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

describe('kill -9 and restart', () => {
  it("the SMSC's sliding second stays within the contract over both lives, and nobody is lost", async () => {
    bench = await dispatchBench({ latencyMs: { mean: 10 } })
    const id = await bench.broadcast(170)
    const lines = ['throughput: 50', 'window: 10']
    const lateness = watchLateness()
    // The next one stands by: a start takes longer than the second in which the contract could be broken.
    let [current, next] = [await startEngine(...lines), await startEngine(...lines)]
    for (const sent of [45, 110]) {
      await expect.poll(accepted, { interval: 5 }).toBeGreaterThan(sent)
      await kill(current)
      current = next
      if (sent === 45) next = await startEngine(...lines)
    }
    await bench.until(id, { delivered: 170 })
    expect(bench.smsc.stats().maxInOneSecond).toBeLessThanOrEqual(50 + lateness.allowance(50))
    // A window and 100 ms of the contract for each life.
    expect(toldTwice(bench)).toBeLessThanOrEqual(2 * (10 + 5))
  })
})

describe('receipts stored up at the SMSC', () => {
  it('20,000 that arrive on bind are all acknowledged, while submits hold their contract', async () => {
    bench = await dispatchBench({ receipts: { delayMs: 5, window: 1000 }, record: false })
    const profile = testProfile(bench.smsc.port, ['throughput: 250', 'window: 50'])
    const no = (await registerCarriers(bench.db.pool, [profile.id])).get(profile.id)?.no as number
    const stored = await bench.broadcast(20_000, { first: 100_000 })
    await storeUpReceipts(bench.db, profile, no, stored, log)
    expect(bench.smsc.stats()).toMatchObject({ accepted: 20_000, receiptsSent: 0 })
    const id = await bench.broadcast(1000)
    const wire = watchWire()
    await bench.dispatch(profile)
    await bench.until(stored, { delivered: 20_000 })
    await bench.until(id, { delivered: 1000 })
    wire.stop()
    await expect.poll(() => bench.smsc.stats().receiptsAcknowledged).toBe(21_000)
    expect(bench.smsc.stats().receiptsSent).toBe(21_000)
    expect(wire.busiest).toBeLessThanOrEqual(250)
    // SMSC, engine and the other tests share two cores here: `bench/pacing.ts --stored` judges the 99 %.
    const seconds = ((wire.times.at(-1) as number) - (wire.times[0] as number)) / 1000
    expect(999 / seconds / 250, 'share of the contract').toBeGreaterThan(0.8)
  })
})

describe('sequence_number', () => {
  it('wraps at 0x7FFFFFFF: 1 comes next, and every message is delivered', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 20, jitter: 20 } })
    const id = await bench.broadcast(100)
    const profile = testProfile(bench.smsc.port, ['window: 20'])
    const rules = { multipart: profile.receipts.multipart, responseMs: profile.timers.responseMs }
    const ledger = new Ledger({ url: bench.url, log, rulesOf: () => rules })
    const dispatcher = new Dispatcher({
      db: bench.db,
      queues: bench.queues,
      profiles: [profile],
      sink: ledger,
      log,
      firstSequence: 0x7ffffffe,
    })
    await dispatcher.start()
    await bench.until(id, { delivered: 100 })
    // The bind took 0x7ffffffe.
    const sequences = bench.smsc.recorded.map(({ sequence }) => sequence)
    expect(sequences).toEqual([0x7fffffff, ...Array.from({ length: 99 }, (_, i) => i + 1)])
    expect(await triedAgain(bench, id)).toBe(0)
    await dispatcher.stop()
    await ledger.close()
  })
})

describe('a retraction at 50 %', () => {
  it('leaves nothing of the original on the wire after one second, and goes out itself', async () => {
    bench = await dispatchBench()
    const wire = watchTexts()
    const lateness = watchLateness()
    const original = await bench.broadcast(1600, { lane: 3 })
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 400', 'window: 50']))
    await expect.poll(accepted, { interval: 5 }).toBeGreaterThanOrEqual(800)
    await bench.cancel(original)
    const cancelledAt = performance.now()
    void bench.queues.ring(withdrawBell, {})
    // To other numbers, so that the wire tells the two apart; long enough to see what comes after a second.
    const retraction = await bench.broadcast(700, { lane: 0, first: 5000 })
    await bench.until(retraction, { delivered: 700 })
    await expect.poll(() => bench.states(original)).not.toHaveProperty('pending')
    wire.stop()
    const late = wire.texts.filter(
      ({ at, destination }) => destination < '821000005000' && at > cancelledAt + 1000 + lateness.allowance(1000),
    )
    expect(late).toEqual([])
    const { delivered = 0, cancelled = 0 } = await bench.states(original)
    expect(delivered + cancelled).toBe(1600)
    // Nothing that was marked and not sent yet is given up for sent.
    expect(wire.texts.filter(({ destination }) => destination < '821000005000')).toHaveLength(delivered)
    expect(cancelled).toBeGreaterThan(0)
  })
})
