import type { Logger } from '../lib/log.ts'
import { selectionBell } from '../queue/names.ts'
import type { Queues } from '../queue/queues.ts'
import { unfinishedSelections } from '../store/audience/selection-state.ts'
import { type Database, transaction } from '../store/database.ts'
import { ensureDailyPartitions } from '../store/partitions.ts'
import { openBatches, roamingBell } from '../store/roaming/batches.ts'
import { closeBroadcasts } from '../store/upkeep/close-broadcasts.ts'
import { expireAlerts } from '../store/upkeep/expire-alerts.ts'
import { sweepUnconfirmed } from '../store/upkeep/sweep-unconfirmed.ts'

export interface UpkeepDeps {
  readonly db: Database
  readonly queues: Queues
  readonly log: Logger
  readonly finalAfter: readonly { readonly carrierNo: number; readonly ms: number }[]
}

/** Partitions exist this many days ahead: a machine that is off for a week-end still finds its own. */
const partitionDays = 8
/** Carriers' receipts and feeds may be late, or their events older than today. */
const partitionsBack = 8

export async function ensurePartitions(db: Database): Promise<void> {
  const from = new Date(Date.now() - partitionsBack * 86_400_000)
  await transaction(db.pool, (client) => ensureDailyPartitions(client, from, partitionsBack + partitionDays))
}

/** Rings for what no bell rang for. Ringing twice does no harm: both workers are idempotent. */
export async function ringForForgotten({ db, queues }: UpkeepDeps): Promise<void> {
  for (const broadcastId of await unfinishedSelections(db.pool)) {
    await queues.ring(selectionBell, { broadcastId }, { id: `select-${broadcastId}`, priority: 1 })
  }
  for (const id of await openBatches(db.pool, 100)) await queues.ring(roamingBell, { id }, { id: `batch-${id}` })
}

/** What time does to alerts, messages and tables. */
export async function upkeep(deps: UpkeepDeps): Promise<void> {
  const { db, log, finalAfter } = deps
  await ensurePartitions(db)
  const expired = await expireAlerts(db)
  if (expired.length > 0) log.info({ alerts: expired }, 'alerts expired')
  const swept = await sweepUnconfirmed(db, finalAfter)
  if (swept > 0) log.warn({ messages: swept }, 'messages without a final receipt are unconfirmed now')
  await closeBroadcasts(db)
}
