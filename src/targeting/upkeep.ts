import { needsArea } from '../alerts/accept.ts'
import type { Countries } from '../geo/countries.ts'
import type { Logger } from '../lib/log.ts'
import { arrivalsBell, selectionBell } from '../queue/names.ts'
import type { Queues } from '../queue/queues.ts'
import { liveAlerts } from '../store/alerts/live-alerts.ts'
import { hasArrivals } from '../store/audience/arrivals.ts'
import { unfinishedSelections } from '../store/audience/selection-state.ts'
import { type Database, transaction } from '../store/database.ts'
import {
  ensureDailyPartitions,
  ensureJourneyPartitions,
  ensureMessagePartitions,
  nextMonth,
  previousMonth,
} from '../store/partitions.ts'
import { openBatches, roamingBell } from '../store/roaming/batches.ts'
import { closeBroadcasts } from '../store/upkeep/close-broadcasts.ts'
import { cutAudit } from '../store/upkeep/cut-audit.ts'
import { dropOldPartitions } from '../store/upkeep/drop-partitions.ts'
import { expireAlerts } from '../store/upkeep/expire-alerts.ts'
import { forgetPlaces, type PlacesNeeded } from '../store/upkeep/forget-places.ts'
import { purgeSpent } from '../store/upkeep/purge-spent.ts'
import { rollUpTallies } from '../store/upkeep/roll-up.ts'
import { sweepUnconfirmed } from '../store/upkeep/sweep-unconfirmed.ts'
import { planZone } from './audience-plan.ts'
import { recordedDaysBack } from './read-events.ts'

interface UpkeepDeps {
  readonly db: Database
  readonly queues: Queues
  readonly log: Logger
}

interface SweepDeps {
  readonly db: Database
  readonly log: Logger
  readonly finalAfter: readonly { readonly carrierNo: number; readonly ms: number }[]
}

/** Two years: what Korean law asks of whoever keeps the data of 50,000 people or more (docs/privacy.md). */
const defaultAuditKeepMs = 730 * 86_400_000
/** A traveller who has sent no place for three days is somewhere else in the country. */
const defaultPlaceKeepMs = 72 * 3_600_000

/** Partitions exist this many days ahead: a machine that is off for a week-end still finds its own. */
const daysAhead = 8
/** Carriers' receipts and feeds may be late; a day more than is asked for, as today is not over. */
const daysBack = recordedDaysBack + 1

/** The tables of the days around `now`, of this and the next month's messages, and of journeys of the month before as well. */
export async function ensurePartitions(db: Database, now = new Date()): Promise<void> {
  const from = new Date(now.getTime() - daysBack * 86_400_000)
  const month = now.getUTCFullYear() * 100 + now.getUTCMonth() + 1
  await transaction(db.pool, async (client) => {
    await ensureDailyPartitions(client, from, daysBack + daysAhead)
    await ensureMessagePartitions(client, [month, nextMonth(month)])
    // An entry of two days ago still gets its texts, and a journey of the month before.
    await ensureJourneyPartitions(client, [previousMonth(month), month, nextMonth(month)])
  })
}

/** Rings for what no bell rang for. Ringing twice does no harm: both workers are idempotent. */
export async function ringForForgotten({ db, queues }: UpkeepDeps): Promise<void> {
  for (const { id: broadcastId, lane } of await unfinishedSelections(db.pool)) {
    await queues.ring(selectionBell, { broadcastId }, { id: `select-${broadcastId}`, priority: lane + 1 })
  }
  for (const id of await openBatches(db.pool, 100)) await queues.ring(roamingBell, { id }, { id: `batch-${id}` })
  if (await hasArrivals(db.pool)) await queues.ring(arrivalsBell, {}, { id: 'arrivals' })
}

/** What time does to alerts, messages and tables. Where one part fails the others are done all the same. */
export async function upkeep({ db, log }: Pick<UpkeepDeps, 'db' | 'log'>): Promise<void> {
  const parts: Record<string, () => Promise<void>> = {
    expiry: async () => {
      const alerts = await expireAlerts(db)
      if (alerts.length > 0) log.info({ alerts }, 'alerts expired')
    },
    partitions: () => ensurePartitions(db),
    tallies: async () => void (await rollUpTallies(db)),
    closed: async () => void (await closeBroadcasts(db)),
  }
  for (const [part, run] of Object.entries(parts)) {
    await run().catch((error: Error) => log.warn({ part, err: error.message }, 'upkeep failed; trying again'))
  }
}

/** Gives up waiting for receipts. Not a part of `upkeep`: it reads all messages of the broadcasts that are old enough. */
export async function giveUpReceipts({ db, log, finalAfter }: SweepDeps): Promise<void> {
  const messages = await sweepUnconfirmed(db, finalAfter)
  if (messages > 0) log.warn({ messages }, 'messages without a final receipt are unconfirmed now')
}

export interface PurgeDeps extends Pick<UpkeepDeps, 'db' | 'log'> {
  readonly countries: Countries
  /** So long an entry of the audit log is kept. */
  readonly auditKeepMs?: number | undefined
  /** So long the exact place of a roamer is kept after it was reported. */
  readonly placeKeepMs?: number | undefined
}

/** What is too old to be kept. Where one part fails the others are done all the same. */
export async function purge({
  db,
  log,
  countries,
  auditKeepMs = defaultAuditKeepMs,
  placeKeepMs = defaultPlaceKeepMs,
}: PurgeDeps): Promise<void> {
  const parts: Record<string, () => Promise<void>> = {
    places: async () => {
      const needed = await placesNeeded(db, countries)
      if (needed !== 'all') await forgetPlaces(db, placeKeepMs, needed)
    },
    spent: async () => void (await purgeSpent(db)),
    tables: async () => {
      const tables = await dropOldPartitions(db)
      if (tables.length > 0) log.info({ tables }, 'old tables dropped')
    },
    audit: async () => {
      const entries = await cutAudit(db, auditKeepMs)
      if (entries > 0) log.info({ entries }, 'old entries of the audit log cut off')
    },
  }
  for (const [part, run] of Object.entries(parts)) {
    await run().catch((error: Error) => log.warn({ part, err: error.message }, 'purge failed; trying again'))
  }
}

/** Of alerts in force, also of those that wait for a review; an update of theirs may ask for places as well. */
async function placesNeeded(db: Database, countries: Countries): Promise<PlacesNeeded | 'all'> {
  const live = (await liveAlerts(db.pool)).filter(({ document }) => needsArea(document))
  const plans = live.map(({ document, rules }) => planZone(countries, document, rules, new Date()))
  // A zone at sea is in no country: whoever sails there is reported in any.
  if (plans.some((plan) => plan.zone && plan.countries.length + plan.touched.length === 0)) return 'all'
  return {
    countries: [...new Set(plans.flatMap((plan) => [...plan.countries, ...plan.touched]))].sort(),
    elsewhere: plans.length > 0,
  }
}
