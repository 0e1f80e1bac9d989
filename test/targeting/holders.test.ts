import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Alert } from '../../src/alerts/model.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { afterActionReport } from '../../src/reporting/after-action.ts'
import { broadcastProgress } from '../../src/reporting/broadcast-summary.ts'
import { claimChunk } from '../../src/store/chunks/claim.ts'
import { markChunk } from '../../src/store/chunks/mark.ts'
import { withdrawBroadcasts } from '../../src/store/chunks/withdraw-broadcasts.ts'
import { transaction } from '../../src/store/database.ts'
import { applyStates } from '../../src/store/ledger/apply-states.ts'
import { noteUnanswered } from '../../src/store/ledger/unanswered.ts'
import { type BroadcastFacts, broadcastOfAlert } from '../../src/store/reports/broadcast-head.ts'
import { type MessageState, messageStates } from '../../src/store/states.ts'
import { runSelection } from '../../src/targeting/select.ts'
import { expectToAddUp } from './adds-up.ts'
import { dying, Killed } from './dying.ts'
import { alertOf, allClear, correction, startEngine, type TestEngine } from './engine.ts'
import { addResidents } from './people.ts'
import { waitingFor } from './waiting.ts'

let engine: TestEngine
const zone: Shape = { kind: 'circle', lon: 137, lat: 37, radiusKm: 50 }
const people = Array.from({ length: 12 }, (_, i) => String(81900 + i))

beforeAll(async () => {
  engine = await startEngine()
})

afterAll(() => engine?.close())

beforeEach(async () => {
  await engine.rows('DELETE FROM chunk')
  await engine.rows('DELETE FROM resident')
  await engine.rows('DELETE FROM roamer')
  await addResidents(
    engine.db,
    people.map((msisdn) => ({ msisdn, country: 'JP', place: [137, 37] as const })),
  )
})

/** Moves one message as the ledger does. */
async function move(broadcastId: number, msisdn: string, state: MessageState): Promise<void> {
  const [row] = await engine.rows<{ seq: number }>(
    'SELECT seq FROM message WHERE broadcast_id = $1 AND msisdn = $2',
    broadcastId,
    msisdn,
  )
  const seq = (row as { seq: number }).seq
  const at = Date.now()
  const change = { broadcastId, seq, attempt: 1, error: null, submittedAt: at, finalAt: at, parts: 1 }
  await applyStates(engine.db.pool, [{ ...change, state }])
}

/** A first alert in whose broadcast somebody stands at each state, in the order of the states. */
async function everyState(): Promise<{ alert: Alert; broadcastId: number; at: Map<MessageState, string> }> {
  const alert = alertOf([zone])
  const { broadcastId } = await engine.send(alert)
  const at = new Map(messageStates.map((state, i) => [state, people[i] as string]))
  for (const [state, msisdn] of at) if (state !== 'pending') await move(broadcastId, msisdn, state)
  return { alert, broadcastId, at }
}

/** How many were counted before the first message of it was made. */
async function expectedOf(broadcastId: number): Promise<number | undefined> {
  const [broadcast] = await engine.rows<{ expected: number }>(
    'SELECT expected FROM broadcast WHERE id = $1',
    broadcastId,
  )
  return broadcast?.expected
}

const mayHave = ['uncertain', 'submitted', 'unconfirmed', 'delivered'] as const

