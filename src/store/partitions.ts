import type { Client } from './database.ts'

interface Partition {
  readonly parent: 'message' | 'journey' | 'segment' | 'receipt_journal' | 'roaming_event'
  readonly name: string
  readonly from: string
  readonly to: string
  readonly options?: string
  /** A column whose values the planner must not learn. */
  readonly unlearned?: string
}

/**
 * So long is kept what is kept by the day (segments, receipts as they came, roaming events), and journeys, when their month is over. Receipts
 * and repeated notifications come within days; a quarter of a year leaves time to look into a complaint.
 */
export const daysKept = 100

const lockKey = 0x70617274

/**
 * Makes the partitions that are not there yet. Each is made as a table and then attached, because that locks out nobody who
 * reads or writes the parent, which `CREATE TABLE … PARTITION OF` does. An advisory lock puts makers in a row.
 */
async function makePartitions(client: Client, partitions: readonly Partition[]): Promise<void> {
  if ((await missing(client, partitions)).length === 0) return
  await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey])
  for (const { parent, name, from, to, options = '', unlearned } of await missing(client, partitions)) {
    await client.query(`CREATE TABLE ${name} (LIKE ${parent} INCLUDING ALL) ${options}`)
    if (unlearned) await client.query(`ALTER TABLE ${name} ALTER COLUMN ${unlearned} SET STATISTICS 0`)
    await client.query(`ALTER TABLE ${parent} ATTACH PARTITION ${name} FOR VALUES FROM (${from}) TO (${to})`)
  }
}

async function missing(client: Client, partitions: readonly Partition[]): Promise<Partition[]> {
  const { rows } = await client.query<{ relname: string }>(
    `SELECT relname FROM pg_class WHERE relname = ANY ($1) AND relkind = 'r'`,
    [partitions.map((partition) => partition.name)],
  )
  const there = new Set(rows.map((row) => row.relname))
  return partitions.filter((partition) => !there.has(partition.name))
}

/** Messages of the broadcasts of these months (yyyymm). Call it in a transaction. */
export async function ensureMessagePartitions(client: Client, months: readonly number[]): Promise<void> {
  const partitions = months.map((month) => ({
    parent: 'message' as const,
    name: `message_${month}`,
    from: String(month * 1_000_000),
    to: String(nextMonth(month) * 1_000_000),
    // A row gets one or two updates soon after it is made, and its neighbours get theirs in the same transaction, so the free
    // space has to hold a whole page again: at 70, four in ten updates left their page and went into both indexes (7.3 us a row instead of 4.6).
    options: 'WITH (fillfactor = 45)',
    // Having seen one broadcast of a million, the planner takes the next for empty, and any index that begins with its id for as good
    // as the one that finds a single number in it: making 10,000 messages of it then reads 500,000,000 rows.
    unlearned: 'broadcast_id',
  }))
  await makePartitions(client, partitions)
}

/** yyyymm + 1 month. */
export function nextMonth(month: number): number {
  return month % 100 === 12 ? month + 89 : month + 1
}

/** yyyymm - 1 month. */
export function previousMonth(month: number): number {
  return month % 100 === 1 ? month - 89 : month - 1
}

/** Journeys that begin in these months (yyyymm), by UTC. Call it in a transaction. */
export async function ensureJourneyPartitions(client: Client, months: readonly number[]): Promise<void> {
  const bound = (month: number) => `'${Math.floor(month / 100)}-${String(month % 100).padStart(2, '0')}-01T00:00:00Z'`
  const partitions = months.map((month) => ({
    parent: 'journey' as const,
    name: `journey_${month}`,
    from: bound(month),
    to: bound(nextMonth(month)),
  }))
  await makePartitions(client, partitions)
}

const dayName = (day: Date) => day.toISOString().slice(0, 10)

/**
 * Segments, receipts as they came and roaming events of each UTC day from `from` for `days` days. Call it in a transaction; ahead of time, because a
 * row without a partition is refused.
 */
export async function ensureDailyPartitions(client: Client, from: Date, days: number): Promise<void> {
  const partitions = Array.from({ length: days }, (_, i): Partition[] => {
    const day = dayName(new Date(from.getTime() + i * 86_400_000))
    const next = dayName(new Date(from.getTime() + (i + 1) * 86_400_000))
    const suffix = day.replaceAll('-', '')
    const times = { from: `'${day}T00:00:00Z'`, to: `'${next}T00:00:00Z'` }
    return [
      { parent: 'segment', name: `segment_${suffix}`, ...times },
      { parent: 'receipt_journal', name: `receipt_journal_${suffix}`, ...times },
      { parent: 'roaming_event', name: `roaming_event_${suffix}`, from: `'${day}'`, to: `'${next}'` },
    ]
  })
  await makePartitions(client, partitions.flat())
}
