import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prng } from '../../src/lib/prng.ts'
import { StateChanges } from '../../src/receipts/merge.ts'
import { applyStates, type StateChange } from '../../src/store/ledger/apply-states.ts'
import { type MessageState, mayFollow, messageStates } from '../../src/store/states.ts'
import { type Bench, dispatchBench } from '../dispatch/harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await dispatchBench()
})
afterAll(() => bench.close())

const messages = 200

function change(broadcastId: number, seq: number, state: MessageState, attempt: number): StateChange {
  return { broadcastId, seq, attempt, state, error: null, submittedAt: 0, finalAt: 0, parts: null }
}

async function states(broadcastId: number): Promise<{ seq: number; state: MessageState; attempt: number }[]> {
  const { rows } = await bench.db.pool.query(
    'SELECT seq, state, attempt FROM message WHERE broadcast_id = $1 ORDER BY seq',
    [broadcastId],
  )
  return rows
}

describe('states of messages', () => {
  it('move as mayFollow says and in no other way, whatever comes in whatever order', async () => {
    const random = prng(21)
    const id = await bench.broadcast(messages)
    await bench.db.pool.query('UPDATE message SET attempt = 1 + seq % 3 WHERE broadcast_id = $1', [id])
    const model = new Map((await states(id)).map((row) => [row.seq, row]))
    for (let round = 0; round < 60; round++) {
      const changes: StateChange[] = []
      for (let seq = 1; seq <= messages; seq++) {
        if (random.next() < 0.5) changes.push(change(id, seq, random.pick(messageStates), 1 + random.int(3)))
      }
      await applyStates(bench.db.pool, changes)
      for (const { seq, state, attempt } of changes) {
        const now = model.get(seq) as { seq: number; state: MessageState; attempt: number }
        const goodNews = state === 'submitted' || state === 'delivered'
        if (!mayFollow(now.state, state) || (attempt !== now.attempt && !goodNews)) continue
        model.set(seq, { seq, state, attempt: state === 'submitted' ? attempt : now.attempt })
      }
    }
    expect(await states(id)).toEqual([...model.values()])
    // Also checks the tallies against them.
    await bench.states(id)
  })

  it('never go back when the changes of a batch are merged', async () => {
    const random = prng(22)
    const id = await bench.broadcast(messages, { first: 1000 })
    let before = await states(id)
    for (let round = 0; round < 40; round++) {
      const changes = new StateChanges()
      const delivered = new Set<number>()
      for (let i = 0; i < messages; i++) {
        const seq = 1 + random.int(messages)
        const state = random.pick(messageStates)
        if (state === 'delivered') delivered.add(seq)
        changes.add(change(id, seq, state, 1 + random.int(2)))
      }
      await applyStates(bench.db.pool, changes.list())
      const after = await states(id)
      for (const [i, { seq, state }] of after.entries()) {
        const was = before[i]?.state as MessageState
        expect(state === was || mayFollow(was, state), `${was} to ${state}`).toBe(true)
        if (delivered.has(seq)) expect(state).toBe('delivered')
      }
      before = after
    }
    await bench.states(id)
  })

  it('may follow each other by rank only, and of the final ones only to delivered', () => {
    const allowed = messageStates.flatMap((now) =>
      messageStates.filter((next) => mayFollow(now, next)).map((next) => [now, next]),
    )
    expect(allowed).toContainEqual(['failed', 'delivered'])
    expect(allowed).toContainEqual(['uncertain', 'submitted'])
    expect(allowed).toContainEqual(['unconfirmed', 'failed'])
    expect(allowed).not.toContainEqual(['delivered', 'failed'])
    expect(allowed).not.toContainEqual(['failed', 'expired'])
    expect(allowed).not.toContainEqual(['submitted', 'pending'])
  })
})
