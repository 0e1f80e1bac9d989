import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { addKey } from '../src/store/people/keys.ts'
import { EngineProcess } from './engine-process.ts'
import { launchAlerts, selectionsEnd } from './ingest-alerts.ts'
import { Feed, firstMarker } from './ingest-feed.ts'
import { cpuSecondsBelow, median, spread } from './measure.ts'
import { postNotifications } from './post.ts'
import { broken, figure, print, wholeNumber } from './print.ts'
import { durability, profileOf, profileYaml, type Rig, startRig } from './rig.ts'
import { workedOff } from './worked-off.ts'

/** What the issue asks for. */
const targets = { perSecond: 15_000, p99Ms: 250 }
const batchSize = 1000
/** Requests under way at once while it is asked how much can be taken. */
const senders = 4
const pollMs = 4
const limitMs = 120_000
const profileLines = ['throughput: 100', 'live: true']

/**
 * Notifications by HTTP into `serve` (the roles api and targeting in a process of its own) on an embedded PostgreSQL with its durable
 * settings: matched with alerts in force and countries, entry texts and late entrants' messages made. First as many as can be taken,
 * several times; then half as many a second, for the time from a request to its message rows.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      roamers: { type: 'string', default: '1000000' },
      batches: { type: 'string', default: '200' },
      runs: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
    },
  })
  const batches = wholeNumber('--batches', values.batches)
  const runs = wholeNumber('--runs', values.runs)
  const feed = new Feed(wholeNumber('--roamers', values.roamers), wholeNumber('--seed', values.seed))
  const rig = await startRig()
  const yaml = profileYaml('bench', 2775, profileLines)
  const engine = new EngineProcess(rig, { bench: yaml }, ['api', 'targeting'])
  try {
    print(await durability(rig.db))
    await feed.seed(rig.db)
    const alerts = await launchAlerts(rig, [profileOf('bench', 2775, profileLines)])
    await engine.start()
    await selectionsEnd(rig)
    print(`${values.roamers} roamers known, ${alerts} alerts in force, batches of ${figure(batchSize)}`)
    const key = await addKey(rig.db, 'bench feed', 'carrier', 'bench')
    const target: Target = { rig, url: engine.url, key, feed, engine }
    await throughput(target, Math.ceil(batches / 4))
    const rates: number[] = []
    for (let i = 0; i < runs; i++) rates.push(await throughput(target, batches))
    print(`\nnotifications/s (target ${figure(targets.perSecond)})   ${spread(rates)}`)
    if (median(rates) < targets.perSecond) print(`below the target of ${figure(targets.perSecond)}/s`)
    await latency(target, targets.perSecond / 2, wholeNumber('--seconds', values.seconds))
    await outcomes(rig)
  } finally {
    await engine.stop()
    await rig.close()
  }
}

interface Target {
  readonly rig: Rig
  readonly engine: EngineProcess
  readonly url: string
  readonly key: string
  readonly feed: Feed
}

/** Notifications a second, from the first request until the last batch is worked off. */
async function throughput(target: Target, batches: number): Promise<number> {
  const { rig, feed, engine } = target
  const bodies = Array.from({ length: batches }, () => feed.batch(batchSize))
  const postgres = cpuSecondsBelow(rig.postmaster)
  const engineCpu = cpuSecondsBelow(engine.pid)
  const startedAt = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: senders }, async () => {
      while (next < bodies.length) await postNotifications(target.url, target.key, bodies[next++] as string)
    }),
  )
  const keptAt = performance.now()
  await workedOff(rig.db)
  const seconds = (performance.now() - startedAt) / 1000
  const perSecond = (batches * batchSize) / seconds
  const cpu = (now: number, before: number) => figure(((now - before) / batches / batchSize) * 1e6, 0)
  print(
    `${figure(batches)} batches: ${figure(perSecond)}/s, acknowledged after ${figure((keptAt - startedAt) / 1000, 1)} s of ${figure(seconds, 1)}; ` +
      `CPU us each: engine ${cpu(cpuSecondsBelow(engine.pid), engineCpu)}, PostgreSQL ${cpu(cpuSecondsBelow(rig.postmaster), postgres)}`,
  )
  return perSecond
}

