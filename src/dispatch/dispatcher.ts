import { LANES } from '../alerts/lane.ts'
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
import { Broadcasts } from './broadcasts.ts'
import type { OutcomeSink } from './outcome-sink.ts'
import { takeOverChunk } from './recover.ts'

export interface DispatcherOptions {
  readonly db: Database
  readonly queues: Queues
  readonly profiles: readonly CarrierProfile[]
  readonly sink: OutcomeSink
  readonly log: Logger
  /** Share of each account that entry texts keep however much danger is ahead of them. */
  readonly entryShare?: number
}

/** Of a carrier, for people and the API. */
export interface CarrierStatus {
  readonly id: string
  readonly name: string
  readonly binds: number
  readonly bindsWanted: number
  readonly throughput: number
  readonly paused: boolean
  readonly held: boolean
  readonly downMs: number
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
  readonly #accounts = new Map<string, { account: Account; lease: Lease }>()
  #paused = new Set<string>()
  #reconciler: NodeJS.Timeout | undefined
  #reconciling: Promise<void> | undefined

  constructor(options: DispatcherOptions) {
    this.#o = options
    this.#line = new HotLine(options.db.url)
    this.#broadcasts = new Broadcasts(options.db.pool)
  }

  async start(): Promise<void> {
    const { db, profiles, queues, sink, log } = this.#o
    const rows = await registerCarriers(
      db.pool,
      profiles.map((profile) => profile.id),
    )
    this.#notePauses(rows)
    const broadcasts = this.#broadcasts
    for (const profile of profiles) {
      const { no } = rows.get(profile.id) as { no: number }
      const floor = { lane: LANES.entry, share: this.#o.entryShare ?? 0.05 }
      const account = new Account({ profile, carrierNo: no, line: this.#line, broadcasts, sink, log, floor })
      const lease = new Lease(db.url, no, {
        acquired: () => {
          account.takeOver()
          if (!this.#paused.has(profile.id)) account.resume()
        },
        lost: () => account.lose(),
        taken: () => void account.leave(),
        retryMs: leaseRetryMs,
        log,
      })
      this.#accounts.set(profile.id, { account, lease })
      queues.work(bellOf(profile.id), async () => account.ring(), { concurrency: 1 })
      lease.start()
    }
    queues.work(withdrawBell, async () => void (await withdrawBroadcasts(db)), { concurrency: 1 })
    this.#reconciler = setInterval(() => {
      this.#reconciling ??= this.#reconcile().finally(() => {
        this.#reconciling = undefined
      })
    }, reconcileMs)
  }

  status(): CarrierStatus[] {
    return [...this.#accounts.values()].map(({ account, lease }) => ({
      id: account.profile.id,
      name: account.profile.name,
      binds: account.binds,
      bindsWanted: account.bindsWanted,
      throughput: account.profile.throughput,
      paused: this.#paused.has(account.profile.id),
      held: lease.held,
      downMs: Math.round(account.downMs),
    }))
  }

  /** Finishes what is on the wire, unbinds, gives the rest back to the queue, and lets the accounts go. */
  async stop(): Promise<void> {
    clearInterval(this.#reconciler)
    await this.#reconciling
    await Promise.all([...this.#accounts.values()].map(({ account }) => account.stop()))
    await Promise.all([...this.#accounts.values()].map(({ lease }) => lease.stop()))
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
