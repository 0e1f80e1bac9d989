import type { SubmittedForecast } from '../alerts/approval.ts'
import { zoneShapes } from '../alerts/area.ts'
import type { Alert } from '../alerts/model.ts'
import type { AlertRules } from '../alerts/rules.ts'
import { messageText } from '../alerts/text.ts'
import { Problem } from '../lib/problem.ts'
import { type AlertRow, chainOf, findAlert } from '../store/alerts/alert-row.ts'
import { pauseOf } from '../store/alerts/pause.ts'
import type { Database } from '../store/database.ts'
import { audienceOf } from '../store/reports/audience.ts'
import { type AuditView, auditOfAlerts } from '../store/reports/audit-entries.ts'
import { type BroadcastFacts, broadcastOfAlert } from '../store/reports/broadcast-head.ts'
import { type Failure, failuresOf } from '../store/reports/failures.ts'
import { type BroadcastSummary, broadcastSummary } from './broadcast-summary.ts'
import { type DeliveryReport, deliveryReport } from './delivery.ts'
import { audienceShown, type FailureLine, failuresShown } from './small-counts.ts'
import { type TallyCheck, verifyTallies } from './verify-tallies.ts'

/** What was done and what came of it: the whole chain of alerts, updates and their end. */
export interface AfterActionReport {
  readonly chainId: string
  readonly at: string
  readonly timeline: readonly TimelineEntry[]
  readonly alerts: readonly AlertReport[]
}

export interface TimelineEntry {
  readonly at: string
  /** `person:NAME` or `engine`. */
  readonly who: string
  /** For example `alert.approve`, `broadcast.first-submit`; `alert.pause`: nobody who entered was told. */
  readonly what: string
  readonly alertId: string
  readonly identifier: string
  /** Why, where a reason was given. */
  readonly reason?: string
  /** Of a pause: when the alert was reviewed, or ended without; null: it still pauses. */
  readonly until?: string | null
}

export interface AlertReport {
  readonly id: string
  readonly identifier: string
  readonly sender: string
  readonly msgType: string
  readonly status: string
  /** No live message went by it: Exercise or Test. */
  readonly exercise: boolean
  /** The real alert that this Exercise is a copy of. */
  readonly rehearses: string | null
  readonly severity: string
  readonly allClear: boolean
  readonly phase: string
  readonly ended: { readonly reason: string; readonly at: string } | null
  readonly sent: string
  readonly expires: string
  readonly event: string
  readonly area: string
  readonly texts: readonly { readonly language: string; readonly text: string }[]
  readonly rules: AlertRules
  readonly authors: readonly string[]
  /** Who approved; `glassBroken` is why it was not the ordinary way. */
  readonly approval: { readonly by: string; readonly at: string; readonly glassBroken?: string } | null
  /** What was expected of it when it was submitted; null where it was not, or refers to others alone. */
  readonly forecast: SubmittedForecast | null
  /** Null where it was not launched. */
  readonly broadcast: BroadcastReport | null
}

export interface BroadcastReport extends BroadcastSummary {
  readonly launchedAt: string
  readonly selectedAt: string | null
  readonly expected: number | null
  readonly refused: string | null
  /** `*`: not told apart by country. */
  readonly audience: readonly { readonly reason: string; readonly country: string; readonly n: number }[]
  readonly lateEntrants: number
  readonly delivery: DeliveryReport
  /** Why what was not delivered was not, the most frequent cause first. */
  readonly failures: readonly FailureLine[]
  /** Whether the sums agree with the messages, counted one by one. */
  readonly tallies: Pick<TallyCheck, 'holds' | 'differences'>
}

export interface ReportOptions {
  /** Also countries and causes of fewer than five people: for those who see numbers. */
  readonly exact: boolean
}

/**
 * The after-action report of the chain that an alert belongs to. It reads every message of the chain.
 * @throws Problem `alert-unknown` (404)
 */
export async function afterActionReport(
  db: Database,
  alertId: string,
  { exact }: ReportOptions,
): Promise<AfterActionReport> {
  const asked = await findAlert(db.pool, alertId)
  if (asked === undefined) throw new Problem('alert-unknown', `there is no alert ${alertId}`, { status: 404 })
  const chain = await chainOf(db.pool, asked.chainId)
  const broadcasts = new Map<string, BroadcastFacts>()
  const alerts: AlertReport[] = []
  for (const row of chain) {
    const facts = await broadcastOfAlert(db.pool, row.id)
    if (facts !== undefined) broadcasts.set(row.id, facts)
    alerts.push({ ...alertPart(row), broadcast: facts === undefined ? null : await broadcastPart(db, facts, exact) })
  }
  return {
    chainId: asked.chainId,
    at: new Date().toISOString(),
    timeline: await timelineOf(db, chain, broadcasts),
    alerts,
  }
}

