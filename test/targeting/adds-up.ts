import { expect } from 'vitest'
import { verifyTallies } from '../../src/reporting/verify-tallies.ts'
import { audienceOf } from '../../src/store/reports/audience.ts'
import { stateCounts } from '../../src/store/reports/state-counts.ts'
import type { TestEngine } from './engine.ts'

/** Rows, tallies, reasons and chunks of one broadcast say the same. */
export async function expectToAddUp(engine: TestEngine, broadcastId: number, matched: number): Promise<void> {
  expect((await verifyTallies(engine.db, broadcastId)).differences).toEqual([])
  expect((await stateCounts(engine.db.pool, broadcastId)).matched).toBe(matched)
  const byReason = await engine.rows(
    'SELECT reason, count(*) n FROM message WHERE broadcast_id = $1 GROUP BY 1 ORDER BY 1',
    broadcastId,
  )
  const tallied = new Map<string, number>()
  for (const { reason, n } of await audienceOf(engine.db.pool, broadcastId))
    if (reason !== 'apart') tallied.set(reason, (tallied.get(reason) ?? 0) + n)
  expect(Object.fromEntries(tallied)).toEqual(
    Object.fromEntries((byReason as { reason: string; n: number }[]).map(({ reason, n }) => [reason, n])),
  )
  const wrong = await engine.rows(
    `SELECT m.seq, m.state, count(c.id) FROM message m
       LEFT JOIN chunk c ON c.broadcast_id = m.broadcast_id AND m.seq BETWEEN c.seq_from AND c.seq_to AND c.carrier_no = m.carrier_no
      WHERE m.broadcast_id = $1 GROUP BY m.seq, m.state HAVING count(c.id) <> CASE m.state WHEN 'pending' THEN 1 ELSE 0 END`,
    broadcastId,
  )
  expect(wrong).toEqual([])
  const empty = await engine.rows(
    `SELECT id FROM chunk c WHERE broadcast_id = $1 AND NOT EXISTS
       (SELECT FROM message m WHERE m.broadcast_id = $1 AND m.seq BETWEEN c.seq_from AND c.seq_to AND m.carrier_no = c.carrier_no)`,
    broadcastId,
  )
  expect(empty).toEqual([])
}