describe('a Cancel and an all-clear', () => {
  test.each([
    ['Cancel', (of: Alert) => correction('Cancel', of)],
    ['all-clear', allClear],
  ])('go to exactly those who may have the text, also where they are not any more: %s', async (_, by) => {
    const { alert, at } = await everyState()
    await engine.rows('DELETE FROM resident WHERE msisdn = $1', at.get('submitted'))
    await engine.rows(
      `UPDATE resident SET lon = 10, lat = 50, cell = 0, country = 'DE' WHERE msisdn = $1`,
      at.get('delivered'),
    )
    await addResidents(engine.db, [{ msisdn: '81999', country: 'JP', place: [137, 37] }])
    const { broadcastId } = await engine.send(by(alert))
    expect([...(await engine.told(broadcastId)).keys()]).toEqual(mayHave.map((state) => at.get(state)).sort())
    expect(await expectedOf(broadcastId)).toBe(mayHave.length)
  })

  test('go by the carrier that took the text, even to who is registered no more', async () => {
    const alert = alertOf([zone])
    const { broadcastId: first } = await engine.send(alert)
    const [one, two] = people as [string, string]
    await move(first, one, 'delivered')
    await move(first, two, 'delivered')
    await engine.rows(
      'UPDATE message SET carrier_no = $2 WHERE broadcast_id = $1 AND msisdn = $3',
      first,
      engine.no('spare'),
      one,
    )
    await engine.rows('DELETE FROM resident')
    const { broadcastId } = await engine.send(correction('Cancel', alert))
    const rows = await engine.rows(
      'SELECT msisdn, carrier_no no FROM message WHERE broadcast_id = $1 ORDER BY msisdn',
      broadcastId,
    )
    expect(rows).toEqual([
      { msisdn: Number(one), no: engine.no('spare') },
      { msisdn: Number(two), no: engine.no('local') },
    ])
  })

  test('go to what is on the wire, and not to what is behind it', async () => {
    const alert = alertOf([zone])
    const { broadcastId: first } = await engine.send(alert)
    const chunk = await claimChunk(engine.db.pool, engine.no('local'), [0, 1, 2, 3, 4, 5, 6])
    if (chunk?.broadcastId !== first) throw new Error('another chunk was claimed')
    expect(await markChunk(engine.db.pool, chunk.id, chunk.epoch, chunk.seqFrom + 3)).toBe('marked')
    await move(first, people[0] as string, 'failed')
    const { broadcastId } = await engine.send(correction('Cancel', alert))
    const onTheWire = await engine.rows<{ msisdn: string }>(
      'SELECT msisdn::text FROM message WHERE broadcast_id = $1 AND seq <= $2 ORDER BY message.msisdn',
      first,
      chunk.seqFrom + 3,
    )
    expect([...(await engine.told(broadcastId)).keys()]).toEqual(
      onTheWire.map((row) => row.msisdn).filter((m) => m !== people[0]),
    )
    expect(await expectedOf(broadcastId)).toBe(3)
    // Nothing of it can be marked any more.
    expect(await markChunk(engine.db.pool, chunk.id, chunk.epoch, chunk.seqTo)).toBe('barred')
  })

  test('wait for a write-ahead that is being committed', async () => {
    const alert = alertOf([zone])
    const { broadcastId: first } = await engine.send(alert)
    const chunk = await claimChunk(engine.db.pool, engine.no('local'), [0, 1, 2, 3, 4, 5, 6])
    if (chunk?.broadcastId !== first) throw new Error('another chunk was claimed')
    const running = await transaction(engine.db.pool, async (client) => {
      await markChunk(client, chunk.id, chunk.epoch, chunk.seqFrom)
      const { broadcastId } = await engine.launch(correction('Cancel', alert))
      const selection = runSelection(engine.select, broadcastId).then(() => broadcastId)
      await waitingFor(engine.db, /FROM chunk/)
      return { selection }
    })
    expect(await engine.told(await running.selection)).toHaveProperty('size', 1)
  })

  test('go to somebody one of whose attempts was never answered, whatever became of the next', async () => {
    const alert = alertOf([zone])
    const { broadcastId: first } = await engine.send(alert)
    const rows = await engine.rows<{ seq: number; msisdn: string }>(
      'SELECT seq, msisdn::text FROM message WHERE broadcast_id = $1 ORDER BY message.msisdn',
      first,
    )
    const [lost, throttled, waiting] = rows as [
      { seq: number; msisdn: string },
      { seq: number },
      { seq: number; msisdn: string },
    ]
    const ref = (seq: number) => ({
      broadcastId: first,
      seq,
      attempt: 1,
      carrierNo: 1,
      msisdn: '1',
      parts: 1,
      at: Date.now(),
    })
    await noteUnanswered(engine.db.pool, [
      { ref: ref(lost.seq), part: 1 },
      { ref: ref(waiting.seq), part: 1 },
    ])
    await engine.rows('UPDATE message SET attempt = 2 WHERE broadcast_id = $1 AND seq = ANY ($2)', first, [
      lost.seq,
      throttled.seq,
      waiting.seq,
    ])
    await engine.rows(`UPDATE message SET state = 'failed' WHERE broadcast_id = $1 AND seq = $2`, first, lost.seq)
    const { broadcastId } = await engine.send(correction('Cancel', alert))
    expect([...(await engine.told(broadcastId)).keys()]).toEqual([lost.msisdn, waiting.msisdn])
    expect(await expectedOf(broadcastId)).toBe(2)
  })
})

