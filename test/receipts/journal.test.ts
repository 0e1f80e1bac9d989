import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../src/lib/log.ts'
import { type JournalEntry, unpackJournal } from '../../src/receipts/journal.ts'
import { Ledger } from '../../src/receipts/ledger.ts'
import { transaction } from '../../src/store/database.ts'
import { journalBetween } from '../../src/store/ledger/journal.ts'
import { type Bench, dispatchBench } from '../dispatch/harness.ts'

let bench: Bench
let ledger: Ledger

beforeEach(async () => {
  bench = await dispatchBench()
  ledger = new Ledger({
    url: bench.url,
    log: createLogger('silent'),
    rulesOf: () => ({ multipart: 'all', responseMs: 300 }),
  })
})
afterEach(async () => {
  await ledger.close()
  await bench.close()
})

/** Resolves when it is acknowledged. */
const receive = (smscId: string, raw: Buffer, at: number, more = {}) =>
  new Promise<void>((resolve) =>
    ledger.receipt(
      { carrierNo: 7, smscId, msisdn: undefined, state: 'delivered', error: undefined, finalAt: at, raw, ...more },
      resolve,
    ),
  )

async function kept(from: number, to: number): Promise<JournalEntry[]> {
  return transaction(bench.db.pool, async (client) => {
    const entries: JournalEntry[] = []
    for await (const { packed } of journalBetween(client, from, to)) entries.push(...(await unpackJournal(packed)))
    return entries.filter(({ at }) => at >= from && at <= to)
  })
}

describe('the journal of receipts', () => {
  it('keeps each as it came, octet for octet, whether its message is known or not', async () => {
    const at = Date.now()
    const broadcastId = await bench.broadcast(1)
    ledger.outcome({
      ref: { broadcastId, seq: 1, attempt: 1, carrierNo: 7, msisdn: '821000000001', parts: 1, at },
      verdict: 'submitted',
      accepted: [{ part: 1, smscId: 'known' }],
      unanswered: [],
    })
    const octets = [
      Buffer.from('id:known stat:DELIVRD'),
      Buffer.from([0, 1, 2, 0xff, 0]),
      Buffer.alloc(0),
      Buffer.alloc(70_000, 0xab),
    ]
    await Promise.all(octets.map((raw, i) => receive(i === 0 ? 'known' : `unknown-${i}`, raw, at + i)))
    const came = octets.map((raw, i) => ({ carrierNo: 7, at: at + i, raw })).filter(({ raw }) => raw.length > 0)
    expect(await kept(at, at + 3)).toEqual(came)
    expect(await kept(at + 1, at + 1)).toEqual([{ carrierNo: 7, at: at + 1, raw: octets[1] }])
    expect(await kept(at + 4, at + 1000)).toEqual([])
  })

  it('keeps a receipt that the database refuses, and those that came with it', async () => {
    const at = Date.now()
    // No state of the enumeration: the row cannot be parked.
    const refused = receive('x', Buffer.from('refused'), at, { state: 'nonsense' })
    await Promise.all([refused, receive('y', Buffer.from('taken'), at)])
    expect((await kept(at, at)).map(({ raw }) => raw.toString())).toEqual(['refused', 'taken'])
  })
})
