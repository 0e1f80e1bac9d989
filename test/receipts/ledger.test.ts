import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../src/lib/log.ts'
import { Ledger } from '../../src/receipts/ledger.ts'
import { holdersPage } from '../../src/store/audience/holders.ts'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { withdrawChunk } from '../../src/store/chunks/withdraw.ts'
import type { OutcomeRecord, UnplacedReceipt } from '../../src/store/ledger/records.ts'
import type { MessageState } from '../../src/store/states.ts'
import { type Bench, dispatchBench } from '../dispatch/harness.ts'
import { commitThief } from './proxy.ts'

let bench: Bench
let ledger: Ledger
let multipart: 'all' | 'first' | 'last'
let broadcastId: number
const responseMs = 300
const messages = 30

beforeEach(async () => {
  bench = await dispatchBench()
  multipart = 'all'
  broadcastId = await bench.broadcast(messages)
  ledger = openLedger()
})
afterEach(async () => {
  await ledger.close()
  await bench.close()
})

function openLedger(url = bench.url): Ledger {
  return new Ledger({ url, log: createLogger('silent'), rulesOf: () => ({ multipart, responseMs }) })
}

/** Another process: it knows no id by heart. */
async function restart(url?: string): Promise<void> {
  await ledger.close()
  ledger = openLedger(url)
}

function outcome(seq: number, change: Partial<OutcomeRecord> & { attempt?: number; at?: number; ids?: string[] } = {}) {
  const { attempt = 1, at = Date.now(), ids = [`id-${seq}`], ...rest } = change
  ledger.outcome({
    ref: { broadcastId, seq, attempt, carrierNo: 1, msisdn: msisdn(seq), parts: ids.length, at },
    verdict: 'submitted',
    accepted: ids.flatMap((smscId, i) => (smscId === '' ? [] : [{ part: i + 1, smscId }])),
    unanswered: [],
    ...rest,
  })
}

const msisdn = (seq: number) => String(821000000000 + seq)

/** Resolves when it is acknowledged. */
function receipt(smscId: string, state: MessageState, change: Partial<UnplacedReceipt> = {}): Promise<void> {
  const record = { carrierNo: 1, smscId, msisdn: undefined, state, error: undefined, finalAt: Date.now(), ...change }
  return new Promise((resolve) => ledger.receipt({ raw: Buffer.from('raw'), ...record }, resolve))
}

async function stateOf(seq: number): Promise<string> {
  const { rows } = await bench.db.pool.query('SELECT state FROM message WHERE broadcast_id = $1 AND seq = $2', [
    broadcastId,
    seq,
  ])
  return rows[0].state
}

async function parked(): Promise<number> {
  return (await bench.db.pool.query('SELECT count(*)::int n FROM parked_receipt')).rows[0].n
}

async function column(seq: number, name: 'attempt' | 'error' | 'final_at' | 'submitted_at'): Promise<unknown> {
  const { rows } = await bench.db.pool.query(`SELECT ${name} AS it FROM message WHERE broadcast_id = $1 AND seq = $2`, [
    broadcastId,
    seq,
  ])
  return rows[0].it
}

