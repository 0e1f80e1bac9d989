import { afterEach, describe, expect, it } from 'vitest'
import type { SmscOptions } from '../../src/simulator/settings.ts'
import { type Bench, dispatchBench } from '../dispatch/harness.ts'
import { testProfile } from '../dispatch/profile.ts'

let bench: Bench
afterEach(() => bench.close())

const longText = 'Evacuate to higher ground at once and do not return to the coast. '.repeat(3)

describe('receipts of carriers with habits of their own', () => {
  const cases: [string, NonNullable<SmscOptions['receipts']>, string][] = [
    [
      'hexadecimal in responses, decimal in receipts',
      { idInResponse: 'hex', idInReceipt: 'decimal' },
      '{ idInResponse: hex, idInReceipt: decimal }',
    ],
    [
      'decimal in responses, hexadecimal in receipts',
      { idInResponse: 'decimal', idInReceipt: 'hex' },
      '{ idInResponse: decimal, idInReceipt: hex }',
    ],
    ['a receipt for the first part only', { parts: 'first' }, '{ multipart: first }'],
    ['a receipt for the last part only', { parts: 'last' }, '{ multipart: last }'],
    ['receipts before the response, and many of them twice', { early: 0.5, duplicates: 0.5 }, '{ multipart: all }'],
  ]

  it.each(cases)('%s: every message comes to its end', async (_, receipts, rules) => {
    bench = await dispatchBench({ receipts, latencyMs: { mean: 10, jitter: 10 } })
    const id = await bench.broadcast(80, { text: longText })
    await bench.dispatch(testProfile(bench.smsc.port, [`receipts: ${rules}`, 'window: 50']))
    await bench.until(id, { delivered: 80 })
    expect(await bench.segments(id)).toBe(160)
    const { rows } = await bench.db.pool.query('SELECT count(*)::int n FROM parked_receipt')
    await expect.poll(() => rows[0].n).toBe(0)
  })

  it('final states are told apart', async () => {
    bench = await dispatchBench({
      receipts: { states: { UNDELIV: 0.2, EXPIRED: 0.2, REJECTD: 0.1, UNKNOWN: 0.1, ACCEPTD: 0.1 } },
    })
    const id = await bench.broadcast(200)
    await bench.dispatch(testProfile(bench.smsc.port))
    await expect.poll(() => bench.smsc.stats().receiptsAcknowledged, { timeout: 10_000 }).toBe(200)
    const { perState } = bench.smsc.stats()
    await bench.until(id, {
      delivered: perState.DELIVRD as number,
      failed: (perState.UNDELIV as number) + (perState.REJECTD as number),
      expired: perState.EXPIRED as number,
      unconfirmed: perState.UNKNOWN as number,
      submitted: perState.ACCEPTD as number,
    })
  })
})
