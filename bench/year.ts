import { parseArgs } from 'node:util'
import { transaction } from '../src/store/database.ts'
import { ensureJourneyPartitions, ensureMessagePartitions } from '../src/store/partitions.ts'
import { dropOldPartitions } from '../src/store/upkeep/drop-partitions.ts'
import { fitLine } from './line-fit.ts'
import { cpuSecondsBelow, median } from './measure.ts'
import { broken, figure, print, wholeNumber } from './print.ts'
import { durability, startRig } from './rig.ts'
import { type Sizes, tableSizes, totalOf } from './table-sizes.ts'
import { runYear, type YearRun } from './travel/year-run.ts'

/** What the issue asks for. */
const year = { entries: 30_000_000, texts: 42_000_000, purgeMs: 1000 } as const
const simulated = 2026
const million = 1_000_000
const megabyte = 1024 * 1024
/** Of a table or index that takes less at the end of a whole year nothing is printed. */
const worthPrintingMb = 50

/** What a year of one size left behind. */
interface Outcome {
  readonly texts: number
  readonly sizes: Sizes
}

/**
 * A year of entries with its holidays, week-ends and hours, hubs, flapping and duplicate feeds: notifications worked off a second, what the tables
 * grow by, how long partitions and purges take, texts a journey. In three sizes, the largest 1/100 of a year, and extrapolated from them
 * by a straight line; `--whole` runs 30 million entries instead. Last, the purge of a month's tables of whole size.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      whole: { type: 'boolean', default: false },
      'one-in': { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
    },
  })
  const seed = wholeNumber('--seed', values.seed)
  const part = wholeNumber('--one-in', values['one-in'])
  const shares = values.whole ? [1] : [part * 4, part * 2, part].map((one) => 1 / one)
  const outcomes: Outcome[] = []
  for (const share of shares) outcomes.push(await measure(share, seed))
  if (outcomes.length > 1) extrapolate(outcomes)
  await purgeWholeMonth()
}

async function measure(share: number, seed: number): Promise<Outcome> {
  const rig = await startRig()
  try {
    print(`\n1/${figure(1 / share)} of a year (${simulated}); ${await durability(rig.db)}`)
    const cpu = [cpuSecondsBelow(process.pid), cpuSecondsBelow(rig.postmaster)] as const
    const done = await runYear(rig, simulated, share, seed)
    try {
      const used = [cpuSecondsBelow(process.pid) - cpu[0], cpuSecondsBelow(rig.postmaster) - cpu[1]] as const
      report(done, used)
      await done.db.pool.query('VACUUM ANALYZE')
      const sizes = await tableSizes(done.db)
      const { texts } = done.months.at(-1) as { texts: number }
      printSizes(sizes, texts)
      await purgeMonths(done)
      return { texts, sizes }
    } finally {
      await done.close()
    }
  } finally {
    await rig.close()
  }
}

function report({ months, seconds, timings }: YearRun, [own, postgres]: readonly [number, number]): void {
  const last = months.at(-1) as YearRun['months'][number]
  print(
    `${figure(last.events)} notifications of ${figure(last.arrivals)} entries: ${figure(last.journeys)} journeys told with ${figure(last.texts)} texts, ` +
      `${figure(last.texts / last.journeys, 2)} each`,
  )
  print(
    `${figure(last.events / seconds)} notifications/s kept, worked off and their texts made, ${figure(last.texts / seconds)} texts/s; ` +
      `CPU s of the whole run: this process ${figure(own)}, PostgreSQL ${figure(postgres)}`,
  )
  const monthly = months.map((month, i) => month.arrivals - (months[i - 1]?.arrivals ?? 0))
  const mean = last.arrivals / months.length
  print(`entries of each month, the average one 100: ${monthly.map((n) => figure((n / mean) * 100)).join(' ')}`)
  const line = (list: readonly number[]) =>
    `median ${figure(median(list), 1)} ms, longest ${figure(Math.max(...list), 1)} ms`
  print(`a day: new partitions ${line(timings.partitions)}; old ones dropped ${line(timings.drops)}`)
  print(`a day: upkeep ${line(timings.upkeep)}; purge of rows ${line(timings.purges)}`)
}

function printSizes(sizes: Sizes, texts: number): void {
  const perMillion = (bytes: number) => figure((bytes / texts) * (million / megabyte), 1)
  const least = (worthPrintingMb * megabyte * texts) / year.texts
  print(`MB per million texts at the end of the year: ${perMillion(totalOf(sizes))}, of which`)
  for (const [name, bytes] of [...sizes].sort((a, b) => b[1] - a[1]))
    if (bytes >= least) print(`  ${name.padEnd(44)} ${perMillion(bytes).padStart(8)}`)
}

/** Each month of the year, as it will be purged when it is too old. */
async function purgeMonths({ db }: YearRun): Promise<void> {
  await db.pool.query(`UPDATE broadcast SET state = 'closed' WHERE state <> 'closed'`)
  // What is kept for a hundred days goes first, by itself.
  const took: number[] = []
  const drop = async (at: Date) => {
    const startedAt = performance.now()
    const names = await dropOldPartitions(db, at)
    return { ms: performance.now() - startedAt, names }
  }
  const days = await drop(new Date(Date.UTC(simulated + 1, 4, 1)))
  for (let month = 1; month <= 12; month++) {
    const { ms, names } = await drop(new Date(Date.UTC(simulated + 2, month + 1, 1)))
    if (!names.includes(`message_${simulated}${String(month).padStart(2, '0')}`))
      broken(`month ${month} was not purged: ${names}`)
    took.push(ms)
  }
  print(
    `purge of a month of messages: median ${figure(median(took))} ms, longest ${figure(Math.max(...took))} ms (target ${figure(year.purgeMs)}); ` +
      `of all ${days.names.length} days and months of events, segments, receipts and journeys at once ${figure(days.ms)} ms`,
  )
  if (Math.max(...took) > year.purgeMs) print(`above the target of ${figure(year.purgeMs)} ms`)
}

