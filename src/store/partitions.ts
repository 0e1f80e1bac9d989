import type { Client } from './database.ts'

/** yyyymm + 1 month. */
function nextMonth(month: number): number {
  return month % 100 === 12 ? month + 89 : month + 1
}

const lockKey = 0x70617274

/** Two makers of one partition would deadlock on the parent: they queue on an advisory lock instead. */
async function makePartition(
  client: Client,
  parent: string,
  name: string,
  from: string,
  to: string,
  options = '',
): Promise<void> {
  const { rows } = await client.query('SELECT FROM pg_class WHERE relname = $1 AND relkind = $2', [name, 'r'])
  if (rows.length > 0) return
  await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey])
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${parent} FOR VALUES FROM (${from}) TO (${to}) ${options}`,
  )
}

/** Messages of one month (yyyymm) of broadcasts. Call it in a transaction. */
export async function ensureMessagePartition(client: Client, month: number): Promise<void> {
  const from = month * 1_000_000
  const to = nextMonth(month) * 1_000_000
  // A row gets one or two updates soon after it is made; the free space keeps them on its page.
  await makePartition(client, 'message', `message_${month}`, String(from), String(to), 'WITH (fillfactor = 70)')
}

const dayName = (day: Date) => day.toISOString().slice(0, 10)

/**
 * Segments and roaming events of each day from `from` for `days` days. Call it in a transaction; ahead of time, because a row
 * without a partition is refused.
 */
export async function ensureDailyPartitions(client: Client, from: Date, days: number): Promise<void> {
  for (let i = 0; i < days; i++) {
    const day = dayName(new Date(from.getTime() + i * 86_400_000))
    const next = dayName(new Date(from.getTime() + (i + 1) * 86_400_000))
    const suffix = day.replaceAll('-', '')
    await makePartition(client, 'segment', `segment_${suffix}`, `'${day}T00:00:00Z'`, `'${next}T00:00:00Z'`)
    await makePartition(client, 'roaming_event', `roaming_event_${suffix}`, `'${day}'`, `'${next}'`)
  }
}
