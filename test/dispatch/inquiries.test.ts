import { afterEach, describe, expect, it } from 'vitest'
import { metrics } from '../../src/lib/metrics.ts'
import { startSmsc } from '../../src/simulator/smsc.ts'
import { sweepUnconfirmed } from '../../src/store/upkeep/sweep-unconfirmed.ts'
import { type Bench, dispatchBench } from './harness.ts'
import { testProfile } from './profile.ts'

let bench: Bench
afterEach(() => bench.close())

/** More than 153 characters of GSM: two segments. */
const longText = 'Evacuate to higher ground at once and do not return to the coast. '.repeat(3)
const cancels = 'supports: { cancel: true }'
const queries = ['supports: { query: true }', 'receipts: { finalAfter: 2s }']

/** Answers of this kind to a command since the process started. */
async function answers(command: string, answer: string): Promise<number> {
  const { values } = await metrics.inquiries.get()
  return values.find(({ labels }) => labels.command === command && labels.answer === answer)?.value ?? 0
}

describe('a cancelled broadcast', () => {
  it('is dropped by an SMSC that still holds it: that counts as cancelled', async () => {
    bench = await dispatchBench({ receipts: { delayMs: 60_000 } })
    const id = await bench.broadcast(40)
    const long = await bench.broadcast(20, { text: longText, first: 1000 })
    const kept = await bench.broadcast(20, { first: 2000 })
    await bench.dispatch(testProfile(bench.smsc.port, [cancels]))
    for (const [broadcast, n] of [
      [id, 40],
      [long, 20],
      [kept, 20],
    ] as const)
      await bench.until(broadcast, { submitted: n })
    await bench.cancel(id)
    await bench.cancel(long)
    await bench.until(id, { cancelled: 40 })
    await bench.until(long, { cancelled: 20 })
    expect(await bench.states(kept)).toEqual({ submitted: 20 })
  })

  it('stays submitted where the SMSC has nothing left to drop', async () => {
    bench = await dispatchBench({ receipts: { delayMs: 5, never: 1 } })
    const refused = await answers('cancel_sm', 'ESME_RCANCELFAIL')
    const id = await bench.broadcast(10)
    await bench.dispatch(testProfile(bench.smsc.port, [cancels]))
    await bench.until(id, { submitted: 10 })
    await bench.cancel(id)
    await expect.poll(() => answers('cancel_sm', 'ESME_RCANCELFAIL'), { timeout: 10_000 }).toBe(refused + 10)
    expect(await bench.states(id)).toEqual({ submitted: 10 })
  })

  it('of which an engine had asked for a part is asked for by the next', async () => {
    bench = await dispatchBench({ receipts: { delayMs: 60_000 } })
    const id = await bench.broadcast(60)
    const profile = testProfile(bench.smsc.port, ['throughput: 60', 'window: 60', cancels])
    const first = await bench.dispatch(profile)
    await bench.until(id, { submitted: 60 })
    await bench.cancel(id)
    const cancelled = async () => (await bench.states(id)).cancelled ?? 0
    await expect.poll(cancelled, { timeout: 10_000, interval: 20 }).toBeGreaterThan(5)
    await first.stop()
    expect(await cancelled()).toBeLessThan(60)
    await bench.dispatch(profile)
    await bench.until(id, { cancelled: 60 })
  })

  it('is asked for by the id that the SMSC gave, also where that is hexadecimal', async () => {
    bench = await dispatchBench({ receipts: { delayMs: 60_000, idInResponse: 'hex' } })
    const id = await bench.broadcast(10)
    await bench.dispatch(testProfile(bench.smsc.port, [cancels, 'receipts: { idInResponse: hex }']))
    await bench.until(id, { submitted: 10 })
    await bench.cancel(id)
    await bench.until(id, { cancelled: 10 })
  })
})

