import { afterEach, describe, expect, it } from 'vitest'
import { metrics } from '../../src/lib/metrics.ts'
import { type Bench, dispatchBench } from '../dispatch/harness.ts'
import { testProfile } from '../dispatch/profile.ts'
import { messagesOf } from './observe.ts'
import { acceptAndDeliver, scriptedSmsc } from './scripted.ts'

let bench: Bench
afterEach(() => bench.close())

const longText = 'Evacuate to higher ground at once and do not return to the coast. '.repeat(5)
const parked = async () => (await metrics.receiptsParked.get()).values[0]?.value ?? 0

/** Every receipt that was sent has been acknowledged, so that whatever it could spoil is spoilt. */
async function allAcknowledged(): Promise<void> {
  await expect
    .poll(() => {
      const { receiptsSent, receiptsAcknowledged } = bench.smsc.stats()
      return receiptsSent > 0 && receiptsSent === receiptsAcknowledged
    })
    .toBe(true)
}

describe('field 3: the receipt comes before the response', () => {
  it('it is parked, acknowledged, and finds its message when the response is there', async () => {
    bench = await dispatchBench({ latencyMs: { mean: 120 }, receipts: { early: 1 } })
    const before = await parked()
    const id = await bench.broadcast(60)
    await bench.dispatch(testProfile(bench.smsc.port, ['window: 30']))
    await bench.until(id, { delivered: 60 })
    expect((await parked()) - before).toBeGreaterThan(0)
    // Not by being sent again: each once, acknowledged before its message was known.
    await allAcknowledged()
    expect(bench.smsc.stats()).toMatchObject({ accepted: 60, receiptsSent: 60 })
    expect((await bench.db.pool.query('SELECT FROM parked_receipt')).rowCount).toBe(0)
  })
})

describe('field 4: message ids differ between response and receipt', () => {
  it('hex in the response, decimal with zeros in front in the receipt', async () => {
    bench = await dispatchBench({ receipts: { idInResponse: 'hex', idInReceipt: 'decimal', idVariants: 1 } })
    const id = await bench.broadcast(50)
    await bench.dispatch(testProfile(bench.smsc.port, ['receipts: { idInResponse: hex, idInReceipt: decimal }']))
    await bench.until(id, { delivered: 50 })
  })

  it('beyond 2^53, where neighbours differ in the last digit only; and another case', async () => {
    bench = await dispatchBench()
    const first = 0xffff_ffff_ffff_ff00n
    const smsc = await scriptedSmsc((submit, connection) => {
      const number = first + BigInt(submit.fields.destination_addr.slice(-2))
      const id = number.toString(16)
      const odd = number % 2n === 1n
      // The receipts of odd ones never come.
      if (odd) connection.send({ command: 'submit_sm_resp', sequence: submit.sequence, fields: { message_id: id } })
      else acceptAndDeliver(connection, submit, id.toUpperCase(), number.toString())
    })
    const id = await bench.broadcast(20)
    await bench.dispatch(testProfile(smsc.port, ['receipts: { idInResponse: hex, idInReceipt: decimal }']))
    await bench.until(id, { delivered: 10, submitted: 10 })
    for (const [msisdn, { state }] of await messagesOf(bench, id)) {
      expect(state).toBe(Number(msisdn) % 2 === 0 ? 'delivered' : 'submitted')
    }
    await smsc.close()
  })
})

describe('field 5: the text of receipts varies', () => {
  it('every way of writing them is read: with and without TLVs, short, lower case, odd errors and dates', async () => {
    bench = await dispatchBench({
      receipts: { format: 'mixed', states: { UNDELIV: 0.2, EXPIRED: 0.2, REJECTD: 0.1 } },
      seed: 5,
    })
    const id = await bench.broadcast(240)
    await bench.dispatch(testProfile(bench.smsc.port))
    await expect.poll(() => bench.states(id)).not.toHaveProperty('submitted')
    await expect.poll(() => bench.states(id)).not.toHaveProperty('pending')
    const { DELIVRD = 0, UNDELIV = 0, EXPIRED = 0, REJECTD = 0 } = bench.smsc.stats().perState
    await bench.until(id, { delivered: DELIVRD, failed: UNDELIV + REJECTD, expired: EXPIRED })
    expect(Math.min(DELIVRD, UNDELIV, EXPIRED, REJECTD)).toBeGreaterThan(10)
    expect(bench.smsc.stats().receiptsSent).toBe(240)
  })
})

describe('field 6: receipts are encoded as UCS2, or only labelled so', () => {
  it.each(['ucs2', 'labelled'] as const)('%s: they are read from their octets', async (format) => {
    bench = await dispatchBench({ receipts: { format, states: { UNDELIV: 0.5 } } })
    const id = await bench.broadcast(40)
    await bench.dispatch(testProfile(bench.smsc.port))
    await expect.poll(() => bench.smsc.stats().receiptsAcknowledged).toBe(40)
    const { DELIVRD = 0, UNDELIV = 0 } = bench.smsc.stats().perState
    await bench.until(id, { delivered: DELIVRD, failed: UNDELIV })
    expect(Math.min(DELIVRD, UNDELIV)).toBeGreaterThan(0)
  })
})

describe('field 7: receipts repeat and come out of order', () => {
  it('a state never goes back: an ENROUTE or a copy after the final one changes nothing', async () => {
    bench = await dispatchBench({
      receipts: { delayMs: 50, duplicates: 0.5, reorder: 0.3, intermediate: 1, states: { UNDELIV: 0.3 } },
    })
    const id = await bench.broadcast(120)
    await bench.dispatch(testProfile(bench.smsc.port))
    await expect.poll(() => Object.values(bench.smsc.stats().perState).reduce((a, b) => a + b, 0)).toBe(120)
    await allAcknowledged()
    const { perState, receiptsSent, faults } = bench.smsc.stats()
    expect(faults).toMatchObject({ intermediate: 120 })
    expect(receiptsSent).toBeGreaterThan(240)
    await bench.until(id, { delivered: perState.DELIVRD as number, failed: perState.UNDELIV as number })
  })
})

describe('field 8: of a long text the first part, the last or all get a receipt', () => {
  it.each(['first', 'last', 'all'] as const)('%s', async (parts) => {
    bench = await dispatchBench({ receipts: { parts, states: { UNDELIV: 0.2 } }, seed: 2 })
    const id = await bench.broadcast(40, { text: longText })
    await bench.dispatch(testProfile(bench.smsc.port, [`receipts: { multipart: ${parts} }`]))
    await expect.poll(() => bench.smsc.stats().receiptsAcknowledged).toBe(parts === 'all' ? 120 : 40)
    await expect.poll(() => bench.states(id)).not.toHaveProperty('submitted')
    // One part that did not arrive is a text that did not.
    const { delivered = 0, failed = 0 } = await bench.states(id)
    expect(delivered + failed).toBe(40)
    if (parts !== 'all') expect(failed).toBe(bench.smsc.stats().perState.UNDELIV)
    expect(Math.min(delivered, failed)).toBeGreaterThan(0)
    const { rows } = await bench.db.pool.query<{ segments: number; of: number }>(
      'SELECT count(*)::int segments, max(parts) "of" FROM segment WHERE broadcast_id = $1',
      [id],
    )
    expect(rows[0], 'a record for each segment').toEqual({ segments: 120, of: 3 })
  })
})
