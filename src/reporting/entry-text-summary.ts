import type { Database } from '../store/database.ts'
import { entryTally } from '../store/reports/entry-tally.ts'

export interface EntryTextSummary {
  /** All that came, repeats included: `sent` and the sum of `suppressed`. */
  readonly notifications: number
  readonly sent: number
  readonly suppressed: Readonly<Record<string, number>>
}

/** What became of roaming notifications: over all days, or of one (`2026-11-21`, UTC). */
export async function entryTextSummary(db: Database, day?: string): Promise<EntryTextSummary> {
  let notifications = 0
  let sent = 0
  const suppressed: Record<string, number> = {}
  for (const { outcome, n } of await entryTally(db.pool, day)) {
    notifications += n
    if (outcome === 'sent') sent += n
    else suppressed[outcome] = n
  }
  return { notifications, sent, suppressed }
}