describe('a receipt', () => {
  it('in the same batch as its response is applied', async () => {
    outcome(1)
    await receipt('id-1', 'delivered')
    expect(await stateOf(1)).toBe('delivered')
    expect(await parked()).toBe(0)
    expect(await bench.states(broadcastId)).toEqual({ pending: messages - 1, delivered: 1 })
  })

  it('that comes before its response is parked, acknowledged, and found later', async () => {
    await receipt('id-1', 'delivered')
    expect(await stateOf(1)).toBe('pending')
    expect(await parked()).toBe(1)
    outcome(1)
    await expect.poll(() => stateOf(1), { timeout: 5000 }).toBe('delivered')
    await expect.poll(parked).toBe(0)
  })

  it('finds its message in another process', async () => {
    outcome(1)
    await restart()
    await receipt('id-1', 'delivered')
    expect(await stateOf(1)).toBe('delivered')
  })

  it('goes to the newest message where the SMSC used an id again', async () => {
    outcome(1, { ids: ['same'], at: Date.now() - 3600_000 })
    outcome(2, { ids: ['same'] })
    await restart()
    await receipt('same', 'delivered')
    expect([await stateOf(1), await stateOf(2)]).toEqual(['submitted', 'delivered'])
  })

  it('of an intermediate state leaves the message submitted, and comes before the final one or after it', async () => {
    outcome(1)
    await receipt('id-1', 'submitted')
    expect(await stateOf(1)).toBe('submitted')
    expect(await column(1, 'final_at')).toBeNull()
    await receipt('id-1', 'delivered')
    await receipt('id-1', 'submitted')
    expect(await stateOf(1)).toBe('delivered')
  })

  it('that comes twice counts once', async () => {
    outcome(1)
    await Promise.all([receipt('id-1', 'failed', { error: 5 }), receipt('id-1', 'failed', { error: 5 })])
    await receipt('id-1', 'failed', { error: 5 })
    expect(await bench.states(broadcastId)).toEqual({ pending: messages - 1, failed: 1 })
    expect(await column(1, 'error')).toBe(5)
  })

  it.each([
    ['failed', 'delivered'],
    ['delivered', 'failed'],
    ['unconfirmed', 'delivered'],
    ['expired', 'delivered'],
  ] as const)('%s, then %s: delivered wins, in one batch or in two', async (first, second) => {
    outcome(1)
    await Promise.all([receipt('id-1', first), receipt('id-1', second)])
    expect(await stateOf(1)).toBe('delivered')
    outcome(2)
    await receipt('id-2', first)
    await receipt('id-2', second)
    expect(await stateOf(2)).toBe('delivered')
  })

  it('never turns one final failure into another', async () => {
    outcome(1)
    await receipt('id-1', 'failed')
    await receipt('id-1', 'expired')
    expect(await stateOf(1)).toBe('failed')
  })

  it('is acknowledged only when it is committed, though connections break all the time', async () => {
    const early: number[] = []
    const checks: Promise<void>[] = []
    for (let seq = 1; seq <= messages; seq++) {
      outcome(seq)
      const acknowledged = receipt(`id-${seq}`, 'delivered').then(() => stateOf(seq))
      checks.push(acknowledged.then((state) => void (state === 'delivered' || early.push(seq))))
      if (seq % 5 === 0) {
        await bench.db.pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'bongsu-hot'`,
        )
      }
    }
    await Promise.all(checks)
    expect(early).toEqual([])
    expect(await bench.states(broadcastId)).toEqual({ delivered: messages })
    expect(await bench.segments(broadcastId)).toBe(messages)
  })
})

describe('receipts of a long text', () => {
  const twoParts = { ids: ['a', 'b'] }

  it('deliver it when all its parts are delivered', async () => {
    outcome(1, twoParts)
    await receipt('b', 'delivered')
    expect(await stateOf(1)).toBe('submitted')
    await receipt('a', 'delivered')
    expect(await stateOf(1)).toBe('delivered')
  })

  it('fail it when one part fails: a text with a hole is not a text', async () => {
    outcome(1, twoParts)
    await Promise.all([receipt('a', 'delivered'), receipt('b', 'failed')])
    expect(await stateOf(1)).toBe('failed')
    await receipt('b', 'delivered')
    expect(await stateOf(1)).toBe('delivered')
  })

  it('of one part and one batch are not lost behind each other', async () => {
    outcome(1, twoParts)
    await ledger.settled()
    await Promise.all([
      receipt('a', 'delivered'),
      receipt('a', 'failed'),
      receipt('b', 'failed'),
      receipt('b', 'delivered'),
      receipt('b', 'submitted'),
    ])
    expect(await stateOf(1)).toBe('delivered')
  })

  it('for one part twice are not taken for all', async () => {
    outcome(1, twoParts)
    // The part was matched by its number, and then its response came after all: it has two segments.
    outcome(1, { ids: ['c', ''], verdict: 'unchanged', lateParts: [1] })
    await receipt('a', 'delivered')
    await receipt('c', 'delivered')
    expect(await stateOf(1)).toBe('submitted')
  })

  it.each([
    ['first', 'a', 'b'],
    ['last', 'b', 'a'],
  ] as const)('count for the %s part only where the carrier reports only that', async (which, counted, ignored) => {
    multipart = which
    outcome(1, twoParts)
    await receipt(ignored, 'failed')
    expect(await stateOf(1)).toBe('submitted')
    await receipt(counted, 'delivered')
    expect(await stateOf(1)).toBe('delivered')
  })
})

describe('attempts', () => {
  const again = { lane: 1, notBefore: 0, carrierNo: 1, fallbacks: [], refused: 0, unanswered: 0 }

  it('an earlier one that fails says nothing of the one under way', async () => {
    outcome(1, { verdict: 'again', ids: ['old'], again })
    await ledger.settled()
    outcome(1, { attempt: 2, ids: ['new'] })
    await receipt('old', 'failed')
    expect(await stateOf(1)).toBe('submitted')
    await receipt('old', 'delivered')
    expect(await stateOf(1)).toBe('delivered')
  })

  it('one that turns out to have been submitted is the one that counts, and its failure too', async () => {
    outcome(1, { verdict: 'again', ids: [''], unanswered: [1], again })
    await ledger.settled()
    expect(await column(1, 'attempt')).toBe(2)
    outcome(1, { ids: ['late'], lateParts: [1] })
    await ledger.settled()
    expect(await column(1, 'attempt')).toBe(1)
    await receipt('late', 'failed')
    expect(await stateOf(1)).toBe('failed')
  })

  it('of a message are raised once, and it gets one new chunk', async () => {
    const before = await chunks()
    outcome(1, { verdict: 'again', ids: [''], again })
    outcome(1, { verdict: 'again', ids: [''], again })
    await ledger.settled()
    outcome(1, { verdict: 'again', ids: [''], again })
    await ledger.settled()
    expect(await column(1, 'attempt')).toBe(2)
    expect(await chunks()).toBe(before + 1)
  })

  it('go to their own fallbacks', async () => {
    outcome(1, { verdict: 'again', ids: [''], again: { ...again, fallbacks: [2] } })
    outcome(2, { verdict: 'again', ids: [''], again: { ...again, fallbacks: [3] } })
    await ledger.settled()
    const { rows } = await bench.db.pool.query('SELECT seqs, fallbacks FROM chunk WHERE seqs IS NOT NULL ORDER BY 1')
    expect(rows).toEqual([
      { seqs: [1], fallbacks: [2] },
      { seqs: [2], fallbacks: [3] },
    ])
  })

  it('of which the next goes to another carrier move their tallies there', async () => {
    const rows = await registerCarriers(bench.db.pool, ['test-carrier', 'other'])
    const other = rows.get('other')?.no as number
    for (const seq of [1, 2])
      outcome(seq, { verdict: 'again', ids: [''], again: { ...again, carrierNo: other, fallbacks: [1] } })
    await ledger.settled()
    const waiting = await bench.db.pool.query(
      `SELECT carrier_no no, (coalesce(sum(n) FILTER (WHERE state = 'pending'), 0) - coalesce(sum(n) FILTER (WHERE was = 'pending'), 0))::int n
         FROM tally WHERE broadcast_id = $1 GROUP BY 1 ORDER BY 1`,
      [broadcastId],
    )
    expect(waiting.rows).toEqual([
      { no: 1, n: messages - 2 },
      { no: other, n: 2 },
    ])
  })

  async function chunks(): Promise<number> {
    return (await bench.db.pool.query('SELECT count(*)::int n FROM chunk')).rows[0].n
  }
})

describe('a submission without an answer', () => {
  it('is found by the number of its receipt when no response can come any more', async () => {
    outcome(1, { verdict: 'uncertain', ids: [''], unanswered: [1] })
    await receipt('unknown', 'delivered', { msisdn: msisdn(1) })
    await expect.poll(() => stateOf(1), { timeout: 5000 }).toBe('delivered')
    expect(await bench.segments(broadcastId)).toBe(1)
    await expect.poll(parked).toBe(0)
  })

  it('is found though the receipt came before the dead process was taken over', async () => {
    await receipt('unknown', 'delivered', { msisdn: msisdn(1) })
    await ledger.settled()
    outcome(1, { verdict: 'uncertain', ids: [''], unanswered: [1], at: Date.now() + 50 })
    await expect.poll(() => stateOf(1), { timeout: 5000 }).toBe('delivered')
  })

  it('is not told the failure of the attempt that followed it, whose answer comes last', async () => {
    const again = { lane: 1, carrierNo: 1, fallbacks: [], notBefore: Date.now(), refused: 0, unanswered: 1 }
    outcome(1, { verdict: 'again', ids: [''], unanswered: [1], again })
    await receipt('of-the-second', 'failed', { msisdn: msisdn(1) })
    // Parked, and looked up by its number once no response can come any more.
    const tried = async () => (await bench.db.pool.query('SELECT tries FROM parked_receipt')).rows[0]?.tries
    await expect.poll(tried, { timeout: 5000 }).toBeGreaterThanOrEqual(2)
    expect(await stateOf(1)).toBe('pending')
    outcome(1, { attempt: 2, ids: ['of-the-second'] })
    await expect.poll(() => stateOf(1), { timeout: 10_000 }).toBe('failed')
    await expect.poll(parked).toBe(0)
  })

  it('that an intermediate and a final receipt name at once is submitted, then failed', async () => {
    const again = { lane: 1, carrierNo: 1, fallbacks: [], notBefore: Date.now(), refused: 0, unanswered: 1 }
    outcome(1, { verdict: 'again', ids: [''], unanswered: [1], again })
    await ledger.settled()
    await Promise.all(['submitted', 'failed'].map((s) => receipt('n', s as MessageState, { msisdn: msisdn(1) })))
    await expect.poll(() => stateOf(1), { timeout: 10_000 }).toBe('failed')
    await expect.poll(parked).toBe(0)
  })

  it('of two to one number is the newest that went out before the receipt came', async () => {
    const later = await bench.broadcast(1)
    outcome(1, { verdict: 'uncertain', ids: [''], unanswered: [1], at: Date.now() - 7200_000 })
    const ref = {
      broadcastId: later,
      seq: 1,
      attempt: 1,
      carrierNo: 1,
      msisdn: msisdn(1),
      parts: 1,
      at: Date.now() - 1000,
    }
    ledger.outcome({ ref, verdict: 'uncertain', accepted: [], unanswered: [1] })
    await receipt('unheard-of', 'delivered', { msisdn: msisdn(1) })
    await bench.until(later, { delivered: 1 })
    expect(await stateOf(1)).toBe('uncertain')
  })

  it('is not found by the receipt of another number or carrier', async () => {
    outcome(1, { verdict: 'uncertain', ids: [''], unanswered: [1] })
    outcome(2, { verdict: 'uncertain', ids: [''], unanswered: [1] })
    await receipt('x', 'delivered', { msisdn: msisdn(3) })
    await receipt('y', 'delivered', { msisdn: msisdn(1), carrierNo: 2 })
    await receipt('z', 'delivered', { msisdn: msisdn(2) })
    await expect.poll(() => stateOf(2), { timeout: 5000 }).toBe('delivered')
    expect(await stateOf(1)).toBe('uncertain')
    expect(await parked()).toBe(2)
  })

  it('whose response comes late is submitted, and its receipt is matched by its id', async () => {
    outcome(1, { verdict: 'uncertain', ids: [''], unanswered: [1] })
    await ledger.settled()
    outcome(1, { ids: ['late'], lateParts: [1] })
    await ledger.settled()
    expect(await stateOf(1)).toBe('submitted')
    await receipt('unknown', 'failed', { msisdn: msisdn(1) })
    await receipt('late', 'delivered')
    expect(await stateOf(1)).toBe('delivered')
    const { rows } = await bench.db.pool.query('SELECT count(*)::int n FROM unanswered')
    expect(rows[0].n).toBe(0)
  })
})

describe('the ledger', () => {
  it('leaves out a row that the database refuses, and writes all others', async () => {
    outcome(1)
    // No partition takes this segment: that the carrier took the message is known all the same.
    outcome(2, { at: Date.parse('2001-01-01') })
    outcome(3, { verdict: 'failed', ids: [''], error: 2 ** 40 })
    outcome(4)
    await Promise.all([receipt('id-1', 'failed', { error: 2 ** 31 }), receipt('id-4', 'delivered')])
    expect(await Promise.all([1, 2, 3, 4].map(stateOf))).toEqual(['submitted', 'submitted', 'failed', 'delivered'])
    outcome(5)
    await receipt('id-5', 'delivered')
    expect(await stateOf(5)).toBe('delivered')
    expect(await bench.segments(broadcastId)).toBe(3)
  })

  it('counts nothing twice when the answer to a COMMIT is lost', async () => {
    const thief = await commitThief(bench.url)
    await restart(thief.url)
    for (let seq = 1; seq <= 4; seq++) {
      await ledger.settled()
      thief.arm()
      outcome(seq, { verdict: seq === 4 ? 'again' : 'submitted', ...(seq === 4 && { again: { ...none } }) })
      await receipt(`id-${seq}`, 'submitted')
    }
    expect(thief.stolen).toBeGreaterThanOrEqual(3)
    expect(await bench.segments(broadcastId)).toBe(4)
    const { rows } = await bench.db.pool.query('SELECT count(*)::int n FROM segment')
    expect(rows[0].n).toBe(4)
    await ledger.close()
    await thief.close()
    ledger = openLedger()
  })

  const none = { lane: 1, notBefore: 0, carrierNo: 1, fallbacks: [], refused: 0, unanswered: 0 }

  it('settles what was handed over so far, though more keeps coming', async () => {
    let settled = false
    // In every turn of the event loop: there is no instant at which nothing waits.
    const stream = () => {
      if (settled) return
      outcome(2, { verdict: 'unchanged', ids: [''] })
      setImmediate(stream)
    }
    stream()
    outcome(1)
    await ledger.settled()
    settled = true
    expect(await stateOf(1)).toBe('submitted')
  })

  it('closes a chunk with the last of its outcomes, not for a holder that has lost it', async () => {
    await bench.db.pool.query(`UPDATE chunk SET state = 'sending', epoch = 4`)
    const { rows } = await bench.db.pool.query<{ id: number }>('SELECT id FROM chunk')
    const id = rows[0]?.id as number
    const state = async () => (await bench.db.pool.query('SELECT state FROM chunk')).rows[0].state
    ledger.chunkDone({ id, epoch: 3 })
    await ledger.settled()
    expect(await state()).toBe('sending')
    outcome(1)
    ledger.chunkDone({ id, epoch: 4 })
    await ledger.settled()
    expect(await state()).toBe('done')
    expect(await stateOf(1)).toBe('submitted')
  })
})

describe('a submission that was accepted without an id', () => {
  const nameless = (seq: number, more: Parameters<typeof outcome>[1] = {}) =>
    outcome(seq, { accepted: [{ part: 1, smscId: '' }], ...more })
  const rows = async (of: string) => (await bench.db.pool.query(`SELECT * FROM ${of}`)).rowCount

  it('is found by the number of its receipts, and counted once', async () => {
    nameless(1)
    await ledger.settled()
    expect(await stateOf(1)).toBe('submitted')
    expect([await bench.segments(broadcastId), await rows('segment')]).toEqual([1, 0])
    await receipt('first-heard-of', 'submitted', { msisdn: msisdn(1) })
    await expect.poll(parked, { timeout: 5000 }).toBe(0)
    // By its id, which is known now.
    await receipt('first-heard-of', 'delivered')
    expect(await stateOf(1)).toBe('delivered')
    expect([await bench.segments(broadcastId), await rows('segment'), await rows('unanswered')]).toEqual([1, 1, 0])
  })

  it('takes all receipts of one id that are due at once; another text to the number keeps waiting for its own', async () => {
    const before = await bench.broadcast(1)
    const ref = { broadcastId: before, seq: 1, attempt: 1, carrierNo: 1, msisdn: msisdn(1), parts: 1 }
    const accepted = [{ part: 1, smscId: '' }]
    ledger.outcome({ ref: { ...ref, at: Date.now() - 1000 }, verdict: 'submitted', accepted, unanswered: [] })
    nameless(1)
    await Promise.all(['submitted', 'delivered'].map((s) => receipt('n', s as MessageState, { msisdn: msisdn(1) })))
    await expect.poll(parked, { timeout: 5000 }).toBe(0)
    expect(await stateOf(1)).toBe('delivered')
    expect(await bench.states(before)).toEqual({ submitted: 1 })
    expect(await rows('unanswered')).toBe(1)
  })

  it('of a long text makes it whole', async () => {
    outcome(1, {
      ids: ['a', 'b'],
      accepted: [
        { part: 1, smscId: 'a' },
        { part: 2, smscId: '' },
      ],
    })
    await receipt('a', 'delivered')
    expect(await stateOf(1)).toBe('submitted')
    await receipt('late-b', 'delivered', { msisdn: msisdn(1) })
    await expect.poll(() => stateOf(1), { timeout: 5000 }).toBe('delivered')
    expect(await bench.segments(broadcastId)).toBe(2)
  })

  it('whose response came late is counted once, be it noted in the same transaction', async () => {
    outcome(1, { verdict: 'uncertain', ids: [''], unanswered: [1] })
    nameless(1, { lateParts: [1] })
    outcome(2, { verdict: 'uncertain', ids: [''], unanswered: [1] })
    await ledger.settled()
    nameless(2, { lateParts: [1] })
    await Promise.all([1, 2].map((seq) => receipt(`late-${seq}`, 'delivered', { msisdn: msisdn(seq) })))
    await expect.poll(() => bench.states(broadcastId), { timeout: 5000 }).toMatchObject({ delivered: 2 })
    expect(await bench.segments(broadcastId)).toBe(2)
  })

  it('is in no doubt: of its next attempt nobody is a holder, and what is taken back is cancelled', async () => {
    const again = { lane: 1, notBefore: Date.now() + 60_000, carrierNo: 1, fallbacks: [], refused: 1, unanswered: 0 }
    const halves: Partial<OutcomeRecord> & { ids: string[] } = { verdict: 'again', ids: ['x', ''], again }
    outcome(1, { ...halves, accepted: [{ part: 1, smscId: '' }] })
    outcome(2, { ...halves, accepted: [], unanswered: [1] })
    await ledger.settled()
    expect((await holdersPage(bench.db.pool, broadcastId, undefined, 10)).map(({ seq }) => seq)).toEqual([2])
    await bench.cancel(broadcastId)
    const { rows: chunks } = await bench.db.pool.query<{ id: number }>('SELECT id FROM chunk WHERE attempt = 2')
    for (const chunk of chunks) await withdrawChunk(bench.db.pool, chunk, 0)
    expect([await stateOf(1), await stateOf(2)]).toEqual(['cancelled', 'uncertain'])
  })
})
