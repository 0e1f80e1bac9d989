import { join } from 'node:path'
import { packageRoot } from '../../src/app/paths.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { readRegions } from '../../src/geo/regions.ts'
import type { Queues } from '../../src/queue/queues.ts'
import { type Database, openDatabase, transaction } from '../../src/store/database.ts'
import { keepBatch, openBatches } from '../../src/store/roaming/batches.ts'
import { closeBroadcasts } from '../../src/store/upkeep/close-broadcasts.ts'
import { dropOldPartitions } from '../../src/store/upkeep/drop-partitions.ts'
import { purgeSpent } from '../../src/store/upkeep/purge-spent.ts'
import { rollUpTallies } from '../../src/store/upkeep/roll-up.ts'
import { parseNotification } from '../../src/subscribers/notification.ts'
import { RoamingWorker } from '../../src/targeting/roaming.ts'
import { routeNumbers } from '../../src/targeting/route-numbers.ts'
import { ensurePartitions } from '../../src/targeting/upkeep.ts'
import { profileOf, type Rig } from '../rig.ts'
import { Answers } from './answers.ts'
import { weightOf } from './calendar.ts'
import { batchesOf, notificationOf } from './feeds.ts'
import { simClock } from './sim-clock.ts'
import { Travel } from './travel.ts'

const dayMs = 86_400_000
/** Numbers that travel in a year, and stays of theirs that begin. */
const yearly = { subscribers: 15_000_000, arrivals: 30_000_000 }
const workers = 2
const batchSize = 1000

/** Advice that stands for whole countries: who enters one of them gets two texts or more. */
const levels: Readonly<Record<string, number | 'special'>> = {
  ...{ VN: 1, CN: 1, TH: 1, ID: 1, TR: 1, MN: 1, PH: 2, IN: 2, LA: 2, EG: 2, MX: 2, KE: 2, KH: 'special' },
}

/** Milliseconds that each step took, day by day. */
export interface Timings {
  readonly partitions: number[]
  readonly upkeep: number[]
  readonly drops: number[]
  readonly purges: number[]
}

export interface Counts {
  readonly events: number
  readonly arrivals: number
  readonly journeys: number
  readonly texts: number
}

export interface YearRun {
  readonly db: Database
  readonly timings: Timings
  /** Seconds in which notifications were worked off and their texts made. */
  readonly seconds: number
  /** At the end of each month. */
  readonly months: readonly Counts[]
  close(): Promise<void>
}

const silent: Queues = {
  ring: async () => true,
  work: () => undefined,
  every: async () => undefined,
  close: async () => undefined,
}

/**
 * A year of travel on the database of a rig, `share` of its size, day by day by a clock of its own: what the feeds send is kept and worked off as in
 * production, carriers answer for every text (`Answers`), and upkeep and purge come once a day.
 */
export async function runYear(rig: Rig, year: number, share: number, seed: number): Promise<YearRun> {
  const from = Date.UTC(year, 0, 1) / dayMs
  const days = Date.UTC(year + 1, 0, 1) / dayMs - from
  let now = from * dayMs
  await simClock.install(rig.db.pool)
  await simClock.set(rig.db.pool, now)
  const db = openDatabase(rig.db.url, rig.log)
  await furnish(db)
  const profile = profileOf('bench', 2775, ['throughput: 1000'])
  const routes = await routeNumbers(db.pool, [profile])
  const regions = readRegions(join(packageRoot, 'geofences', 'regions.topojson.gz'))
  const countries = loadCountries()
  const worker = new RoamingWorker({ db, queues: silent, countries, routes, regions, log: rig.log, clock: () => now })
  const answers = new Answers(db, profile, rig.log, () => now)
  const travel = new Travel({
    seed,
    subscribers: Math.ceil(yearly.subscribers * share),
    // The weights of a year's days are not 1 on the average.
    arrivals: (yearly.arrivals * share) / weightOfYear(from, days),
    from,
  })
  const timings: Timings = { partitions: [], upkeep: [], drops: [], purges: [] }
  const months: Counts[] = []
  let [events, arrivals, seconds] = [0, 0, 0]
  for (let day = from; day < from + days; day++) {
    now = day * dayMs
    await simClock.set(db.pool, now)
    await timed(timings.partitions, () => ensurePartitions(db, new Date(now)))
    const sightings = travel.day()
    const batches = batchesOf(sightings, batchSize, seed + day)
    arrivals += sightings.filter((one) => one.arrival).length
    // The day's texts are made by its end: what is reported late is of the day all the same.
    now = (day + 1) * dayMs - 1
    await simClock.set(db.pool, now)
    const startedAt = performance.now()
    for (const { source, deliveries } of batches) {
      events += deliveries.length
      await keepBatch(
        db.pool,
        source,
        deliveries.map((one) => parseNotification(notificationOf(one))),
      )
    }
    await workOff(db, worker)
    seconds += (performance.now() - startedAt) / 1000
    await answers.giveAll()
    await timed(timings.upkeep, async () => {
      await rollUpTallies(db)
      await closeBroadcasts(db)
    })
    // A year passes in minutes: what autovacuum does many times a day would not come at all.
    await db.pool.query('VACUUM roamer, roaming_batch, entry_wait, chunk, tally, event_tally')
    await timed(timings.drops, () => dropOldPartitions(db, new Date(now)))
    await timed(timings.purges, () => purgeSpent(db))
    if (new Date(now + 1).getUTCDate() === 1) months.push({ events, arrivals, ...(await made(db)) })
  }
  return {
    db,
    timings,
    seconds,
    months,
    close: async () => {
      await answers.close()
      await db.close()
    },
  }
}

async function furnish(db: Database): Promise<void> {
  await transaction(db.pool, async (client) => {
    for (const [country, level] of Object.entries(levels))
      await client.query(
        `INSERT INTO travel_level (country, area, level, special, since, source, verified, made_by)
         VALUES ($1, $1, $2, $3, '2026-01-01', 'bench', true, 'bench')`,
        [country, level === 'special' ? null : level, level === 'special'],
      )
  })
}

function weightOfYear(from: number, days: number): number {
  let weight = 0
  for (let day = from; day < from + days; day++) weight += weightOf(day)
  return weight
}

/** All batches, by as many at once as a process has workers. */
async function workOff(db: Database, worker: RoamingWorker): Promise<void> {
  for (;;) {
    const open = await openBatches(db.pool, 1000)
    if (open.length === 0) return
    let next = 0
    const one = async () => {
      while (next < open.length) await worker.work(open[next++] as number)
    }
    await Promise.all(Array.from({ length: workers }, one))
  }
}

async function made({ pool }: Database): Promise<{ journeys: number; texts: number }> {
  const { rows } = await pool.query<{ journeys: number; texts: number }>(
    `SELECT (SELECT coalesce(sum(n), 0)::bigint FROM event_tally WHERE outcome = 'sent') AS journeys,
            (SELECT coalesce(sum(n), 0)::bigint FROM audience_tally WHERE reason = 'entry') AS texts`,
  )
  return rows[0] as { journeys: number; texts: number }
}

async function timed(list: number[], work: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now()
  await work()
  list.push(performance.now() - startedAt)
}
