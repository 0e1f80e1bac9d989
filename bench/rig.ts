import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { migrationsDir } from '../src/app/paths.ts'
import { parseProfile } from '../src/carriers/load.ts'
import type { CarrierProfile } from '../src/carriers/schema.ts'
import { Dispatcher } from '../src/dispatch/dispatcher.ts'
import { createLogger, type Logger } from '../src/lib/log.ts'
import { openQueues } from '../src/queue/queues.ts'
import { Ledger } from '../src/receipts/ledger.ts'
import { insertMessages } from '../src/store/audience/insert-messages.ts'
import { type NewBroadcast, openBroadcast } from '../src/store/audience/open-broadcast.ts'
import { registerCarriers } from '../src/store/chunks/carriers.ts'
import { type Database, openDatabase, transaction } from '../src/store/database.ts'
import { startEmbedded } from '../src/store/embedded/start-embedded.ts'
import { migrate } from '../src/store/migrate.ts'
import { stateCounts } from '../src/store/reports/state-counts.ts'
import { ensurePartitions } from '../src/targeting/upkeep.ts'
import { parentOf } from './measure.ts'

/** What every simulated SMSC of a bench asks for. */
export const credentials = { systemId: 'bench', password: 'bench' } as const

export interface Rig {
  /** A temporary folder: the database's, and free for files of the bench. */
  readonly dir: string
  readonly db: Database
  readonly log: Logger
  /** Process id of the PostgreSQL server: the parent of each backend. */
  readonly postmaster: number
  close(): Promise<void>
}

/**
 * An embedded PostgreSQL of its own, migrated, in a temporary folder that goes with it.
 * @param keep a folder instead that stays, with what is in it.
 */
export async function startRig(logLevel = 'error', keep?: string): Promise<Rig> {
  const log = createLogger(process.env.BONGSU_LOG_LEVEL ?? logLevel)
  const dir = keep ?? (await mkdtemp(join(tmpdir(), 'bongsu-bench-')))
  const postgres = await startEmbedded({ dataDir: dir, log })
  const clean = async () => {
    await postgres.stop()
    if (keep === undefined) await rm(dir, { recursive: true, force: true })
  }
  // PostgreSQL is a process of its own and outlives a bench that is interrupted.
  const interrupted = () => void clean().then(() => process.exit(130))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    await migrate(postgres.url, migrationsDir)
    const db = openDatabase(postgres.url, log)
    await ensurePartitions(db)
    return {
      dir,
      db,
      log,
      postmaster: await postmasterPid(db),
      async close() {
        process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
        await db.close()
        await clean()
      },
    }
  } catch (error) {
    await clean()
    throw error
  }
}

export async function postmasterPid(db: Database): Promise<number> {
  const { rows } = await db.pool.query<{ pid: number }>('SELECT pg_backend_pid() pid')
  return parentOf((rows[0] as { pid: number }).pid)
}

/** The settings of durability, for the head of a report: no figure is bought with them. */
export async function durability(db: Database): Promise<string> {
  const { rows } = await db.pool.query<{ line: string }>(
    `SELECT string_agg(name || ' ' || setting, ', ' ORDER BY name) line FROM pg_settings
      WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'server_version')`,
  )
  return `PostgreSQL: ${rows[0]?.line}`
}

/** The YAML of a profile for a simulated SMSC on `port`; `lines` hold at least `throughput`. */
export const profileYaml = (id: string, port: number, lines: readonly string[]) =>
  [
    `id: ${id}`,
    'reaches: [{ population: roamers }, { population: residents }]',
    `links: [{ host: 127.0.0.1, port: ${port} }]`,
    `systemId: ${credentials.systemId}`,
    `password: ${credentials.password}`,
    'source: { addr: "82232100404" }',
    ...lines,
    '',
  ].join('\n')

export const profileOf = (id: string, port: number, lines: readonly string[]): CarrierProfile =>
  parseProfile(profileYaml(id, port, lines), `${id}.yaml`, {})

export interface Sender {
  readonly dispatcher: Dispatcher
  /** Drains and unbinds. */
  stop(): Promise<void>
}

/** The dispatch role of an engine in this process. Resolves when every bind is up. */
export async function startSender({ db, log }: Rig, profiles: readonly CarrierProfile[]): Promise<Sender> {
  const numbers = await registerCarriers(
    db.pool,
    profiles.map((profile) => profile.id),
  )
  const queues = await openQueues({ databaseUrl: db.url, log })
  const profileByNo = new Map(profiles.map((profile) => [numbers.get(profile.id)?.no, profile]))
  const ledger = new Ledger({
    url: db.url,
    log,
    rulesOf: (no) => {
      const { receipts, timers } = profileByNo.get(no) as CarrierProfile
      return { multipart: receipts.multipart, responseMs: timers.responseMs }
    },
  })
  const dispatcher = new Dispatcher({ db, queues, profiles, sink: ledger, log })
  await dispatcher.start()
  while (dispatcher.status().some(({ binds, bindsWanted }) => binds < bindsWanted)) await pause(20)
  return {
    dispatcher,
    async stop() {
      await dispatcher.stop()
      await ledger.close()
      await queues.close()
    },
  }
}

export interface BroadcastPlan {
  readonly messages: number
  /** Carriers, the preferred one first. */
  readonly route: readonly string[]
  readonly lane: number
  /** MSISDN of the first recipient; the others follow it. */
  readonly first?: number
  readonly resend?: boolean
}

let day = 0

/** A broadcast of one-segment messages, ready to be sent. The day stands for the alert: each broadcast needs one of its own. */
export async function makeBroadcast(db: Database, plan: BroadcastPlan): Promise<number> {
  const { messages, route, lane, first = 821000000000, resend = true } = plan
  const rows = await registerCarriers(db.pool, route)
  const numbers = route.map((id) => (rows.get(id) as { no: number }).no)
  const broadcast: NewBroadcast = {
    alertId: null,
    day: new Date(Date.UTC(2030, 0, ++day)).toISOString().slice(0, 10),
    lane,
    state: 'sending',
    exercise: false,
    resend,
    digest: null,
    expires: null,
    validityMs: 3600_000,
    texts: [{ key: '1', language: 'en', text: 'Benchmark text of one segment.' }],
  }
  const id = await transaction(db.pool, (client) => openBroadcast(client, broadcast))
  for (let at = 0; at < messages; at += 2000) {
    const page = Array.from({ length: Math.min(2000, messages - at) }, (_, i) => {
      const msisdn = String(first + at + i)
      return { recipientKey: msisdn, msisdn, variant: 1, reason: 'roamer' as const, country: 'JP', route: numbers }
    })
    await transaction(db.pool, (client) => insertMessages(client, id, lane, page))
  }
  return id
}

/** Waits until every message of the broadcasts is delivered. @throws with what they are instead after `patienceMs` */
export async function allDelivered(db: Database, ids: readonly number[], patienceMs: number): Promise<void> {
  const giveUp = performance.now() + patienceMs
  for (const id of ids) {
    for (;;) {
      const { states, matched } = await stateCounts(db.pool, id)
      if (matched > 0 && states.delivered === matched) break
      if (performance.now() > giveUp)
        throw new Error(`broadcast ${id} of ${matched} did not get through in time: ${JSON.stringify(states)}`)
      await pause(50)
    }
  }
}
