import type { Client, Database } from '../store/database.ts'
import { audienceOf, initialUnfinished } from '../store/reports/audience.ts'
import { type BroadcastFacts, findBroadcast } from '../store/reports/broadcast-head.ts'
import { carrierFigures } from '../store/reports/carrier-figures.ts'
import { stateCounts, type Tallied } from '../store/reports/state-counts.ts'
import { unreachableOf } from '../store/reports/unreachable.ts'
import type { StateCounts } from '../store/states.ts'

/** One broadcast as `alert launch --json` and `demo --json` print it. */
export interface BroadcastSummary {
  readonly id: number
  readonly identifier: string
  readonly msgType: string
  /** MSISDNs; always the sum of `states`. */
  readonly matched: number
  readonly states: StateCounts
  readonly segments: number
  /** From the launch to the last answer or receipt that changed the state of a message so far; 0 before the first. It does not grow with the clock. */
  readonly seconds: number
  /** From the launch to the first submit_sm on a wire; null before it. */
  readonly firstSubmitMs: number | null
  readonly carriers: Readonly<Record<string, CarrierSummary>>
}

export interface CarrierSummary {
  /** Messages that the SMSC took. */
  readonly submitted: number
  readonly delivered: number
  readonly receiptP50Ms: number | null
  readonly receiptP95Ms: number | null
}

/** Cheap enough to be asked every second: read from tallies, not from messages. */
export interface BroadcastProgress {
  readonly id: number
  readonly alertId: string
  readonly identifier: string
  readonly msgType: string
  readonly state: BroadcastFacts['state']
  /** Counted before the first message was made; null until then. */
  readonly expected: number | null
  /** Why selection refused to go on; null where it did not. */
  readonly refused: string | null
  readonly matched: number
  readonly states: StateCounts
  readonly segments: number
  readonly firstSubmitMs: number | null
  /** MSISDNs by why they were chosen; `apart`: counted, but by the alert's rules not told. */
  readonly audience: Readonly<Record<string, number>>
  /** Messages that wait for a carrier which is down or paused, and that no other can take over now; by carrier. */
  readonly unreachable: Readonly<Record<string, number>>
  /** Selection is complete, and every message of it has its answer and the receipt that was asked for. */
  readonly initialDone: boolean
  /** Since when nobody who enters is told, until the alert is reviewed; null where it does not pause. */
  readonly pausedSince: string | null
  /** Nothing goes out any more: all clear, cancelled, superseded, expired or refused. */
  readonly ended: boolean
}

const reasons = [
  'resident',
  'roamer',
  'resident-unplaced',
  'roamer-unplaced',
  'late-entrant',
  'other-number',
  'apart',
] as const

export async function broadcastProgress(db: Database, facts: BroadcastFacts): Promise<BroadcastProgress> {
  const [tallied, rows, unreachable] = await Promise.all([
    stateCounts(db.pool, facts.id),
    audienceOf(db.pool, facts.id),
    unreachableOf(db.pool, [facts.id]),
  ])
  const audience: Record<string, number> = Object.fromEntries(reasons.map((reason) => [reason, 0]))
  for (const { reason, n } of rows) audience[reason] = (audience[reason] ?? 0) + n
  return {
    id: facts.id,
    alertId: facts.alertId,
    identifier: facts.identifier,
    msgType: facts.msgType,
    state: facts.state,
    expected: facts.expected,
    refused: facts.refused,
    ...tallied,
    firstSubmitMs: firstSubmitMs(facts),
    audience,
    unreachable: unreachable.get(facts.id) ?? {},
    initialDone: await isInitialDone(
      db.pool,
      facts,
      tallied,
      (audience['late-entrant'] ?? 0) + (audience['other-number'] ?? 0),
    ),
    pausedSince: facts.pausedSince?.toISOString() ?? null,
    ended: hasEnded(facts),
  }
}

/** @throws Error where there is no such broadcast of an alert. */
export async function broadcastSummary(db: Database, broadcastId: number): Promise<BroadcastSummary> {
  const facts = await findBroadcast(db.pool, broadcastId)
  if (facts === undefined) throw new Error(`there is no broadcast ${broadcastId} of an alert`)
  const [tallied, carriers] = await Promise.all([
    stateCounts(db.pool, broadcastId),
    carrierFigures(db.pool, broadcastId),
  ])
  const last = Math.max(...carriers.map(({ lastAt }) => lastAt?.getTime() ?? 0), facts.createdAt.getTime())
  return {
    id: facts.id,
    identifier: facts.identifier,
    msgType: facts.msgType,
    matched: tallied.matched,
    states: tallied.states,
    segments: tallied.segments,
    seconds: (last - facts.createdAt.getTime()) / 1000,
    firstSubmitMs: firstSubmitMs(facts),
    carriers: Object.fromEntries(
      carriers.map(({ carrier, submitted, delivered, receiptP50Ms, receiptP95Ms }) => [
        carrier,
        { submitted, delivered, receiptP50Ms, receiptP95Ms },
      ]),
    ),
  }
}

function firstSubmitMs({ firstSubmitAt, createdAt }: BroadcastFacts): number | null {
  return firstSubmitAt === null ? null : Math.max(0, firstSubmitAt.getTime() - createdAt.getTime())
}

/** The end of the alert; a launched Cancel or all-clear stays live while it is being sent. */
function hasEnded({ phase, state, refused }: BroadcastFacts): boolean {
  return phase === 'ended' || state === 'closed' || refused !== null
}

const waiting = ({ states }: Tallied) => states.pending + states.submitted

async function isInitialDone(
  db: Client,
  facts: BroadcastFacts,
  tallied: Tallied,
  lateEntrants: number,
): Promise<boolean> {
  if (facts.selectedAt === null) return false
  const left = waiting(tallied)
  if (left === 0) return true
  // More are waiting than came late: some are of the first selection, and no message need be read.
  return left <= lateEntrants && !(await initialUnfinished(db, facts.id))
}