/** A twelfth of the year's texts and journeys in tables of one month, as full as dispatch leaves them: how long their purge takes at whole size. */
async function purgeWholeMonth(): Promise<void> {
  const rig = await startRig()
  try {
    const { pool } = rig.db
    const month = 202001
    const now = new Date(Date.UTC(2022, 2, 1))
    await transaction(pool, async (client) => {
      await ensureMessagePartitions(client, [month])
      await ensureJourneyPartitions(client, [month])
    })
    const texts = year.texts / 12
    await pool.query(
      `INSERT INTO message (broadcast_id, recipient_key, msisdn, seq, carrier_no, variant, parts, reason, state, was, made_at, submitted_at, final_at)
       SELECT ${month}000000 + i % 31, i * 8, 821000000000 + i, i, 1, 1, 1, 'entry', 'delivered', 'submitted', now(), now(), now()
         FROM generate_series(1, $1::int) AS i`,
      [texts],
    )
    await pool.query(
      `INSERT INTO journey (msisdn, country, entered_at)
       SELECT 821000000000 + i, 'JP', '2020-01-01T00:00:00Z'::timestamptz + i % 2600000 * interval '1 s' FROM generate_series(1, $1::int) AS i`,
      [Math.round(texts / 1.4)],
    )
    const bytes = totalOf(await tableSizes(rig.db))
    const startedAt = performance.now()
    const names = await dropOldPartitions(rig.db, now)
    const ms = performance.now() - startedAt
    print(
      `\na month of ${figure(texts)} texts with their journeys, ${figure(bytes / megabyte)} MB: purged in ${figure(ms)} ms (target ${figure(year.purgeMs)})`,
    )
    for (const name of [`journey_${month}`, `message_${month}`])
      if (!names.includes(name)) broken(`${name} was not purged`)
    if (ms > year.purgeMs) print(`above the target of ${figure(year.purgeMs)} ms`)
  } finally {
    await rig.close()
  }
}

/** To the whole year: what is there whatever the size (365 days' tables), and what each million texts adds. */
function extrapolate(outcomes: readonly Outcome[]): void {
  print(
    `\nextrapolated to ${figure(year.texts)} texts by a line through the ${outcomes.length} sizes (least squares of relative differences), MB`,
  )
  print(`  ${''.padEnd(44)}    fixed  a million  residuals               whole year`)
  const names = [...(outcomes.at(-1) as Outcome).sizes.keys()]
  const fitOf = (of: (sizes: Sizes) => number) => fitLine(outcomes.map(({ texts, sizes }) => [texts, of(sizes)]))
  const rows = names.map((name) => ({ name, fit: fitOf((sizes) => sizes.get(name) ?? 0) }))
  const shown = rows.filter(({ fit }) => fit.at(year.texts) >= worthPrintingMb * megabyte)
  shown.sort((a, b) => b.fit.at(year.texts) - a.fit.at(year.texts))
  for (const { name, fit } of [...shown, { name: 'all tables and indexes', fit: fitOf(totalOf) }]) {
    const mb = (bytes: number, width: number) => figure(bytes / megabyte, 1).padStart(width)
    const residuals = fit.residuals.map((bytes) => figure(bytes / megabyte, 2)).join(' ')
    print(
      `  ${name.padEnd(44)} ${mb(fit.intercept, 8)} ${mb(fit.slope * million, 10)}  ${residuals.padEnd(22)} ${mb(fit.at(year.texts), 11)}`,
    )
  }
}
