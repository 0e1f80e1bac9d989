import { parseArgs } from 'node:util'
import { startSimulatedCarriers } from '../src/app/demo/smscs.ts'
import type { SmscStats } from '../src/simulator/smsc.ts'
import { Api } from './api.ts'
import { EngineProcess } from './engine-process.ts'
import { cpuSecondsBelow, forgetPeak, peakMegabytes, spread } from './measure.ts'
import { pushByKannel } from './peers/kannel.ts'
import { startPusher } from './peers/pusher.ts'
import { figure, print, wholeNumber } from './print.ts'
import { credentials, durability, profileYaml, type Rig, startRig } from './rig.ts'

const window = 500
/** One segment of UCS-2. */
const text = '[외교부] 지진해일 경보. 즉시 해안에서 벗어나 높은 곳으로 대피. 영사콜센터 +82-2-3210-0404'
/** Kannel takes minutes where the others take seconds. */
const kannelMessages = 20_000

interface Sample {
  /** From the request that launches to the last committed receipt. */
  readonly perSecond: number
  readonly firstSubmitMs: number
  /** CPU seconds per 1,000 messages. */
  readonly cpu: { readonly engine: number; readonly postgres: number; readonly smsc: number }
  readonly peakMb: number
  readonly ackP50Ms: number
  readonly ackP99Ms: number
}

/**
 * An alert to everybody in a country, launched through the API of `bongsu serve` (the built program, in a process of its own): from
 * the launch to the last committed receipt. Beside it, in turn and against the same simulated SMSC: node-smpp's Session, which
 * keeps nothing, and Kannel where it is installed.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      messages: { type: 'string', default: '500000' },
      runs: { type: 'string', default: '3' },
      binds: { type: 'string', default: '2' },
      alone: { type: 'boolean', default: false },
    },
  })
  const messages = wholeNumber('--messages', values.messages)
  const runs = wholeNumber('--runs', values.runs)
  const binds = wholeNumber('--binds', values.binds)
  const rig = await startRig()
  // One process, two SMSCs alike: one account's receipts go to any of its binds, whoever holds them.
  const options = { ...credentials, receipts: { delayMs: 50, jitterMs: 30, window: 1000 }, seed: 1 }
  const smscs = await startSimulatedCarriers([
    { id: 'bench', options },
    { id: 'peers', options },
  ])
  const port = smscs.ports.bench as number
  const peerPort = smscs.ports.peers as number
  // Far above what two cores can do: the machine is the limit, not the contract.
  const profile = profileYaml('bench', port, ['throughput: 500000', `binds: ${binds}`, `window: ${window}`])
  const engine = new EngineProcess(rig, { bench: profile }, ['api', 'targeting', 'dispatch'])
  try {
    print(`${figure(messages)} messages a run, ${runs} runs after a warm-up; ${binds} binds, window ${window}`)
    print(await durability(rig.db))
    await fill(rig, { warmUp: Math.min(20_000, messages), messages })
    await engine.start()
    const api = await Api.of(rig.db, engine.url)
    const peer = values.alone
      ? undefined
      : await startPusher('node-smpp.ts', {
          ...credentials,
          port: peerPort,
          binds,
          window,
          messages,
          text,
          source: '82232100404',
          firstDestination: 821000000000,
        })
    const launched = (country: string, n: number) => once({ rig, api, engine, smscPid: smscs.pid }, country, n)
    await launched(warmUpCountry, Math.min(20_000, messages))
    await peer?.push(20_000)
    const ours: Sample[] = []
    const peers: number[] = []
    for (let i = 1; i <= runs; i++) {
      const sample = await launched(country, messages)
      ours.push(sample)
      const pushed = await peer?.push(messages)
      if (pushed) peers.push(pushed.messages / pushed.seconds)
      const beside = pushed ? `; node-smpp ${figure(pushed.messages / pushed.seconds)}/s` : ''
      print(`run ${i}: ${figure(sample.perSecond)}/s, peak ${figure(sample.peakMb)} MB${beside}`)
    }
    await peer?.close()
    report(ours, peers)
    if (!values.alone) {
      for (const feed of ['batch', 'http'] as const) {
        const kannel = await pushByKannel({
          ...credentials,
          port: peerPort,
          messages: kannelMessages,
          window: 1000,
          feed,
          stats: async () => (await smscs.stats()).peers as SmscStats,
        })
        reportKannel(ours, feed, kannel?.perSecond)
      }
    }
  } finally {
    await engine.stop()
    await smscs.close()
    await rig.close()
  }
}

const country = 'JP'
const warmUpCountry = 'IS'

/** Roamers of whom only the country is known, as most are. */
async function fill({ db }: Rig, { warmUp, messages }: { warmUp: number; messages: number }): Promise<void> {
  for (const [iso2, first, n] of [
    [warmUpCountry, 820000000000, warmUp],
    [country, 821000000000, messages],
  ] as const) {
    await db.pool.query(
      `INSERT INTO roamer (msisdn, hplmn, country, entered_at, seen_at)
       SELECT $2::bigint + i, '45008', $1, now(), now() FROM generate_series(1, $3::int) i`,
      [iso2, first, n],
    )
  }
  await db.pool.query('VACUUM ANALYZE roamer')
}

