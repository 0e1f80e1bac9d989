import { entryFloor } from '../alerts/lane-shares.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import type { Logger } from '../lib/log.ts'
import { bellOf, withdrawBell } from '../queue/names.ts'
import type { Queues } from '../queue/queues.ts'
import { type CarrierRow, carrierRows, registerCarriers, setDown } from '../store/chunks/carriers.ts'
import { failOverChunk } from '../store/chunks/fail-over.ts'
import { sendingChunks } from '../store/chunks/sending.ts'
import { strandedCarriers } from '../store/chunks/stranded.ts'
import { carriersWithWork } from '../store/chunks/with-work.ts'
import { withdrawBroadcasts } from '../store/chunks/withdraw-broadcasts.ts'
import type { Database } from '../store/database.ts'
import { HotLine } from '../store/hot-line.ts'
import { Lease, leaseIsFree } from '../store/lease.ts'
import { Account } from './account.ts'
import type { BindStatus } from './binds.ts'
import { Broadcasts } from './broadcasts.ts'
import type { DeliverySink, OutcomeSink } from './outcome-sink.ts'
import { takeOverChunk } from './recover.ts'

export interface DispatcherOptions {
  readonly db: Database
  readonly queues: Queues
  /** The carriers to begin with; `reload` brings others. */
  readonly profiles: readonly CarrierProfile[]
  readonly sink: OutcomeSink
  /** Without it deliveries that are no receipts stay with the SMSC. */
  readonly inbox?: DeliverySink
  readonly log: Logger
  /** Share of each account that entry texts keep however much danger is ahead of them. */
  readonly entryShare?: number
  /** Sequence number with which each bind begins; default 1. */
  readonly firstSequence?: number
}

/** Of a carrier, for people and the API. */
export interface CarrierStatus {
  readonly id: string
  readonly name: string
  readonly binds: number
  readonly bindsWanted: number
  readonly throughput: number
  /** submit_sm of the last second. */
  readonly rate: number
  /** What the pacer allows a second: less than the contract after the carrier asked us to slow down. */
  readonly allowedRate: number
  /** Whether binds and windows, not the contract, hold it back. */
  readonly windowBound: boolean
  readonly paused: boolean
  readonly held: boolean
  readonly downMs: number
  readonly each: readonly BindStatus[]
  /** Why the carrier refused the binds of the profile as it was read again, while older ones stay up. */
  readonly rollHalted: string | null
}

interface Holding {
  readonly account: Account
  readonly lease: Lease
}

const reconcileMs = 1000
const leaseRetryMs = 500

/**
 * All accounts of this process. An account is sent through only while its lease is ours; bells wake it, and a reconciler rings
 * every second for what no bell rang for, so a lost queue costs a second, never a message.
 */
export class Dispatcher {
  readonly #o: DispatcherOptions
  readonly #line: HotLine
  readonly #broadcasts: Broadcasts
  /** Carriers without a profile of which was said that their messages have nowhere to go. */
  readonly #toldStranded = new Set<string>()
  readonly #accounts = new Map<string, Holding>()
  /** Accounts of carriers that are in no profile any more, until they have let go. */
  readonly #leaving = new Map<string, Promise<void>>()
  /** Carriers whose bell is answered: once for a process. */
  readonly #belled = new Set<string>()
  #paused = new Set<string>()
  #reconciler: NodeJS.Timeout | undefined
  #reconciling: Promise<void> | undefined
  #stopping = false

  constructor(options: DispatcherOptions) {
    this.#o = options
    this.#line = new HotLine(options.db.url)
    this.#broadcasts = new Broadcasts(options.db.pool)
  }