describe('those who came late to the text', () => {
  test.each(['Cancel', 'Update'] as const)('are chosen at once with all others who have it: %s', async (kind) => {
    const alert = alertOf([zone])
    const { broadcastId: first } = await engine.send(alert)
    const place = { lon: 137, lat: 37 }
    await engine.report({
      msisdn: '82100',
      hplmn: '45008',
      event: 'enter',
      countries: ['JP'],
      at: new Date(),
      ...place,
    })
    const [late, other] = people as [string, string]
    await engine.rows(`UPDATE message SET reason = 'late-entrant' WHERE broadcast_id = $1 AND msisdn = $2`, first, late)
    await engine.rows(
      `UPDATE message SET reason = 'other-number' WHERE broadcast_id = $1 AND msisdn = $2`,
      first,
      other,
    )
    await engine.rows(`UPDATE message SET state = 'delivered' WHERE broadcast_id = $1`, first)
    expect((await engine.told(first)).get('82100')).toBe('late-entrant')
    const { alertId, broadcastId } = await engine.send(correction(kind, alert, kind === 'Update' ? [zone] : []))
    expect(Object.fromEntries(await engine.told(broadcastId))).toEqual({
      ...Object.fromEntries(people.map((msisdn) => [msisdn, 'resident'])),
      82100: 'roamer',
    })
    await expectToAddUp(engine, broadcastId, people.length + 1)
    // Everybody else has it: the three are waited for, too.
    for (const msisdn of people.slice(2)) await move(broadcastId, msisdn, 'delivered')
    const facts = (await broadcastOfAlert(engine.db.pool, alertId)) as BroadcastFacts
    expect(await broadcastProgress(engine.db, facts)).toMatchObject({
      audience: { resident: people.length, roamer: 1, 'late-entrant': 0, 'other-number': 0 },
      initialDone: false,
    })
    const report = await afterActionReport(engine.db, alertId, { exact: true })
    expect(report.alerts.at(-1)?.broadcast?.lateEntrants).toBe(0)
  })
})

test('a correction that is killed while it counts beside its first pages goes on, to everybody once', async () => {
  await engine.rows('DELETE FROM resident')
  // More than two pages of holders.
  const many = Array.from({ length: 4500 }, (_, i) => String(8_190_000 + i))
  await addResidents(
    engine.db,
    many.map((msisdn) => ({ msisdn, country: 'JP', place: [137, 37] as const })),
  )
  const alert = alertOf([zone])
  const { broadcastId: first } = await engine.send(alert)
  await engine.rows(`UPDATE message SET state = 'submitted' WHERE broadcast_id = $1`, first)
  const { broadcastId } = await engine.launch(correction('Cancel', alert))
  // The process is no more when its first page is committed: nor is the count that goes on beside it.
  const counting = dying(engine.db, 'before-commit', /^WITH wire .* SELECT count\(/s)
  const killed = dying(counting, 'after-commit', /SET selection_cursor/)
  await expect(runSelection({ ...engine.select, db: killed }, broadcastId)).rejects.toThrow(Killed)
  expect((await engine.told(broadcastId)).size).toBe(2000)
  expect(await expectedOf(broadcastId)).toBeNull()
  await runSelection(engine.select, broadcastId)
  expect([...(await engine.told(broadcastId)).keys()]).toEqual(many)
  expect(await expectedOf(broadcastId)).toBe(many.length)
  await expectToAddUp(engine, broadcastId, many.length)
})

describe('an Update', () => {
  test('goes to all who may have the predecessor and to who is inside now, to each once', async () => {
    const { alert, at } = await everyState()
    await engine.rows(`UPDATE resident SET lon = 10, lat = 50, cell = 0, country = 'DE' WHERE msisdn = ANY ($1)`, [
      at.get('delivered'),
      at.get('failed'),
    ])
    await addResidents(engine.db, [{ msisdn: '81999', country: 'JP', place: [137, 37] }])
    const { broadcastId } = await engine.send(correction('Update', alert, [zone]))
    const expected = [...people.filter((msisdn) => msisdn !== at.get('failed')), '81999']
    expect([...(await engine.told(broadcastId)).keys()]).toEqual(expected)
    expect(await expectedOf(broadcastId)).toBe(expected.length)
  })

  test('of an Update goes to who has the text of any of the chain, not to who has only its own', async () => {
    const first = alertOf([zone])
    const { broadcastId: one } = await engine.send(first)
    await move(one, people[0] as string, 'delivered')
    const second = correction('Update', first, [{ ...zone, radiusKm: 1, lon: 100 } as Shape])
    const { broadcastId: two } = await engine.send(second)
    expect([...(await engine.told(two)).keys()]).toEqual([people[0]])
    await move(two, people[0] as string, 'delivered')
    await move(one, people[1] as string, 'delivered') // a receipt that came late
    const { broadcastId: three } = await engine.send(allClear(second))
    expect([...(await engine.told(three)).keys()]).toEqual([people[0], people[1]])
    // Who has the text of both is one.
    expect(await expectedOf(three)).toBe(2)
    await withdrawBroadcasts(engine.db)
  })
})