interface Stage {
  readonly rig: Rig
  readonly api: Api
  readonly engine: EngineProcess
  readonly smscPid: number
}

async function once({ rig, api, engine, smscPid }: Stage, iso2: string, n: number): Promise<Sample> {
  const alertId = await api.approvedAlert(iso2, text)
  const cpu = () => ({
    engine: cpuSecondsBelow(engine.pid),
    postgres: cpuSecondsBelow(rig.postmaster),
    smsc: cpuSecondsBelow(smscPid),
  })
  forgetPeak(engine.pid)
  const acksBefore = await api.ackTimes()
  const before = cpu()
  const started = performance.now()
  const { broadcastId } = await api.launch(alertId)
  await allCommitted(rig, broadcastId, n)
  const seconds = (performance.now() - started) / 1000
  const after = cpu()
  const per = (part: keyof typeof before) => ((after[part] - before[part]) / n) * 1000
  const acks = (await api.ackTimes()).since(acksBefore)
  const { rows } = await rig.db.pool.query<{ ms: number }>(
    'SELECT extract(epoch FROM first_submit_at - created_at)::float8 * 1000 AS ms FROM broadcast WHERE id = $1',
    [broadcastId],
  )
  return {
    perSecond: n / seconds,
    firstSubmitMs: rows[0]?.ms ?? Number.NaN,
    cpu: { engine: per('engine'), postgres: per('postgres'), smsc: per('smsc') },
    peakMb: peakMegabytes(engine.pid),
    ackP50Ms: acks.quantileMs(0.5),
    ackP99Ms: acks.quantileMs(0.99),
  }
}

/** Waits for the last receipt, as another connection of the database sees it. */
async function allCommitted({ db }: Rig, broadcastId: number, n: number): Promise<void> {
  const giveUp = performance.now() + 900_000
  while (performance.now() < giveUp) {
    const { rows } = await db.pool.query<{ n: number }>(
      `SELECT coalesce(sum(n), 0)::int n FROM tally WHERE broadcast_id = $1 AND state = 'delivered'`,
      [broadcastId],
    )
    if (rows[0]?.n === n) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`broadcast ${broadcastId} did not get through`)
}

function report(ours: readonly Sample[], peers: readonly number[]): void {
  const column = (of: (sample: Sample) => number, digits = 0) => spread(ours.map(of), digits)
  print()
  print(`bongsu, everything committed    ${column((s) => s.perSecond)} messages/s from the launch`)
  if (peers.length > 0) {
    print(`node-smpp, keeps nothing        ${spread(peers)} messages/s`)
    print(
      `ratio bongsu / node-smpp        ${spread(
        ours.map((s, i) => s.perSecond / (peers[i] as number)),
        2,
      )}`,
    )
  }
  print(`first submit_sm after launch    ${column((s) => s.firstSubmitMs)} ms`)
  print(`receipt to its acknowledgement  p50 ${column((s) => s.ackP50Ms)} ms, p99 ${column((s) => s.ackP99Ms)} ms`)
  for (const part of ['engine', 'postgres', 'smsc'] as const)
    print(`CPU s per 1,000: ${part.padEnd(15)}${column((s) => s.cpu[part], 4)}`)
  print(`peak memory of the engine       ${column((s) => s.peakMb)} MB`)
}

function reportKannel(ours: readonly Sample[], feed: string, perSecond: number | undefined): void {
  if (perSecond === undefined) {
    print(`Kannel, fed by ${feed.padEnd(17)}not installed (Debian package kannel)`)
    return
  }
  print(
    `Kannel, fed by ${feed.padEnd(17)}${figure(perSecond)} messages/s (receipts; one run of ${figure(kannelMessages)})`,
  )
  const ratios = ours.map((s) => s.perSecond / perSecond)
  print(`ratio bongsu / Kannel           ${spread(ratios, 1)}`)
}
