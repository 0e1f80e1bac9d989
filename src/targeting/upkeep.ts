import type { Logger } from '../lib/log.ts'
import { arrivalsBell, selectionBell } from '../queue/names.ts'
import type { Queues } from '../queue/queues.ts'
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
import { dropOldPartitions } from '../store/upkeep/drop-partitions.ts'
import { expireAlerts } from '../store/upkeep/expire-alerts.ts'
import { purgeSpent } from '../store/upkeep/purge-spent.ts'
import { rollUpTallies } from '../store/upkeep/roll-up.ts'
import { sweepUnconfirmed } from '../store/upkeep/sweep-unconfirmed.ts'
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

/** What is too old to be kept. */
export async function purge({ db, log }: Pick<UpkeepDeps, 'db' | 'log'>): Promise<void> {
  await purgeSpent(db)
  const tables = await dropOldPartitions(db)
  if (tables.length > 0) log.info({ tables }, 'old tables dropped')
}
