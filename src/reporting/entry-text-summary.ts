import { Problem } from '../lib/problem.ts'
import type { Database } from '../store/database.ts'
import { type Days, entryTally, type TallyKey, type TallyRow } from '../store/reports/entry-tally.ts'

/** Each notification is counted once: `notifications` is `sent` and the sum of `suppressed`. */
export interface EntryTextSummary {
  /** All that came, repeats included. */
  readonly notifications: number
  /** Entries that got their texts, one to four each. */
  readonly sent: number
  /** By reason; `waits`: its texts are put off, and it will be counted as something else. */
  readonly suppressed: Readonly<Record<string, number>>
}

export type EntryTextRow = Pick<TallyRow, TallyKey> & EntryTextSummary

/** What became of roaming notifications: over all days, or some, by the events' own time (UTC). */
export async function entryTextSummary(db: Database, days: Days = {}): Promise<EntryTextSummary> {
  return summed(await entryTally(db.pool, days))
}

/** So many sums are told at once. */
const mostSums = 100_000

/** The same for each day, month, country, carrier, or several of them together. @throws Problem `report-too-large` */
export async function entryTextRows(db: Database, days: Days, by: readonly TallyKey[]): Promise<EntryTextRow[]> {
  const tally = await entryTally(db.pool, days, by, mostSums + 1)
  if (tally.length > mostSums) {
    throw new Problem('report-too-large', `These are more than ${mostSums} sums`, {
      where: 'by',
      hint: 'Ask for fewer days, or for fewer keys at once.',
    })
  }
  return groupRows(tally, by)
}

/** @param tally in the order of the keys */
export function groupRows(tally: readonly TallyRow[], by: readonly TallyKey[]): EntryTextRow[] {
  const groups = new Map<string, TallyRow[]>()
  for (const row of tally) {
    const key = JSON.stringify(by.map((name) => row[name]))
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return [...groups.values()].map((rows) => {
    const keys = Object.fromEntries(by.map((name) => [name, rows[0]?.[name]]))
    return { ...(keys as Pick<TallyRow, TallyKey>), ...summed(rows) }
  })
}

export function summed(rows: readonly Pick<TallyRow, 'outcome' | 'n'>[]): EntryTextSummary {
  let notifications = 0
  let sent = 0
  const suppressed: Record<string, number> = {}
  for (const { outcome, n } of rows) {
    notifications += n
    if (outcome === 'sent') sent += n
    else suppressed[outcome] = (suppressed[outcome] ?? 0) + n
  }
  return { notifications, sent, suppressed }
}

/** The sum of sums that have nothing in common. */
export function total(rows: readonly EntryTextSummary[]): EntryTextSummary {
  return summed(
    rows.flatMap(({ sent, suppressed }) => [
      { outcome: 'sent', n: sent },
      ...Object.entries(suppressed).map(([outcome, n]) => ({ outcome, n })),
    ]),
  )
}
