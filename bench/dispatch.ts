import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type SimulatedCarriers, startSimulatedCarriers } from '../src/app/demo/smscs.ts'
import { migrationsDir } from '../src/app/paths.ts'
import { parseProfile } from '../src/carriers/load.ts'
import { Dispatcher } from '../src/dispatch/dispatcher.ts'
import { createLogger } from '../src/lib/log.ts'
import { openQueues } from '../src/queue/queues.ts'
import { Ledger } from '../src/receipts/ledger.ts'
import { insertMessages } from '../src/store/audience/insert-messages.ts'
import { openBroadcast } from '../src/store/audience/open-broadcast.ts'
import { registerCarriers, setPaused } from '../src/store/chunks/carriers.ts'
import { type Database, openDatabase, transaction } from '../src/store/database.ts'
import { startEmbedded } from '../src/store/embedded/start-embedded.ts'
import { migrate } from '../src/store/migrate.ts'
import { ensurePartitions } from '../src/targeting/upkeep.ts'
import { cpuSecondsBelow, parentOf, peakMegabytes, spread } from './measure.ts'
import { pushByNodeSmpp } from './node-smpp-peer.ts'

const binds = 2
const window = 500
const log = createLogger(process.env.BONGSU_LOG_LEVEL ?? 'error')

/**
 * One-segment messages from message rows to final receipts: chunks, write-ahead, submit_sm, responses, receipts, outcomes
 * committed, against a simulated SMSC in its own process. Beside it, in the same run and against the same SMSC, the smpp library
 * driven by hand with the same binds and window, keeping nothing.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { messages: { type: 'string', default: '200000' }, runs: { type: 'string', default: '3' } },
  })
  const messages = wholeNumber('--messages', values.messages)
  const runs = wholeNumber('--runs', values.runs)
  const dataDir = await mkdtemp(join(tmpdir(), 'bongsu-bench-'))
  const postgres = await startEmbedded({ dataDir, log })
  const smscs = await startSimulatedCarriers([
    {
      id: 'bench',
      options: { systemId: 'bench', password: 'bench', receipts: { delayMs: 50, jitterMs: 30, window: 1000 }, seed: 1 },
    },
  ])
  try {
    await migrate(postgres.url, migrationsDir)
    const db = openDatabase(postgres.url, log)
    await ensurePartitions(db)
    print(
      `${messages.toLocaleString('en-US')} messages a run, ${runs} runs after a warm-up; ${binds} binds, window ${window}`,
    )
    print(await durability(db))
    const postmaster = await postmasterPid(db)
    const ours: Sample[] = []
    const peers: number[] = []
    for (let i = 0; i <= runs; i++) {
      const n = i === 0 ? Math.min(messages, 20_000) : messages
      const sample = await once(db, postgres.url, smscs, n, postmaster)
      const peer = await pushByNodeSmpp({
        port: smscs.ports.bench as number,
        systemId: 'bench',
        password: 'bench',
        messages: n,
        binds,
        window,
      })
      if (i === 0) continue
      ours.push(sample)
      peers.push(peer)
      print(`run ${i}: ${show(sample.perSecond)}/s, node-smpp ${show(peer)}/s`)
    }
    report(ours, peers)
    await db.close()
  } finally {
    await smscs.close()
    await postgres.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

function wholeNumber(flag: string, text: string): number {
  const n = Number(text)
  if (Number.isInteger(n) && n > 0) return n
  throw new Error(`${flag} ${text} is not a whole number above 0`)
}

interface Sample {
  readonly perSecond: number
  readonly madePerSecond: number
  /** CPU seconds per 1,000 messages. */
  readonly cpuEngine: number
  readonly cpuPostgres: number
}

async function once(
  db: Database,
  url: string,
  smscs: SimulatedCarriers,
  n: number,
  postmaster: number,
): Promise<Sample> {
  const carrierNo = (await registerCarriers(db.pool, ['bench'])).get('bench')?.no as number
  await setPaused(db.pool, 'bench', true)
  const queues = await openQueues({ databaseUrl: url, log })
  const ledger = new Ledger({ url, log, rulesOf: () => ({ multipart: 'all', responseMs: 10_000 }) })
  const dispatcher = new Dispatcher({
    db,
    queues,
    profiles: [profileFor(smscs.ports.bench as number)],
    sink: ledger,
    log,
  })
  const started = performance.now()
  const broadcastId = await makeBroadcast(db, carrierNo, n)
  const madeMs = performance.now() - started
  await dispatcher.start()
  while (dispatcher.status()[0]?.binds !== binds) await pause(20)
  const cpu = { engine: process.cpuUsage(), postgres: cpuSecondsBelow(postmaster) }
  await setPaused(db.pool, 'bench', false)
  await allDelivered(db, broadcastId, n)
  const used = process.cpuUsage(cpu.engine)
  const { rows } = await db.pool.query<{ s: number }>(
    'SELECT extract(epoch FROM max(final_at) - min(submitted_at))::float8 s FROM message WHERE broadcast_id = $1',
    [broadcastId],
  )
  const sample = {
    perSecond: n / (rows[0]?.s ?? Number.NaN),
    madePerSecond: (n / madeMs) * 1000,
    cpuEngine: ((used.user + used.system) / 1e6 / n) * 1000,
    cpuPostgres: ((cpuSecondsBelow(postmaster) - cpu.postgres) / n) * 1000,
  }
  await dispatcher.stop()
  await ledger.close()
  await queues.close()
  return sample
}