function alertPart(row: AlertRow): Omit<AlertReport, 'broadcast'> {
  const { document, lifecycle } = row
  const { approval } = lifecycle
  return {
    id: row.id,
    identifier: row.identifier,
    sender: row.sender,
    msgType: row.msgType,
    status: row.status,
    exercise: row.status !== 'Actual',
    rehearses: row.rehearses,
    severity: row.severity,
    allClear: row.allClear,
    phase: row.phase,
    ended: lifecycle.ended ?? null,
    sent: row.sent.toISOString(),
    expires: row.expires.toISOString(),
    event: document.infos[0]?.event ?? '',
    area: areaOf(document),
    texts: document.infos.map((info) => ({ language: info.language, text: messageText(document, info) })),
    rules: row.rules,
    authors: lifecycle.authors,
    approval:
      approval === undefined
        ? null
        : {
            by: approval.by,
            at: approval.at,
            ...(approval.glassBroken === undefined ? {} : { glassBroken: approval.glassBroken }),
          },
    forecast: row.forecast,
  }
}

function areaOf(alert: Alert): string {
  const names = new Set(alert.infos.flatMap((info) => info.areas.map((area) => area.areaDesc)))
  const shapes = zoneShapes(alert).length
  return names.size === 0
    ? 'none of its own'
    : `${[...names].join('; ')} (${shapes} ${shapes === 1 ? 'shape' : 'shapes'})`
}

async function broadcastPart(db: Database, facts: BroadcastFacts, exact: boolean): Promise<BroadcastReport> {
  const audience = await audienceOf(db.pool, facts.id)
  const [summary, delivery, failures, tallies] = await Promise.all([
    broadcastSummary(db, facts.id),
    deliveryReport(db, facts.id, audience, exact),
    failuresOf(db.pool, facts.id),
    verifyTallies(db, facts.id),
  ])
  const lines = failures.map(({ carrier, state, n, ...why }) => ({
    carrier,
    state,
    cause: causeOf({ state, ...why }),
    n,
  }))
  return {
    ...summary,
    launchedAt: facts.createdAt.toISOString(),
    selectedAt: facts.selectedAt?.toISOString() ?? null,
    expected: facts.expected,
    refused: facts.refused,
    audience: exact ? audience : audienceShown(audience),
    lateEntrants: audience.reduce((sum, { reason, n }) => sum + (reason === 'late-entrant' ? n : 0), 0),
    delivery,
    failures: exact ? lines : failuresShown(lines),
    tallies: { holds: tallies.holds, differences: tallies.differences },
  }
}

const causes: Readonly<Record<string, string>> = {
  suppressed: 'no carrier reaches the number, or the person sent STOP',
  cancelled: 'withdrawn',
  expired: 'out of time before it was sent',
  uncertain: 'no answer: it may have arrived',
  unconfirmed: 'no final receipt',
  failed: 'cannot be sent by this carrier',
}

function causeOf({ state, by, error }: Pick<Failure, 'state' | 'by' | 'error'>): string {
  if (by === 'receipt') return error === null ? `receipt: ${state}, no error code` : `receipt, err ${error}`
  if (error === null || by === null) return causes[state] ?? state
  return `refused, command_status 0x${(error >>> 0).toString(16).toUpperCase().padStart(8, '0')}`
}

/** Pauses for a review: a review says which one it ended, and what no review has ended the alert itself does. */
function pausesOf(chain: readonly AlertRow[], acts: readonly AuditView[]): TimelineEntry[] {
  return chain.flatMap((alert): TimelineEntry[] => {
    const { id: alertId, identifier } = alert
    const reviewed = acts.flatMap(({ subject, act, at, detail: { pausedSince } }) =>
      subject === `alert:${alertId}` && act === 'alert.review' && typeof pausedSince === 'string'
        ? [{ at: pausedSince, until: at.toISOString() }]
        : [],
    )
    const last = pauseOf(alert)
    const pauses = last
      ? [...reviewed, { at: last.since.toISOString(), until: last.until?.toISOString() ?? null }]
      : reviewed
    return pauses.map((pause) => ({ ...pause, who: 'engine', what: 'alert.pause', alertId, identifier }))
  })
}

async function timelineOf(
  db: Database,
  chain: readonly AlertRow[],
  broadcasts: ReadonlyMap<string, BroadcastFacts>,
): Promise<TimelineEntry[]> {
  const identifiers = new Map(chain.map(({ id, identifier }) => [id, identifier]))
  const acts = await auditOfAlerts(db.pool, [...identifiers.keys()])
  const entries = acts.map(({ at, actor, act, subject, detail }): TimelineEntry => {
    const alertId = subject.slice('alert:'.length)
    return {
      at: at.toISOString(),
      who: actor,
      what: act,
      alertId,
      identifier: identifiers.get(alertId) ?? '',
      ...(typeof detail.reason === 'string' ? { reason: detail.reason } : {}),
    }
  })
  for (const [alertId, facts] of broadcasts) {
    const identifier = identifiers.get(alertId) ?? ''
    const note = (what: string, at: Date | null) => {
      if (at !== null) entries.push({ at: at.toISOString(), who: 'engine', what, alertId, identifier })
    }
    note('broadcast.first-submit', facts.firstSubmitAt)
    note('broadcast.selected', facts.selectedAt)
    note('broadcast.withdrawn', facts.cancelledAt)
    note('broadcast.closed', facts.closedAt)
  }
  entries.push(...pausesOf(chain, acts))
  return entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}
