import { type BroadcastSummary, broadcastSummary } from '../../reporting/broadcast-summary.ts'
import { type EntryTextSummary, entryTextSummary } from '../../reporting/entry-text-summary.ts'
import { verifyTallies } from '../../reporting/verify-tallies.ts'
import { messageStates } from '../../store/states.ts'
import type { Engine } from '../engine.ts'
import type { SimulatedCarriers } from './smscs.ts'

/** The last line of `demo --json`. */
export interface DemoSummary {
  readonly broadcasts: readonly BroadcastSummary[]
  readonly entryTexts: EntryTextSummary
  /** Of everything, entry texts included: what our books say against what the simulated SMSCs count. */
  readonly segments: { readonly submitted: number; readonly acceptedBySmscs: number }
}

export async function summarise(
  { db }: Engine,
  smscs: SimulatedCarriers,
  alertIds: readonly string[],
): Promise<DemoSummary> {
  const { rows } = await db.pool.query<{ id: number }>(
    'SELECT id FROM broadcast WHERE alert_id = ANY ($1::uuid[]) ORDER BY id',
    [alertIds],
  )
  const broadcasts = await Promise.all(rows.map(({ id }) => broadcastSummary(db, id)))
  return { broadcasts, entryTexts: await entryTextSummary(db), segments: await segmentCounts(db, smscs) }
}

export async function segmentCounts(db: Engine['db'], smscs: SimulatedCarriers): Promise<DemoSummary['segments']> {
  const { rows } = await db.pool.query<{ n: number }>('SELECT coalesce(sum(segments), 0)::int n FROM tally')
  const stats = await smscs.stats()
  return {
    submitted: rows[0]?.n ?? 0,
    acceptedBySmscs: Object.values(stats).reduce((sum, { accepted }) => sum + accepted, 0),
  }
}

/** What must hold at the end; the reasons why it does not. */
export async function whatFails({ db }: Engine, summary: DemoSummary): Promise<string[]> {
  const failures: string[] = []
  for (const { id, identifier, matched, states } of summary.broadcasts) {
    const sum = messageStates.reduce((total, state) => total + states[state], 0)
    if (matched === 0 || sum !== matched) failures.push(`${identifier}: matched ${matched}, states add up to ${sum}`)
    const { holds, differences } = await verifyTallies(db, id)
    if (!holds) failures.push(`${identifier}: tallies and messages differ: ${JSON.stringify(differences)}`)
    const { rows } = await db.pool.query<{ n: number; people: number }>(
      'SELECT count(*)::int n, count(DISTINCT msisdn)::int people FROM message WHERE broadcast_id = $1',
      [id],
    )
    if (rows[0]?.n !== matched || rows[0]?.people !== matched)
      failures.push(`${identifier}: ${rows[0]?.n} messages to ${rows[0]?.people} people, ${matched} matched`)
  }
  const { submitted, acceptedBySmscs } = summary.segments
  if (submitted !== acceptedBySmscs)
    failures.push(`${submitted} segments submitted, ${acceptedBySmscs} accepted by the simulated SMSCs`)
  const { notifications, sent, suppressed } = summary.entryTexts
  const told = sent + Object.values(suppressed).reduce((total, n) => total + n, 0)
  if (told !== notifications) failures.push(`${notifications} notifications, ${told} accounted for`)
  return failures
}