const profileFor = (port: number) =>
  parseProfile(
    [
      'id: bench',
      'reaches: [{ population: roamers }]',
      `links: [{ host: 127.0.0.1, port: ${port} }]`,
      'systemId: bench',
      'password: bench',
      `binds: ${binds}`,
      `window: ${window}`,
      // Far above what two cores can do: the machine is the limit, not the contract.
      'throughput: 500000',
      'source: { addr: "82232100404" }',
    ].join('\n'),
    'bench.yaml',
    {},
  )

let day = 0

async function makeBroadcast(db: Database, carrierNo: number, n: number): Promise<number> {
  const id = await transaction(db.pool, (client) =>
    openBroadcast(client, {
      alertId: null,
      day: new Date(Date.UTC(2030, 0, ++day)).toISOString().slice(0, 10),
      lane: 1,
      state: 'sending',
      exercise: false,
      resend: true,
      digest: null,
      expires: null,
      validityMs: 3600_000,
      texts: [{ key: '1', language: 'en', text: 'Benchmark text of one segment.' }],
    }),
  )
  for (let at = 0; at < n; at += 2000) {
    const page = Array.from({ length: Math.min(2000, n - at) }, (_, i) => {
      const msisdn = String(821000000000 + at + i)
      return { recipientKey: msisdn, msisdn, variant: 1, reason: 'roamer' as const, country: 'JP', route: [carrierNo] }
    })
    await transaction(db.pool, (client) => insertMessages(client, id, 1, page))
  }
  return id
}

async function allDelivered(db: Database, broadcastId: number, n: number): Promise<void> {
  const giveUp = performance.now() + 300_000
  while (performance.now() < giveUp) {
    const { rows } = await db.pool.query<{ n: number }>(
      `SELECT coalesce(sum(n), 0)::int n FROM tally WHERE broadcast_id = $1 AND state = 'delivered'`,
      [broadcastId],
    )
    if (rows[0]?.n === n) return
    await pause(50)
  }
  throw new Error(`broadcast ${broadcastId} did not get through`)
}

/** The server process is the parent of each backend. */
async function postmasterPid(db: Database): Promise<number> {
  const { rows } = await db.pool.query<{ pid: number }>('SELECT pg_backend_pid() pid')
  return parentOf((rows[0] as { pid: number }).pid)
}

async function durability(db: Database): Promise<string> {
  const { rows } = await db.pool.query<{ line: string }>(
    `SELECT string_agg(name || ' ' || setting, ', ' ORDER BY name) line FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'server_version')`,
  )
  return `PostgreSQL: ${rows[0]?.line}`
}

function report(ours: readonly Sample[], peers: readonly number[]): void {
  print('')
  print(`bongsu, everything committed   ${spread(ours.map((s) => s.perSecond))} messages/s`)
  print(`node-smpp by hand, keeps nothing ${spread(peers)} messages/s`)
  print(
    `ratio bongsu / node-smpp       ${spread(
      ours.map((s, i) => s.perSecond / (peers[i] as number)),
      2,
    )}`,
  )
  print(
    `CPU s per 1,000: engine        ${spread(
      ours.map((s) => s.cpuEngine),
      4,
    )}`,
  )
  print(
    `CPU s per 1,000: PostgreSQL    ${spread(
      ours.map((s) => s.cpuPostgres),
      4,
    )}`,
  )
  print(`message rows made              ${spread(ours.map((s) => s.madePerSecond))} rows/s`)
  print(
    `peak memory of the engine      ${peakMegabytes(process.pid).toFixed(0)} MB (the peer runs in the same process)`,
  )
}

const print = (line: string) => void process.stdout.write(`${line}\n`)
const show = (n: number) => Math.round(n).toLocaleString('en-US')
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
