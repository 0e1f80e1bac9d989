import { describe, expect, test } from 'vitest'
import { broadcastProgress, broadcastSummary } from '../../src/reporting/broadcast-summary.ts'
import { entryTextSummary } from '../../src/reporting/entry-text-summary.ts'
import { verifyTallies } from '../../src/reporting/verify-tallies.ts'
import { withdrawChunk } from '../../src/store/chunks/withdraw.ts'
import { findBroadcast } from '../../src/store/reports/broadcast-head.ts'
import { databaseForFile } from '../support/database.ts'
import { accepted, choose, launched, move, selected } from './broadcast.ts'

const db = databaseForFile()

async function progressOf(id: number) {
  const facts = await findBroadcast(db.pool, id)
  if (facts === undefined) throw new Error('no broadcast')
  return broadcastProgress(db, facts)
}

describe('the summary of a broadcast', () => {
  test('adds up the states, and tells a refusal from a message that the carrier took', async () => {
    const { broadcastId } = await launched(db)
    const north = await choose(db, broadcastId, { n: 10, carrier: 'north' })
    const south = await choose(db, broadcastId, { n: 4, reason: 'roamer', carrier: 'south' })
    await choose(db, broadcastId, { n: 3 })
    await selected(db, broadcastId)
    await accepted(db, broadcastId, [...north.slice(0, 8), ...south])
    await move(db, broadcastId, north.slice(0, 8), 'submitted')
    await move(db, broadcastId, north.slice(0, 5), 'delivered', { receiptMs: 2_000 })
    await move(db, broadcastId, north.slice(5, 6), 'failed', { receiptMs: 3_000, error: 69 })
    await move(db, broadcastId, north.slice(8, 9), 'failed', { error: 0x0b })
    // Submission and receipt in one batch of the ledger: the state `submitted` is never seen.
    await move(db, broadcastId, south.slice(0, 2), 'delivered', { receiptMs: 1_000 })

    const summary = await broadcastSummary(db, broadcastId)
    expect(summary.states).toEqual({
      pending: 3,
      uncertain: 0,
      submitted: 2,
      unconfirmed: 0,
      suppressed: 3,
      cancelled: 0,
      failed: 2,
      expired: 0,
      delivered: 7,
    })
    expect(summary.matched).toBe(17)
    expect(summary.segments).toBe(12)
    expect(summary.carriers).toEqual({
      north: { submitted: 8, delivered: 5, receiptP50Ms: 2_000, receiptP95Ms: 2_000 },
      south: { submitted: 2, delivered: 2, receiptP50Ms: 1_000, receiptP95Ms: 1_000 },
    })
    expect(Object.keys(summary)).toEqual([
      'id',
      'identifier',
      'msgType',
      'matched',
      'states',
      'segments',
      'seconds',
      'firstSubmitMs',
      'carriers',
    ])
  })

  test('takes percentiles between the receipts and measures from launch to the last of them', async () => {
    const { broadcastId } = await launched(db)
    const seqs = await choose(db, broadcastId, { n: 4, carrier: 'north' })
    await selected(db, broadcastId)
    for (const [i, seq] of seqs.entries()) {
      await move(db, broadcastId, [seq], 'delivered', { afterMs: 500, receiptMs: (i + 1) * 1_000 })
    }
    await db.pool.query(`UPDATE broadcast SET first_submit_at = created_at + interval '120 ms' WHERE id = $1`, [
      broadcastId,
    ])
    const summary = await broadcastSummary(db, broadcastId)
    expect(summary.carriers.north).toMatchObject({ receiptP50Ms: 2_500, receiptP95Ms: 3_850 })
    expect(summary.seconds).toBeCloseTo(4.5, 2)
    expect(summary.firstSubmitMs).toBe(120)
  })

  test('does not grow with the clock while messages and receipts are outstanding', async () => {
    const { broadcastId } = await launched(db)
    const seqs = await choose(db, broadcastId, { n: 4, carrier: 'north' })
    await selected(db, broadcastId)
    await db.pool.query(`UPDATE broadcast SET created_at = created_at - interval '1 hour' WHERE id = $1`, [broadcastId])
    const seconds = async () => (await broadcastSummary(db, broadcastId)).seconds
    expect((await broadcastSummary(db, broadcastId)).firstSubmitMs).toBeNull()
    expect(await seconds()).toBe(0)
    await move(db, broadcastId, seqs.slice(0, 2), 'submitted', { afterMs: 1_500 })
    expect(await seconds()).toBeCloseTo(1.5, 2)
    expect(await seconds()).toBeCloseTo(1.5, 2)
    await move(db, broadcastId, seqs.slice(0, 1), 'delivered', { afterMs: 1_500, receiptMs: 6_000 })
    expect(await seconds()).toBeCloseTo(7.5, 2)
    // A repetition says nothing new, and what is withdrawn has no answer.
    await move(db, broadcastId, seqs.slice(0, 1), 'delivered', { afterMs: 1_500, receiptMs: 60_000 })
    const { rows } = await db.pool.query<{ id: number }>('SELECT id FROM chunk WHERE broadcast_id = $1', [broadcastId])
    for (const { id } of rows) await withdrawChunk(db.pool, { id }, 0)
    expect((await broadcastSummary(db, broadcastId)).states).toMatchObject({ delivered: 1, submitted: 1, cancelled: 2 })
    expect(await seconds()).toBeCloseTo(7.5, 2)
  })
})

