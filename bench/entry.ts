import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { LANES } from '../src/alerts/lane.ts'
import { startSimulatedCarriers } from '../src/app/demo/smscs.ts'
import { addKey } from '../src/store/people/keys.ts'
import { EngineProcess } from './engine-process.ts'
import { Feed, firstMarker } from './ingest-feed.ts'
import { cpuSecondsBelow } from './measure.ts'
import { postNotifications } from './post.ts'
import { broken, figure, print, wholeNumber } from './print.ts'
import { credentials, durability, makeBroadcast, profileYaml, type Rig, startRig } from './rig.ts'
import { logDelayMs, SmscLogReader } from './smsc-log.ts'

/** What the issue asks for, beyond the delay that a policy itself wants. */
const limitMs = 2000
const carrier = 'bench'
const firstLesser = 831_000_000_000
const settleMs = 60_000

/**
 * From a notification's request to its first submit_sm at the SMSC, while a lesser broadcast to a million goes out through the same
 * account. A real `serve` with all its roles; the SMSC, in a process of its own, says when each text came. `npm run bench -- ingest` says
 * how many notifications a second are worked off at most, texts made and queued.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      queued: { type: 'string', default: '1000000' },
      contract: { type: 'string', default: '2000' },
      roamers: { type: 'string', default: '200000' },
      rates: { type: 'string', default: '500,2000,4000' },
      batch: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '30' },
      seed: { type: 'string', default: '1' },
    },
  })
  const contract = wholeNumber('--contract', values.contract)
  const rig = await startRig()
  const path = join(rig.dir, 'smsc.log')
  const smscs = await startSimulatedCarriers([
    {
      id: carrier,
      options: {
        ...credentials,
        latencyMs: { mean: 20, jitter: 10 },
        receipts: { delayMs: 500, jitterMs: 300, window: 1000 },
        log: path,
      },
    },
  ])
  const lines = [`throughput: ${contract}`, 'binds: 4', 'window: 500']
  const yaml = profileYaml(carrier, smscs.ports[carrier] as number, lines)
  const engine = new EngineProcess(rig, { [carrier]: yaml }, ['api', 'targeting', 'dispatch'])
  try {
    print(await durability(rig.db))
    const feed = new Feed(wholeNumber('--roamers', values.roamers), wholeNumber('--seed', values.seed))
    await feed.seed(rig.db)
    const queued = wholeNumber('--queued', values.queued)
    await makeBroadcast(rig.db, { messages: queued, route: [carrier], lane: LANES.other, first: firstLesser })
    await engine.start()
    const key = await addKey(rig.db, 'bench feed', 'carrier', 'bench')
    const accepted = async () => (await smscs.stats())[carrier]?.accepted ?? 0
    while ((await accepted()) < contract) await pause(20)
    print(
      `${figure(queued)} lesser messages going out, contract ${figure(contract)}/s, requests of ${values.batch} notifications`,
    )
    const reader = new SmscLogReader(path)
    for (const text of values.rates.split(',')) {
      const perSecond = wholeNumber('--rates', text)
      const run = { rig, url: engine.url, pid: engine.pid, key, feed, reader, perSecond }
      await measure(run, wholeNumber('--batch', values.batch), wholeNumber('--seconds', values.seconds))
    }
    const { rows } = await rig.db.pool.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM chunk WHERE state = 'ready' AND lane = ${LANES.other}`,
    )
    if ((rows[0]?.left ?? 0) === 0) broken('the lesser broadcast was over before the end: use more with --queued')
  } finally {
    await engine.stop()
    await smscs.close()
    await rig.close()
  }
}

interface Run {
  readonly rig: Rig
  readonly url: string
  readonly pid: number
  readonly key: string
  readonly feed: Feed
  readonly reader: SmscLogReader
  /** Notifications. */
  readonly perSecond: number
}

/** Requests at an even rate, each with one number that nobody knows and that enters Japan: its text tells the time. */
async function measure(run: Run, size: number, seconds: number): Promise<void> {
  const { rig, feed, perSecond, reader } = run
  const everyMs = (size / perSecond) * 1000
  const bodies = Array.from({ length: Math.ceil((seconds * 1000) / everyMs) }, () => feed.batch(size))
  const first = Number((JSON.parse(bodies[0] as string) as { msisdn: string }[])[0]?.msisdn)
  const sentAt: number[] = []
  const reached = new Map<number, number>()
  let [entries, lesser] = [0, 0]
  const look = () =>
    reader.read((kind, at, [, , , destination]) => {
      if (kind !== 'submit') return
      const msisdn = Number(destination)
      if (msisdn >= firstLesser) lesser++
      else entries++
      if (msisdn >= firstMarker && msisdn < firstLesser && !reached.has(msisdn)) reached.set(msisdn, at)
    })
  await look()
  ;[entries, lesser] = [0, 0]
  const cpu = [cpuSecondsBelow(run.pid), cpuSecondsBelow(rig.postmaster)] as const
  const startedAt = Date.now()
  await Promise.all(
    bodies.map(async (body, i) => {
      await pause(startedAt + i * everyMs - Date.now())
      sentAt[i] = Date.now()
      await postNotifications(run.url, run.key, body)
    }),
  )
  const took = Date.now() - startedAt
  const used = [cpuSecondsBelow(run.pid) - cpu[0], cpuSecondsBelow(rig.postmaster) - cpu[1]] as const
  const giveUp = Date.now() + settleMs
  const missing = () => bodies.filter((_, i) => !reached.has(first + i)).length
  while (missing() > 0 && Date.now() < giveUp) {
    await pause(logDelayMs)
    await look()
  }
  const times = bodies.flatMap((_, i) => {
    const at = reached.get(first + i)
    return at === undefined ? [] : [at - (sentAt[i] as number)]
  })
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? Number.NaN
  print(
    `at ${figure(perSecond)}/s for ${figure(took / 1000)} s, request to submit_sm: p50 ${figure(at(0.5))} ms, p95 ${figure(at(0.95))} ms, ` +
      `p99 ${figure(at(0.99))} ms (target ${figure(limitMs)}), longest ${figure(at(1))} ms of ${figure(times.length)}; beside them ` +
      `${figure(lesser)} lesser and ${figure(entries)} entry texts; CPU s: engine ${figure(used[0], 1)}, PostgreSQL ${figure(used[1], 1)}`,
  )
  if (missing() > 0) broken(`${missing()} of ${bodies.length} texts never came`)
  if (at(0.99) > limitMs) print(`above the target of ${figure(limitMs)} ms`)
}