/** Batches at an even rate; how long each took from its request until its message rows can be seen. */
async function latency(target: Target, perSecond: number, seconds: number): Promise<void> {
  const everyMs = (batchSize / perSecond) * 1000
  const first = target.feed.nextMarker
  const bodies = Array.from({ length: Math.ceil((seconds * 1000) / everyMs) }, () => target.feed.batch(batchSize))
  const sentAt: number[] = []
  const took: number[] = []
  const watch = new Watch(target.rig)
  await watch.begin()
  let failed: Error | undefined
  const startedAt = performance.now()
  const sending = bodies.map(async (body, i) => {
    await pause(startedAt + i * everyMs - performance.now())
    sentAt[i] = performance.now()
    await postNotifications(target.url, target.key, body)
  })
  void Promise.all(sending).catch((error: Error) => (failed = error))
  const giveUp = performance.now() + seconds * 1000 + limitMs
  while (took.length < bodies.length) {
    if (failed) throw failed
    if (performance.now() > giveUp) throw new Error(`${bodies.length - took.length} batches made no message`)
    for (const msisdn of await watch.look()) {
      if (msisdn >= first) took.push(performance.now() - (sentAt[msisdn - first] as number))
    }
    await pause(pollMs)
  }
  took.sort((a, b) => a - b)
  const at = (share: number) => figure(took[Math.min(took.length - 1, Math.floor(share * took.length))] as number)
  print(
    `at ${figure(perSecond)}/s for ${seconds} s, request to message row: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, ` +
      `p99 ${at(0.99)} ms (target ${targets.p99Ms}), longest ${figure(took.at(-1) as number)} ms`,
  )
  if ((took[Math.floor(0.99 * took.length)] as number) > targets.p99Ms) print(`above the target of ${targets.p99Ms} ms`)
}

/** Sees the markers' entry texts as they are committed: numbers within a broadcast are given out in the order of commit. */
class Watch {
  readonly #rig: Rig
  #broadcast = 0
  #seq = 0

  constructor(rig: Rig) {
    this.#rig = rig
  }

  async begin(): Promise<void> {
    const { rows } = await this.#rig.db.pool.query<{ id: number; next: number }>(
      'SELECT id, next_seq AS next FROM broadcast WHERE day IS NOT NULL ORDER BY id DESC LIMIT 1',
    )
    this.#broadcast = rows[0]?.id ?? 0
    this.#seq = (rows[0]?.next ?? 1) - 1
  }

  async look(): Promise<number[]> {
    const { rows } = await this.#rig.db.pool.query<{ seq: number; msisdn: number }>({
      name: 'watch',
      text: 'SELECT seq, msisdn FROM message WHERE broadcast_id = $1 AND seq > $2 ORDER BY seq',
      values: [this.#broadcast, this.#seq],
    })
    this.#seq = rows.at(-1)?.seq ?? this.#seq
    return rows.flatMap(({ msisdn }) => (msisdn >= firstMarker ? msisdn : []))
  }
}

/** What became of all: every one has to have one outcome. */
async function outcomes({ db }: Rig): Promise<void> {
  const { rows } = await db.pool.query<{ outcome: string; n: number }>(
    'SELECT outcome, sum(n) n FROM event_tally GROUP BY 1 ORDER BY 2 DESC',
  )
  print(`outcomes: ${rows.map(({ outcome, n }) => `${outcome} ${figure(Number(n))}`).join(', ')}`)
  const late = await db.pool.query<{ n: number }>(`SELECT sum(n) n FROM audience_tally WHERE reason = 'late-entrant'`)
  print(`late entrants told: ${figure(Number(late.rows[0]?.n ?? 0))}`)
  const made = await db.pool.query<{ journeys: number; texts: number }>(
    `SELECT (SELECT count(*) FROM journey) AS journeys, (SELECT sum(n) FROM audience_tally WHERE reason = 'entry')::bigint AS texts`,
  )
  const { journeys, texts } = made.rows[0] as { journeys: number; texts: number }
  const sent = Number(rows.find(({ outcome }) => outcome === 'sent')?.n ?? 0)
  print(`${figure(journeys)} journeys told with ${figure(texts)} texts`)
  if (sent !== journeys || texts < journeys)
    broken(`${sent} entries were told of, with ${texts} texts of ${journeys} journeys`)
}