describe('the progress of a broadcast', () => {
  test('is done when selection is complete and nothing of it waits for an answer or a receipt', async () => {
    const { broadcastId } = await launched(db)
    const seqs = await choose(db, broadcastId, { n: 2, carrier: 'north' })
    await move(db, broadcastId, seqs, 'delivered')
    expect((await progressOf(broadcastId)).initialDone).toBe(false)
    await selected(db, broadcastId)
    expect((await progressOf(broadcastId)).initialDone).toBe(true)

    const [third] = await choose(db, broadcastId, { n: 1, carrier: 'north' })
    expect((await progressOf(broadcastId)).initialDone).toBe(false)
    await move(db, broadcastId, [third as number], 'submitted')
    expect((await progressOf(broadcastId)).initialDone).toBe(false)
    await move(db, broadcastId, [third as number], 'unconfirmed')
    expect((await progressOf(broadcastId)).initialDone).toBe(true)
  })

  test('does not wait for late entrants, but does for the first selection among them', async () => {
    const { broadcastId } = await launched(db)
    const first = await choose(db, broadcastId, { n: 1, carrier: 'north' })
    await selected(db, broadcastId)
    await choose(db, broadcastId, { n: 2, reason: 'late-entrant', carrier: 'north' })
    const before = await progressOf(broadcastId)
    expect(before.audience).toMatchObject({ resident: 1, 'late-entrant': 2 })
    expect(before.initialDone).toBe(false)
    await move(db, broadcastId, first, 'delivered')
    expect((await progressOf(broadcastId)).initialDone).toBe(true)
  })

  test('counts those apart who are not told', async () => {
    const { broadcastId } = await launched(db)
    await choose(db, broadcastId, { n: 2, reason: 'roamer', carrier: 'north' })
    await db.pool.query(`INSERT INTO audience_tally VALUES ($1, 'apart', 'JP', 7), ($1, 'apart', 'KR', 1)`, [
      broadcastId,
    ])
    const { matched, audience } = await progressOf(broadcastId)
    expect(matched).toBe(2)
    expect(audience).toEqual({
      resident: 0,
      roamer: 2,
      'resident-unplaced': 0,
      'roamer-unplaced': 0,
      'late-entrant': 0,
      'other-number': 0,
      apart: 8,
    })
  })

  test.each([
    ['its alert has ended', `UPDATE alert SET phase = 'ended' WHERE id = $1`],
    ['selection refused', `UPDATE broadcast SET refused = 'too many' WHERE alert_id = $1`],
    ['it was closed', `UPDATE broadcast SET state = 'closed' WHERE alert_id = $1`],
  ])('has ended when %s', async (_, sql) => {
    const { alertId, broadcastId } = await launched(db)
    await choose(db, broadcastId, { n: 1, carrier: 'north' })
    expect((await progressOf(broadcastId)).ended).toBe(false)
    await db.pool.query(sql, [alertId])
    expect((await progressOf(broadcastId)).ended).toBe(true)
  })
})

test('a tally that does not agree with the messages is found, state by state', async () => {
  const { broadcastId } = await launched(db)
  const seqs = await choose(db, broadcastId, { n: 3, carrier: 'north' })
  await move(db, broadcastId, seqs, 'submitted')
  expect(await verifyTallies(db, broadcastId)).toMatchObject({ holds: true, differences: [] })
  await db.pool.query(`UPDATE message SET state = 'delivered' WHERE broadcast_id = $1 AND seq = $2`, [
    broadcastId,
    seqs[0],
  ])
  expect(await verifyTallies(db, broadcastId)).toMatchObject({
    holds: false,
    differences: [
      { state: 'submitted', tally: 3, messages: 2 },
      { state: 'delivered', tally: 0, messages: 1 },
    ],
  })
})

test('entry texts: all that came is what was sent and what was suppressed, by reason', async () => {
  await db.pool.query(
    `INSERT INTO event_tally VALUES ('2026-11-21', 'JP', 'sent', 5), ('2026-11-21', 'FR', 'sent', 2), ('2026-11-21', 'JP', 'cool-down', 3),
                                    ('2026-11-22', 'JP', 'repeat', 1)`,
  )
  expect(await entryTextSummary(db)).toEqual({ notifications: 11, sent: 7, suppressed: { 'cool-down': 3, repeat: 1 } })
  expect(await entryTextSummary(db, { from: '2026-11-22', to: '2026-11-22' })).toEqual({
    notifications: 1,
    sent: 0,
    suppressed: { repeat: 1 },
  })
})
