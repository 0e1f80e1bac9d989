import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimChunk } from '../../src/store/chunks/claim.ts'
import { loadChunk } from '../../src/store/chunks/load.ts'
import { markChunk } from '../../src/store/chunks/mark.ts'
import { withdrawChunk } from '../../src/store/chunks/withdraw.ts'
import { type Client, type HotClient, openHotConnection, transaction } from '../../src/store/database.ts'
import { readHeldSegments } from '../../src/store/inquiries/held-segments.ts'
import { aggregateParts, applyPartReceipts } from '../../src/store/ledger/apply-parts.ts'
import { applyStates } from '../../src/store/ledger/apply-states.ts'
import { findSegments } from '../../src/store/ledger/find-segments.ts'
import type { ReceiptRecord } from '../../src/store/ledger/records.ts'
import { sendAgain } from '../../src/store/ledger/send-again.ts'
import { takeUnanswered } from '../../src/store/ledger/unanswered.ts'
import { type Bench, dispatchBench } from './harness.ts'

let bench: Bench
let hot: HotClient
let broadcastId: number
beforeAll(async () => {
  bench = await dispatchBench()
  hot = await openHotConnection(bench.url, () => undefined)
  broadcastId = await bench.broadcast(4000)
  await bench.db.pool.query(
    `INSERT INTO segment (at, broadcast_id, seq, carrier_no, attempt, part, parts, smsc_id)
     SELECT now(), $1, n, 1, 1, p, 2, n || '-' || p FROM generate_series(1, 4000) n, generate_series(1, 2) p`,
    [broadcastId],
  )
  await bench.db.pool.query(
    `INSERT INTO unanswered (carrier_no, msisdn, broadcast_id, seq, attempt, part, parts, at)
     SELECT 1, n, $1, n, 1, 1, 1, now() FROM generate_series(1, 4000) n`,
    [broadcastId],
  )
  await bench.db.pool.query(
    `INSERT INTO chunk (broadcast_id, carrier_no, lane, seq_from, seq_to, state)
     SELECT $1, 1, 1, 1, 1, 'done' FROM generate_series(1, 4000)`,
    [broadcastId],
  )
})
afterAll(async () => {
  await hot.end()
  await bench.close()
})

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly PlanNode[]
}

/** Runs `act` and returns the plan of each statement that it sends, as the hot connection has it, run for run. */
async function plansOf(act: (db: Client) => Promise<unknown>): Promise<PlanNode[]> {
  const plans: PlanNode[] = []
  let last: Promise<unknown> = Promise.resolve()
  // One after the other: some are sent without waiting for those before them.
  const explaining = {
    query: (statement: { text: string; values: unknown[] }) => {
      const answer = last.then(() => explain(statement))
      last = answer
      return answer
    },
  }
  const explain = async ({ text, values }: { text: string; values: unknown[] }) => {
    const prepared = `plan_${plans.length}_${Math.random().toString(36).slice(2)}`
    await hot.query(`BEGIN`)
    // Through PREPARE, so that the plan is the generic one of a named statement.
    await hot.query(`PREPARE ${prepared} AS ${text}`)
    const list = values.map((value) => literal(value)).join(', ')
    const { rows } = await hot.query(`EXPLAIN (FORMAT JSON) EXECUTE ${prepared} (${list})`)
    plans.push(rows[0]['QUERY PLAN'][0].Plan)
    await hot.query('ROLLBACK')
    return { rows: [], rowCount: 1 }
  }
  await act(explaining as unknown as Client)
  return plans
}

function literal(value: unknown): string {
  // A generic plan does not look at its values; columns come in binary form.
  if (value === null || value === undefined || Buffer.isBuffer(value)) return 'NULL'
  if (Array.isArray(value)) return `'{${value.map((item) => (item === null ? 'NULL' : `"${String(item)}"`)).join()}}'`
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `'${String(value)}'`
}

/** What each index is searched for. */
function searched(node: PlanNode): string[] {
  const own = node['Index Cond'] === undefined ? [] : [node['Index Cond']]
  return [...own, ...(node.Plans ?? []).flatMap(searched)]
}

/** Tables that are read from end to end. */
function scanned(node: PlanNode): string[] {
  const own = node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? '?'] : []
  return [...own, ...(node.Plans ?? []).flatMap(scanned)]
}

