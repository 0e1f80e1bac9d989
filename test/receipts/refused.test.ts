import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createLogger } from '../../src/lib/log.ts'
import { Ledger } from '../../src/receipts/ledger.ts'
import { normaliseId } from '../../src/smpp/message-id.ts'
import type { OutcomeRecord } from '../../src/store/ledger/records.ts'
import { type Bench, dispatchBench } from '../dispatch/harness.ts'
import { commitThief } from './proxy.ts'

let bench: Bench
let ledger: Ledger
let broadcastId: number

beforeEach(async () => {
  bench = await dispatchBench()
  broadcastId = await bench.broadcast(10)
  ledger = openLedger()
})
afterEach(async () => {
  await ledger.close()
  await bench.close()
})

function openLedger(url = bench.url): Ledger {
  return new Ledger({ url, log: createLogger('silent'), rulesOf: () => ({ multipart: 'all', responseMs: 200 }) })
}

/** Another process: it knows no id by heart, and the first batch that it writes looks at the parked receipts. */
async function restart(url?: string): Promise<void> {
  await ledger.close()
  ledger = openLedger(url)
}

const day = 86_400_000
const msisdn = (seq: number) => String(821000000000 + seq)
/** Incompressible: an index takes no more than 2,704 octets. */
const longId = () => randomBytes(3000).toString('base64url')

function outcome(seq: number, smscId: string | undefined, more: Partial<OutcomeRecord> = {}, at = Date.now()): void {
  ledger.outcome({
    ref: { broadcastId, seq, attempt: 1, carrierNo: 1, msisdn: msisdn(seq), parts: 1, at },
    verdict: 'submitted',
    accepted: smscId === undefined ? [] : [{ part: 1, smscId }],
    unanswered: [],
    ...more,
  })
}

const unanswered = (seq: number, at?: number) => outcome(seq, undefined, { verdict: 'uncertain', unanswered: [1] }, at)

/** Resolves when it is acknowledged. */
const receipt = (smscId: string, number?: string) =>
  new Promise<void>((resolve) => {
    const about = { carrierNo: 1, smscId, msisdn: number, state: 'delivered', error: undefined } as const
    ledger.receipt({ ...about, finalAt: Date.now(), raw: Buffer.from('raw') }, resolve)
  })

/** A receipt that waits since a minute ago. */
const park = (smscId: string, number?: string) =>
  bench.db.pool.query(
    `INSERT INTO parked_receipt (carrier_no, smsc_id, msisdn, state, final_at, raw, received_at, next_try_at)
     VALUES (1, $1, $2, 'delivered', now(), 'raw', now() - interval '1 min', now())`,
    [smscId, number ?? null],
  )

async function message(seq: number): Promise<unknown> {
  const sql = 'SELECT state, error FROM message WHERE broadcast_id = $1 AND seq = $2'
  return (await bench.db.pool.query(sql, [broadcastId, seq])).rows[0]
}

const rows = async (of: string) => (await bench.db.pool.query(`SELECT * FROM ${of}`)).rowCount

it('commits and matches an id that is longer than SMPP allows', async () => {
  const long = longId()
  outcome(1, normaliseId(long, 'string'))
  await ledger.settled()
  await restart()
  await receipt(normaliseId(long, 'string'))
  expect(await message(1)).toMatchObject({ state: 'delivered' })
  expect([await rows('parked_receipt'), await rows('segment')]).toEqual([0, 1])
})

it('keeps what became of a message whose id is too long for an index, and everything beside it', async () => {
  outcome(1, longId())
  outcome(2, 'id-2')
  await Promise.all([ledger.settled(), receipt(longId()), receipt('id-2')])
  expect(await message(1)).toMatchObject({ state: 'submitted' })
  expect(await message(2)).toMatchObject({ state: 'delivered' })
})

it('sees the reason behind what it made fail', async () => {
  const again = { lane: 1, notBefore: 0, carrierNo: 1, fallbacks: [], unanswered: 0 }
  // Two statements, of which the second goes after that of the receipt, whose number is none.
  for (const seq of [1, 2]) outcome(seq, undefined, { verdict: 'again', again: { ...again, refused: seq } })
  await Promise.all([ledger.settled(), receipt('unknown', 'nobody')])
  const { rows } = await bench.db.pool.query('SELECT seq FROM message WHERE attempt = 2 ORDER BY seq')
  expect(rows).toEqual([{ seq: 1 }, { seq: 2 }])
})

it('keeps that a message failed where the database refuses the reason', async () => {
  outcome(1, undefined, { verdict: 'failed', error: 2_147_483_649 })
  outcome(2, undefined, { verdict: 'failed', error: 2_147_483_649, accepted: [{ part: 1, smscId: 'one of two' }] })
  outcome(3, undefined, { verdict: 'failed', error: 11 })
  await ledger.settled()
  expect(await message(1)).toEqual({ state: 'failed', error: null })
  expect(await message(2)).toEqual({ state: 'failed', error: null })
  expect(await message(3)).toEqual({ state: 'failed', error: 11 })
})

it('loses no outcome to a parked receipt that the database refuses', async () => {
  unanswered(1)
  await ledger.settled()
  await ledger.close()
  await park(longId(), msisdn(1))
  ledger = openLedger()
  outcome(2, 'id-2')
  await ledger.settled()
  expect(await message(2)).toMatchObject({ state: 'submitted' })
  expect(await rows('segment')).toBe(1)
})

it('gives a receipt to no submission whose partition is gone, and places the others meanwhile', async () => {
  unanswered(1, Date.now() - 200 * day)
  await ledger.settled()
  await ledger.close()
  await park('of-nobody', msisdn(1))
  await park('early')
  ledger = openLedger()
  for (let seq = 2; seq <= 5; seq++) outcome(seq, seq === 2 ? 'early' : `id-${seq}`)
  await ledger.settled()
  await expect.poll(() => message(2), { timeout: 5000 }).toMatchObject({ state: 'delivered' })
  expect(await bench.states(broadcastId)).toMatchObject({ delivered: 1, submitted: 3, uncertain: 1 })
  expect([await rows('segment'), await rows('parked_receipt'), await rows('unanswered')]).toEqual([4, 1, 1])
})

it('forgets a submission that was noted as unanswered and answered in one batch', async () => {
  unanswered(1)
  outcome(1, 'late', { lateParts: [1] })
  await ledger.settled()
  expect(await message(1)).toMatchObject({ state: 'submitted' })
  expect(await rows('unanswered')).toBe(0)
})

it('gives a parked receipt to no submission whose response is in the same batch', async () => {
  unanswered(1)
  await ledger.settled()
  await ledger.close()
  await park('of-another', msisdn(1))
  ledger = openLedger()
  outcome(1, 'late', { lateParts: [1] })
  await ledger.settled()
  expect(await message(1)).toMatchObject({ state: 'submitted' })
  expect([await rows('segment'), await rows('parked_receipt'), await rows('unanswered')]).toEqual([1, 1, 0])
})

it('survives a connection that breaks before it is ready', async () => {
  const thief = await commitThief(bench.url)
  thief.armSet()
  await restart(thief.url)
  outcome(1, 'id-1')
  await ledger.settled()
  expect(thief.stolen).toBe(1)
  expect(await message(1)).toMatchObject({ state: 'submitted' })
  await ledger.close()
  await thief.close()
})