describe('a message that the SMSC gave no id', () => {
  it('is not asked for: an empty id in a cancel_sm would mean everything for that number', async () => {
    bench = await dispatchBench({ noId: 1, receipts: { never: 1 } })
    const other = await startSmsc({ systemId: 'bongsu', password: 'secret', receipts: { delayMs: 60_000 } })
    const nameless = await bench.broadcast(5, { route: ['nameless'] })
    const named = await bench.broadcast(5, { route: ['named'], first: 1000 })
    await bench.dispatch(
      testProfile(bench.smsc.port, [cancels], 'nameless'),
      testProfile(other.port, [cancels], 'named'),
    )
    await bench.until(nameless, { submitted: 5 })
    await bench.until(named, { submitted: 5 })
    await bench.cancel(nameless)
    await bench.cancel(named)
    await bench.until(named, { cancelled: 5 })
    await expect.poll(async () => (await bench.db.pool.query('SELECT FROM retraction')).rowCount).toBe(2)
    const { values } = await metrics.inquiries.get()
    expect(values.map(({ labels }) => labels.carrier)).toContain('named')
    expect(values.map(({ labels }) => labels.carrier)).not.toContain('nameless')
    expect(await bench.states(nameless)).toEqual({ submitted: 5 })
    await other.close()
  })
})

describe('a receipt that says DELETED', () => {
  it('means cancelled where we asked for it, else failed', async () => {
    bench = await dispatchBench({ receipts: { delayMs: 400, states: { DELETED: 1 } } })
    const asked = await bench.broadcast(10)
    const other = await bench.broadcast(10, { first: 1000 })
    // Of the first broadcast the messages up to 6 were asked for, as by an engine that died before the answers came.
    await bench.db.pool.query(
      `INSERT INTO retraction (broadcast_id, carrier_no, upto_seq) SELECT $1, no, 6 FROM carrier`,
      [asked],
    )
    await bench.dispatch(testProfile(bench.smsc.port))
    await bench.until(asked, { cancelled: 6, failed: 4 })
    await bench.until(other, { failed: 10 })
  })
})

describe('messages whose receipt is overdue', () => {
  it('are asked for, and what the SMSC says counts as a receipt', async () => {
    bench = await dispatchBench({ receipts: { delayMs: 5, never: 1, states: { UNDELIV: 0.5 } }, seed: 4 })
    const id = await bench.broadcast(12)
    const long = await bench.broadcast(3, { text: longText, first: 1000 })
    await bench.dispatch(testProfile(bench.smsc.port, queries))
    await bench.until(long, { submitted: 3 })
    await expect.poll(() => bench.states(id), { timeout: 15_000 }).not.toHaveProperty('submitted')
    const { delivered = 0, failed = 0 } = await bench.states(id)
    expect(delivered + failed).toBe(12)
    expect(delivered).toBeGreaterThan(0)
    expect(failed).toBeGreaterThan(0)
    await expect.poll(() => bench.states(long), { timeout: 15_000 }).not.toHaveProperty('submitted')
  })

  it('stay as they are while the SMSC still tries', async () => {
    bench = await dispatchBench({ receipts: { delayMs: 60_000 } })
    const stillTried = await answers('query_sm', 'ESME_ROK')
    const id = await bench.broadcast(5)
    await bench.dispatch(testProfile(bench.smsc.port, queries))
    await expect.poll(() => answers('query_sm', 'ESME_ROK'), { timeout: 10_000 }).toBeGreaterThan(stillTried + 4)
    expect(await bench.states(id)).toEqual({ submitted: 5 })
  })

  it('are asked for when they count as unconfirmed already', async () => {
    bench = await dispatchBench({ receipts: { delayMs: 5, never: 1 } })
    const id = await bench.broadcast(5)
    const asked = await answers('query_sm', 'delivered')
    const first = await bench.dispatch(testProfile(bench.smsc.port))
    await bench.until(id, { submitted: 5 })
    await first.stop()
    await sweepUnconfirmed(bench.db, [{ carrierNo: 1, ms: 0 }])
    await bench.until(id, { unconfirmed: 5 })
    await bench.dispatch(testProfile(bench.smsc.port, ['supports: { query: true }', 'receipts: { finalAfter: 10s }']))
    await bench.until(id, { delivered: 5 })
    expect((await answers('query_sm', 'delivered')) - asked).toBe(5)
  })

  it('are not asked for where the carrier knows no query_sm', async () => {
    bench = await dispatchBench({ receipts: { delayMs: 5, never: 1 } })
    const silent = await bench.broadcast(5, { route: ['silent'] })
    const asking = await bench.broadcast(5, { route: ['asking'], first: 1000 })
    await bench.dispatch(
      testProfile(bench.smsc.port, ['receipts: { finalAfter: 2s }'], 'silent'),
      testProfile(bench.smsc.port, queries, 'asking'),
    )
    await bench.until(asking, { delivered: 5 })
    expect(await bench.states(silent)).toEqual({ submitted: 5 })
  })
})