const one = {
  id: 1,
  broadcastId: 0,
  lane: 1,
  seqFrom: 1,
  seqTo: 1000,
  seqs: null,
  attempt: 1,
  refused: 0,
  unanswered: 0,
  epoch: 1,
  fallbacks: [],
}
const receipt = (seq: number) =>
  ({
    broadcastId,
    seq,
    attempt: 1,
    carrierNo: 1,
    part: 1,
    parts: 2,
    at: Date.now(),
    smscId: `${seq}-1`,
    state: 'delivered',
  }) as ReceiptRecord

describe('on tables that were never analysed, the hot connection reads by index', () => {
  const ref = (seq: number) => ({ broadcastId, seq, attempt: 1, carrierNo: 1, msisdn: '1', parts: 1, at: Date.now() })
  const change = (seq: number) => ({
    ...ref(seq),
    state: 'submitted' as const,
    error: null,
    submittedAt: 1,
    finalAt: null,
  })
  const again = { lane: 1, carrierNo: 1, fallbacks: [], notBefore: 0, refused: 1, unanswered: 0 }
  /** As many as a busy ledger writes at once. */
  const batch = Array.from({ length: 1000 }, (_, i) => i + 1)

  it('(no statistics are there)', async () => {
    const { rows } = await bench.db.pool.query(
      `SELECT DISTINCT reltuples FROM pg_class WHERE relname ~ '^(message|segment)_\\d+$' AND relkind = 'r'`,
    )
    expect(rows).toEqual([{ reltuples: -1 }])
  })

  it.each([
    ['claims', (db: Client) => claimChunk(db, 1, [0, 1, 3])],
    ['loads', (db: Client) => loadChunk(db, { ...one, broadcastId })],
    ['marks', (db: Client) => markChunk(db, 1, 1, 100)],
    ['withdraws', (db: Client) => withdrawChunk(db, { id: 1, epoch: 1 }, 0)],
    ['applies the states of a run', (db: Client) => applyStates(db, batch.map(change))],
    [
      'applies scattered states',
      (db: Client) =>
        applyStates(
          db,
          batch.map((n) => change(n * 100)),
        ),
    ],
    [
      'finds segments',
      (db: Client) =>
        findSegments(
          db,
          batch.map((n) => ({ carrierNo: 1, smscId: `${n}-1` })),
        ),
    ],
    ['applies receipts of parts', (db: Client) => applyPartReceipts(db, batch.map(receipt))],
    ['adds parts up', (db: Client) => aggregateParts(db, batch.map(receipt))],
    [
      'sends again',
      (db: Client) => sendAgain(db, [{ ref: ref(1), verdict: 'again', accepted: [], unanswered: [], again }]),
    ],
    ['takes the unanswered', (db: Client) => takeUnanswered(db, 1, '7', Date.now(), false)],
  ] as const)('%s', async (_, act) => {
    const plans = await plansOf(act)
    expect(plans.length).toBeGreaterThan(0)
    const tables = plans
      .flatMap(scanned)
      .filter((table) => /^(message|segment|chunk|unanswered|broadcast|alert)/.test(table))
    expect(tables).toEqual([])
  })

  it('finds each message that changes by its broadcast and its seq, whatever it thinks of the size of a broadcast', async () => {
    for (const changes of [batch.map(change), batch.map((n) => change(n * 100))]) {
      const conditions = (await plansOf((db) => applyStates(db, changes))).flatMap(searched)
      expect(conditions.length).toBeGreaterThan(0)
      for (const condition of conditions) expect(condition).toMatch(/broadcast_id.*seq/)
    }
  })
})

it('finds what an SMSC may still hold by the instants of submission, not by all that the carrier ever took', async () => {
  const plans: PlanNode[] = []
  await transaction(bench.db.pool, async (client) => {
    const explaining = {
      query: async (text: string, values?: unknown[]) => {
        if (!values) return client.query(text)
        const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${text}`, values)
        plans.push(rows[0]['QUERY PLAN'][0].Plan)
        return { rows: [] }
      },
    }
    await readHeldSegments(explaining as unknown as Client, {
      broadcastId,
      carrierNo: 1,
      afterSeq: 0,
      states: ['submitted'],
      from: 0,
      to: Date.now(),
      limit: 200,
    })
  })
  const conditions = plans.flatMap(searched)
  expect(conditions).toContain('(at = message.submitted_at)')
  expect(conditions.filter((condition) => condition.includes('carrier_no'))).toEqual([])
})