  async start(): Promise<void> {
    const { db, profiles, queues } = this.#o
    const rows = await registerCarriers(
      db.pool,
      profiles.map((profile) => profile.id),
    )
    this.#notePauses(rows)
    for (const profile of profiles) this.#open(profile, (rows.get(profile.id) as CarrierRow).no)
    queues.work(withdrawBell, async () => void (await withdrawBroadcasts(db)), { concurrency: 1 })
    this.#reconciler = setInterval(() => {
      this.#reconciling ??= this.#reconcile().finally(() => {
        this.#reconciling = undefined
      })
    }, reconcileMs)
  }

  /**
   * Takes over other profiles, in the midst of sending: accounts that stay keep their binds, or roll them; new ones begin; of
   * those that are gone, what is on the wire is finished and the rest is left to the next carrier of its route.
   * Carriers must be registered; calls must not overlap.
   */
  async reload(profiles: readonly CarrierProfile[]): Promise<void> {
    if (this.#stopping) return
    const ids = new Set(profiles.map(({ id }) => id))
    for (const [id, holding] of this.#accounts) if (!ids.has(id)) this.#letGo(id, holding)
    for (const profile of profiles) this.#accounts.get(profile.id)?.account.reprofile(profile)
    const added = profiles.filter(({ id }) => !this.#accounts.has(id))
    if (added.length === 0) return
    const rows = await carrierRows(this.#o.db.pool)
    this.#notePauses(rows)
    for (const profile of added) {
      await this.#leaving.get(profile.id)
      if (this.#stopping) return
      this.#toldStranded.delete(profile.id)
      this.#open(profile, (rows.get(profile.id) as CarrierRow).no)
    }
  }

  #open(profile: CarrierProfile, no: number): void {
    const { db, queues, sink, inbox, log } = this.#o
    const { id } = profile
    const entryShare = this.#o.entryShare ?? entryFloor
    const broadcasts = this.#broadcasts
    const account = new Account({
      profile,
      carrierNo: no,
      line: this.#line,
      pool: db.pool,
      broadcasts,
      sink,
      inbox,
      log,
      entryShare,
      firstSequence: this.#o.firstSequence,
    })
    const lease = new Lease(db.url, no, {
      acquired: () => {
        account.takeOver()
        if (!this.#paused.has(id)) account.resume()
      },
      lost: () => account.lose(),
      taken: () => void account.leave(),
      retryMs: leaseRetryMs,
      log,
    })
    this.#accounts.set(id, { account, lease })
    if (!this.#belled.has(id)) {
      this.#belled.add(id)
      queues.work(bellOf(id), async () => this.#accounts.get(id)?.account.ring(), { concurrency: 1 })
    }
    lease.start()
  }

  #letGo(id: string, { account, lease }: Holding): void {
    this.#accounts.delete(id)
    this.#o.log.info({ carrier: id }, 'the carrier is in no profile any more: letting it go')
    const gone = account
      .stop()
      .then(() => lease.stop())
      .catch((error: Error) => this.#o.log.error({ carrier: id, err: error.message }, 'cannot let go of an account'))
      .finally(() => this.#leaving.delete(id))
    this.#leaving.set(id, gone)
  }

  status(): CarrierStatus[] {
    return [...this.#accounts.values()].map(({ account, lease }) => ({
      id: account.profile.id,
      name: account.profile.name,
      binds: account.binds,
      bindsWanted: account.bindsWanted,
      throughput: account.profile.throughput,
      rate: account.rate,
      allowedRate: Math.floor(account.allowedRate),
      windowBound: account.windowBound,
      paused: this.#paused.has(account.profile.id),
      held: lease.held,
      downMs: Math.round(account.downMs),
      each: account.bindStatus,
      rollHalted: account.rollHalted ?? null,
    }))
  }

  /** Finishes what is on the wire, unbinds, gives the rest back to the queue, and lets the accounts go. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#reconciler)
    await this.#reconciling
    await Promise.all([...this.#accounts.values()].map(({ account }) => account.stop()))
    await Promise.all([...this.#accounts.values()].map(({ lease }) => lease.stop()))
    await Promise.all(this.#leaving.values())
    await this.#line.close()
  }

  async #reconcile(): Promise<void> {
    try {
      const rows = await carrierRows(this.#o.db.pool)
      this.#followPauses(rows)
      await withdrawBroadcasts(this.#o.db)
      await this.#failOver(rows)
      await this.#empty([...rows.values()].filter(({ id }) => !this.#accounts.has(id)))
      for (const id of await carriersWithWork(this.#o.db.pool)) this.#accounts.get(id)?.account.ring()
    } catch (error) {
      this.#o.log.warn({ err: (error as Error).message }, 'cannot reconcile; trying again')
    }
  }

  #followPauses(rows: ReadonlyMap<string, CarrierRow>): void {
    this.#notePauses(rows)
    for (const [id, { account, lease }] of this.#accounts) {
      if (this.#paused.has(id)) account.hold()
      else if (lease.held) account.resume()
    }
  }

  #notePauses(rows: ReadonlyMap<string, CarrierRow>): void {
    this.#paused = new Set([...rows.values()].filter((row) => row.pausedAt !== null).map((row) => row.id))
  }

  async #failOver(rows: ReadonlyMap<string, CarrierRow>): Promise<void> {
    const { db, log } = this.#o
    for (const { account, lease } of this.#accounts.values()) {
      if (!lease.held) continue
      const down = account.downMs > account.profile.downAfterMs
      if (rows.get(account.profile.id)?.down !== down) await setDown(db.pool, account.carrierNo, down)
      const moved = down ? await this.#handOver(account.carrierNo) : 0
      if (moved > 0)
        log.warn(
          { carrier: account.profile.id, chunks: moved },
          'the carrier stays down: the next of the route takes over',
        )
    }
  }

  async #handOver(carrierNo: number): Promise<number> {
    let moved = 0
    while ((await failOverChunk(this.#o.db, carrierNo)) !== undefined) moved++
    return moved
  }

  /** Hands over what carriers have that are in no profile any more: nobody else would look at it again. */
  async #empty(rows: readonly CarrierRow[]): Promise<void> {
    const { db, sink, log } = this.#o
    const stranded = await strandedCarriers(
      db.pool,
      rows.map(({ no }) => no),
    )
    for (const { no, id } of rows) {
      // Another process may have other profiles: while somebody holds the account it is his.
      if (!stranded.has(no) || !(await leaseIsFree(db.pool, no))) continue
      await setDown(db.pool, no, true)
      const deps = { profile: undefined, carrierNo: no, line: this.#line, broadcasts: this.#broadcasts, sink, log }
      for (const chunk of await sendingChunks(db.pool, no)) await takeOverChunk(chunk, deps)
      const moved = await this.#handOver(no)
      if (moved > 0)
        log.warn({ carrier: id, chunks: moved }, 'no profile has this carrier: the next of the route takes over')
      if (this.#toldStranded.has(id) || (await strandedCarriers(db.pool, [no])).size === 0) continue
      this.#toldStranded.add(id)
      log.error(
        { carrier: id },
        'messages wait for a carrier that is in no profile, and no other of their route can take them',
      )
    }
  }
}
