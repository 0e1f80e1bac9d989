import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { FeedActivity } from '../api/feed-activity.ts'
import { buildServer } from '../api/server.ts'
import type { CamaraOperator } from '../carriers/camara/operator-schema.ts'
import type { CarrierChange } from '../carriers/changes.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import { type CarrierStatus, Dispatcher } from '../dispatch/dispatcher.ts'
import { loadCountries } from '../geo/countries.ts'
import { dataFile } from '../geo/reference-zones.ts'
import { loadRegions } from '../geo/regions.ts'
import type { Logger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'
import { arrivalsBell, camaraBell, purgeBell, selectionBell } from '../queue/names.ts'
import { openQueues, type Queues } from '../queue/queues.ts'
import { Inbox } from '../receipts/inbox.ts'
import { Ledger } from '../receipts/ledger.ts'
import { FeedWatch } from '../reporting/feed-watch.ts'
import { WebhookNetworks } from '../reporting/webhooks/networks.ts'
import { WebhookWorker } from '../reporting/webhooks/webhook-worker.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { startEmbedded } from '../store/embedded/start-embedded.ts'
import { migrate } from '../store/migrate.ts'
import { roamingBell } from '../store/roaming/batches.ts'
import { whenUp } from '../store/when-up.ts'
import { CamaraWorker } from '../targeting/camara/camara-worker.ts'
import { EntryResend } from '../targeting/entry-resend.ts'
import { EntryWaits } from '../targeting/entry-waits.ts'
import { LateResidents } from '../targeting/late-residents.ts'
import { DueLaunches } from '../targeting/launch-due.ts'
import { NextNumbers } from '../targeting/next-numbers.ts'
import { ReviewWatch } from '../targeting/review.ts'
import { ReviewWalks } from '../targeting/review-walks.ts'
import { RoamingWorker } from '../targeting/roaming.ts'
import { runSelection } from '../targeting/select.ts'
import { ensurePartitions, giveUpReceipts, purge, ringForForgotten, upkeep } from '../targeting/upkeep.ts'
import { loadCapKeys } from './cap-keys.ts'
import { FeedFolders } from './feeds/feed-folders.ts'
import { LiveCarriers } from './live-carriers.ts'
import { openZones } from './open-zones.ts'
import { migrationsDir } from './paths.ts'
import { loadSeal } from './secret-key.ts'

export const roles = ['api', 'targeting', 'dispatch'] as const
export type EngineRole = (typeof roles)[number]

export interface EngineOptions {
  /** Without it an embedded PostgreSQL is started in `dataDir`. */
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  /** Prefix of the queues; engines that share a Redis need different ones. */
  readonly queuePrefix?: string
  readonly dataDir: string
  readonly geofencesDir: string
  /** Keys of those whose CAP is known; none without it. */
  readonly capTrustDir?: string | undefined
  /** Signs the CAP feed; see `loadCapKeys`. */
  readonly capKeyFile?: string | undefined
  /** Seals secrets in the database; see `loadSeal`. */
  readonly secretKey?: string | undefined
  /** Networks of our own that webhooks may lead to; see WebhookNetworks. */
  readonly webhookNetworks?: string | undefined
  /** CAP `sender` of alerts that name none; left out: `bongsu`. */
  readonly sender?: string | undefined
  /** Where carriers drop files; with the role api. */
  readonly feedsDir?: string | undefined
  /** A feed is silent after this time; without it that is learned for each. */
  readonly feedSilentAfterMs?: number | undefined
  /** So long an entry of the audit log, and the exact place of a roamer, is kept; see `purge`. */
  readonly auditKeepMs?: number | undefined
  readonly placeKeepMs?: number | undefined
  /** Operators whose CAMARA APIs are subscribed to. */
  readonly camara?: readonly CamaraOperator[]
  /** 0: any free port. */
  readonly port: number
  readonly host?: string
  readonly profiles: readonly CarrierProfile[]
  /** Reads the profiles again, for `reloadCarriers`; without it they stay as they are. */
  readonly readProfiles?: () => Promise<CarrierProfile[]>
  readonly roles: readonly EngineRole[]
  readonly log: Logger
}

export interface Engine {
  readonly db: Database
  readonly queues: Queues
  /** Where the API listens; undefined without the role `api`. */
  readonly url: string | undefined
  carrierStatus(): CarrierStatus[]
  /** Reads the profiles of this process again and takes them over in the midst of sending; see LiveCarriers. */
  reloadCarriers(actor: string): Promise<readonly CarrierChange[]>
  /** Drains in the order of the data flow: no more requests, no more targeting, answers of what is on the wire, then the stores. */
  stop(): Promise<void>
}

const partitionsMs = 3_600_000
const reconcileMs = 2000
const upkeepMs = 5000
/** Delays are told in seconds. */
const waitsMs = 1000
/** Receipts are waited for by the day; each sweep reads all messages of what is older. */
const sweepMs = 60_000
const purgeMs = 600_000
const camaraMs = 5_000
/** An act is told within about this time. */
const webhooksMs = 1_000
const feedsMs = 2_000
const silenceMs = 10_000

/** Starts an engine with the given roles; whatever was started before a failure is stopped again. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) {
      await one().catch((error: Error) => options.log.error({ err: error.message }, 'a part did not stop cleanly'))
    }
  }
  try {
    return { ...(await assemble(options, stops)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function assemble(options: EngineOptions, stops: (() => Promise<unknown>)[]): Promise<Omit<Engine, 'stop'>> {
  const { log } = options
  const has = (role: EngineRole) => options.roles.includes(role)
  let draining = false

  const databaseUrl = options.databaseUrl ?? (await embedded(options, stops))
  await whenUp(() => migrate(databaseUrl, migrationsDir), log)
  const db = openDatabase(databaseUrl, log)
  stops.push(() => db.close())
  await ensurePartitions(db)
  // Whatever the roles: a dispatcher whose targeting peer is gone for a week still needs tomorrow's tables.
  stops.push(await repeat(partitionsMs, () => ensurePartitions(db), log))
  const { profiles, readProfiles } = options
  const carriers = await LiveCarriers.open({ db, profiles, readProfiles, log })
  const queues = await openQueues({
    databaseUrl,
    log,
    ...(options.redisUrl === undefined ? {} : { redisUrl: options.redisUrl }),
    ...(options.queuePrefix === undefined ? {} : { prefix: options.queuePrefix }),
  })
  stops.push(() => queues.close())
  const countries = loadCountries()

  let dispatcher: Dispatcher | undefined
  if (has('dispatch')) {
    const ledger = new Ledger({
      url: databaseUrl,
      log,
      rulesOf: (no) => {
        const profile = carriers.lastProfileOf(no)
        return { multipart: profile?.receipts.multipart ?? 'all', responseMs: profile?.timers.responseMs ?? 10_000 }
      },
    })
    stops.push(() => ledger.close())
    const inbox = new Inbox({ url: databaseUrl, log })
    stops.push(() => inbox.close())
    dispatcher = new Dispatcher({ db, queues, profiles, sink: ledger, inbox, log })
    const started = dispatcher
    stops.push(() => started.stop())
    await dispatcher.start()
    carriers.follow((profiles) => started.reload(profiles))
  }

  const seal = await loadSeal(options)
  const webhookNetworks = new WebhookNetworks(options.webhookNetworks)
  if (has('targeting')) {
    await startTargeting(options, { db, queues, countries, carriers }, stops)
    const webhooks = new WebhookWorker({ db, seal, networks: webhookNetworks, log })
    // By each process for itself, as it needs no bell: two tell each event once.
    const end = await repeat(webhooksMs, () => webhooks.work(), log)
    stops.push(async () => {
      await end()
      await webhooks.stop()
    })
  }

  let server: FastifyInstance | undefined
  const carrierStatus = () => dispatcher?.status() ?? []
  if (has('api')) {
    const zones = await openZones(db, options.geofencesDir, countries, log)
    const capKeys = await loadCapKeys(options, log)
    const feeds = new FeedWatch({ db, silentAfterMs: options.feedSilentAfterMs, log })
    stops.push(await repeat(silenceMs, () => feeds.look(), log))
    const { feedsDir } = options
    const folders = feedsDir === undefined ? undefined : await watchFolders(feedsDir, { db, queues, log }, stops)
    const ready = () => !draining
    const camara = { operators: options.camara ?? [], now: () => new Date() }
    server = await buildServer({
      db,
      queues,
      carriers,
      countries,
      zones,
      sender: options.sender,
      ...capKeys,
      seal,
      webhookNetworks,
      carrierStatus,
      feeds,
      ...(folders && { untaken: () => folders.untaken() }),
      camara,
      ready,
      log,
    })
    const listening = server
    stops.push(() => listening.close())
    await listen(server, options)
  }
  stops.push(async () => {
    draining = true
  })
  const address = server?.server.address() as AddressInfo | undefined
  return {
    db,
    queues,
    carrierStatus,
    reloadCarriers: (actor) => carriers.reload(actor),
    url: address && `http://${options.host ?? '127.0.0.1'}:${address.port}`,
  }
}

async function watchFolders(
  root: string,
  deps: { db: Database; queues: Queues; log: Logger },
  stops: (() => Promise<unknown>)[],
): Promise<FeedFolders> {
  const activity = new FeedActivity(deps.db, deps.log)
  stops.push(() => activity.close())
  const folders = await FeedFolders.open(root, { ...deps, activity })
  const end = await repeat(feedsMs, () => folders.scan(), deps.log)
  stops.push(async () => {
    folders.stop()
    await end()
    await folders.idle()
  })
  return folders
}

async function embedded({ dataDir, log }: EngineOptions, stops: (() => Promise<unknown>)[]): Promise<string> {
  const postgres = await startEmbedded({ dataDir, log })
  stops.push(() => postgres.stop())
  return postgres.url
}

async function startTargeting(
  { log, geofencesDir, camara: operators = [], auditKeepMs, placeKeepMs }: EngineOptions,
  {
    db,
    queues,
    countries,
    carriers,
  }: {
    db: Database
    queues: Queues
    countries: ReturnType<typeof loadCountries>
    carriers: LiveCarriers
  },
  stops: (() => Promise<unknown>)[],
): Promise<void> {
  const { routes } = carriers
  const regions = loadRegions(dataFile(geofencesDir, 'regions.topojson.gz'))
  const arriving = { db, queues, countries, regions, routes, log }
  const roaming = new RoamingWorker(arriving)
  const waits = new EntryWaits(arriving)
  const resend = new EntryResend(arriving)
  queues.work(
    selectionBell,
    ({ broadcastId }) => runSelection({ db, queues, countries, routes, log }, broadcastId as number),
    { concurrency: 2 },
  )
  const residents = new LateResidents(arriving)
  const nextNumbers = new NextNumbers(arriving)
  const reviews = new ReviewWatch(db, log)
  const walks = new ReviewWalks(arriving)
  queues.work(arrivalsBell, () => residents.work(), { concurrency: 1 })
  queues.work(roamingBell, ({ id }) => roaming.work(id as number), { concurrency: 2 })
  const deps = { db, queues, log }
  // Profiles are read again under load.
  const launches = new DueLaunches({
    ...deps,
    countries,
    get profiles() {
      return carriers.profiles
    },
  })
  queues.work(purgeBell, () => purge({ ...deps, countries, auditKeepMs, placeKeepMs }), { concurrency: 1 })
  await queues.every(purgeBell, 'purge', purgeMs, {})
  if (operators.length > 0) {
    const camara = new CamaraWorker({ ...deps, operators })
    queues.work(camaraBell, () => camara.work(), { concurrency: 1 })
    await queues.every(camaraBell, 'camara', camaraMs, {})
    stops.push(async () => camara.stop())
  }
  stops.push(
    await repeat(reconcileMs, () => ringForForgotten(deps), log),
    await repeat(upkeepMs, () => upkeep(deps), log),
    await repeat(upkeepMs, async () => void (await nextNumbers.work()), log),
    // By each process for itself: a text that is due needs no bell.
    await repeat(waitsMs, async () => void (await waits.work()), log),
    await repeat(waitsMs, () => launches.work(), log),
    await repeat(upkeepMs, () => reviews.look(), log),
    await repeat(upkeepMs, async () => void (await resend.work()), log),
    // At once: a walk that was killed goes on at the start.
    await repeat(upkeepMs, () => walks.work(), log),
    async () => walks.stop(),
    await repeat(sweepMs, () => giveUpReceipts({ ...deps, finalAfter: carriers.finalAfter }), log),
  )
}

/** Runs a task now and then again and again, never twice at once; returns what stops it and waits for the last run. */
async function repeat(pauseMs: number, task: () => Promise<void>, log: Logger): Promise<() => Promise<void>> {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let running = Promise.resolve()
  const run = () => {
    running = task()
      .catch((error: Error) => log.warn({ err: error.message }, 'upkeep failed; trying again'))
      .then(() => {
        if (!stopped) timer = setTimeout(run, pauseMs)
      })
  }
  run()
  return async () => {
    stopped = true
    clearTimeout(timer)
    await running
  }
}

async function listen(server: FastifyInstance, { port, host = '127.0.0.1' }: EngineOptions): Promise<void> {
  try {
    await server.listen({ port, host })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    throw new Problem(
      'port-in-use',
      code === 'EACCES' ? `port ${port} may not be opened` : `port ${port} of ${host} is in use`,
      {
        where: 'BONGSU_PORT',
        hint: 'Stop the other program, or set BONGSU_PORT to another port.',
      },
    )
  }
}
