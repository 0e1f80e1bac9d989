import { randomUUID } from 'node:crypto'
import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import { isAboutData } from '../store/about-data.ts'
import { type HotClient, openHotConnection } from '../store/database.ts'
import { CommitUnknown, registerWriter, wasCommitted } from '../store/ledger/commit.ts'
import type { OutcomeRecord, ReceiptRecord, UnplacedReceipt } from '../store/ledger/records.ts'
import { isFinal } from '../store/states.ts'
import { type LedgerBatch, rowsOf, singles } from './batch.ts'
import { IdIndex } from './id-index.ts'
import { packJournal } from './journal.ts'
import { placedAt } from './placed.ts'
import { type CarrierReceiptRules, writeBatch } from './write-batch.ts'

export interface LedgerOptions {
  readonly url: string
  readonly log: Logger
  /** The receipt rules of a carrier, by its number. */
  readonly rulesOf: (carrierNo: number) => CarrierReceiptRules
  /** ms since the epoch. */
  readonly now?: () => number
}

/** A transaction takes no more receipts than this, so that none waits for a huge commit. */
const maxReceipts = 4000
/** Waits this long for company when little is queued: one commit then carries several answers. */
const lingerMs = 4
const parkedEveryMs = 250
/** Where a parked receipt made the database refuse a batch. */
const parkedPauseMs = 10_000

/**
 * The one writer of what the carriers say. Outcomes and receipts go into the same transactions, outcomes first: a receipt is
 * applied after its outcome is, and an acknowledged receipt is a committed one. (Two racing writers lost 198,500 of 200,000
 * updates.) While the database is away everything waits here in order, and `backlog` tells the senders to stop.
 */
export class Ledger {
  readonly #options: LedgerOptions
  readonly #now: () => number
  readonly #ids = new IdIndex()
  #outcomes: OutcomeRecord[] = []
  /** Receipts, how to acknowledge each, and when it came: three lists side by side, so that a receipt costs no object more. */
  #receipts: UnplacedReceipt[] = []
  #acknowledges: (() => void)[] = []
  #receivedAt: number[] = []
  #chunks: { id: number; epoch: number }[] = []
  #firstSubmits = new Map<number, number>()
  #inHand = 0
  /** Receipts handed over and receipts committed, ever. */
  #receiptsIn = 0
  #receiptsDone = 0
  /** Who waits for everything up to a receipt. */
  #waiting: { readonly receipts: number; readonly resolve: () => void }[] = []
  #client: HotClient | undefined
  readonly #writer = randomUUID()
  #batches = 0
  /** When parked receipts were last looked at. */
  #sweptAt = Number.NEGATIVE_INFINITY
  #wake: (() => void) | undefined
  #closing = false
  readonly #running: Promise<void>

  constructor(options: LedgerOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#running = this.#run()
  }

  /** Outcomes and receipts that are not committed yet. */
  get backlog(): number {
    return this.#outcomes.length + this.#receipts.length + this.#inHand
  }

  outcome(record: OutcomeRecord): void {
    for (const { part, smscId } of record.accepted) this.#ids.add(record.ref, part, smscId)
    this.#outcomes.push(record)
    this.#wake?.()
  }

  /** `acknowledge` is called once the receipt is committed, applied or parked. */
  receipt(receipt: UnplacedReceipt, acknowledge: () => void): void {
    this.#receipts.push(receipt)
    this.#acknowledges.push(acknowledge)
    this.#receivedAt.push(performance.now())
    this.#receiptsIn++
    this.#wake?.()
  }

  /** To be closed in the transaction that writes the outcomes handed over before this call, or after it. */
  chunkDone(chunk: { id: number; epoch: number }): void {
    this.#chunks.push({ id: chunk.id, epoch: chunk.epoch })
    this.#wake?.()
  }

  firstSubmit(broadcastId: number, at: number): void {
    this.#firstSubmits.set(broadcastId, at)
    this.#wake?.()
  }

  /** Resolves when everything handed over so far is committed. */
  settled(): Promise<void> {
    if (this.#empty) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push({ receipts: this.#receiptsIn, resolve })
      this.#wake?.()
    })
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#wake?.()
    await this.#running
    await this.#client?.end().catch(() => undefined)
  }

  get #empty(): boolean {
    return this.backlog === 0 && this.#chunks.length === 0 && this.#firstSubmits.size === 0
  }

  async #run(): Promise<void> {
    while (true) {
      if (this.#empty && this.#waiting.length === 0) {
        if (this.#closing) return
        await this.#sleep(parkedEveryMs)
      }
      if (this.backlog < 200 && !this.#closing) await pause(lingerMs)
      await this.#flush()
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms)
      const self = this
      function done() {
        clearTimeout(timer)
        self.#wake = undefined
        resolve()
      }
      this.#wake = done
    })
  }

  async #flush(): Promise<void> {
    // Outcomes and chunks are taken whole (the senders stop at some thousands), so that no receipt goes ahead of its outcome
    // and no chunk closes before all of its outcomes are in.
    const outcomes = this.#outcomes
    this.#outcomes = []
    const receipts = this.#receipts.splice(0, maxReceipts)
    const acknowledges = this.#acknowledges.splice(0, maxReceipts)
    const receivedAt = this.#receivedAt.splice(0, maxReceipts)
    const chunks = this.#chunks.splice(0)
    const waiting = this.#waiting.splice(0)
    const firstSubmits = this.#firstSubmits
    this.#firstSubmits = new Map()
    const placed: ReceiptRecord[] = []
    const unplaced: UnplacedReceipt[] = []
    for (const receipt of receipts) {
      const found = this.#ids.find(receipt.carrierNo, receipt.smscId)
      if (found) placed.push(placedAt(found, receipt, this.#options.rulesOf(receipt.carrierNo).multipart))
      else unplaced.push(receipt)
      if (found && isFinal(receipt.state)) this.#ids.settle(receipt.carrierNo, receipt.smscId)
    }
    this.#inHand = outcomes.length + receipts.length
    const journal = await packJournal(receipts)
    const sweepParked = performance.now() - this.#sweptAt >= parkedEveryMs
    if (sweepParked) this.#sweptAt = performance.now()
    await this.#commit({ outcomes, placed, unplaced, chunks, firstSubmits, journal, sweepParked })
    this.#inHand = 0
    metrics.ledgerBacklog.set(this.backlog)
    const committedAt = performance.now()
    for (const at of receivedAt) metrics.receiptAck.observe((committedAt - at) / 1000)
    for (const acknowledge of acknowledges) acknowledge()
    this.#receiptsDone += receipts.length
    for (const waiter of waiting) {
      if (waiter.receipts <= this.#receiptsDone) waiter.resolve()
      else this.#waiting.push(waiter)
    }
  }

  /** Tries until it is committed: nothing else may be written before it. */
  async #commit(batch: LedgerBatch): Promise<void> {
    const mark = { writer: this.#writer, batch: ++this.#batches }
    let unknown = false
    for (let wait = 50; ; wait = Math.min(wait * 2, 2000)) {
      const started = performance.now()
      let writing = false
      try {
        this.#client ??= await this.#connect()
        if (unknown && (await wasCommitted(this.#client, mark))) return
        unknown = false
        writing = true
        await writeBatch(this.#client, batch, mark, this.#options.rulesOf, this.#now())
        metrics.ledgerFlush.observe((performance.now() - started) / 1000)
        return
      } catch (error) {
        if (writing && isAboutData(error)) return this.#commitRefused(batch, error as Error)
        if (error instanceof CommitUnknown) unknown = true
        this.#options.log.warn(
          { err: (error as Error).message, backlog: this.backlog },
          'the ledger cannot be written; trying again',
        )
        await this.#client?.end().catch(() => undefined)
        this.#client = undefined
        await pause(wait)
      }
    }
  }

  async #connect(): Promise<HotClient> {
    // Between two statements that wait for each other there may be milliseconds of other work in the event loop: a batch of twenty
    // took 57 ms, of which the server worked 20.
    let client: HotClient | undefined
    client = await openHotConnection(
      this.#options.url,
      () => {
        if (this.#client === client) this.#client = undefined
      },
      { pipeline: true },
    )
    try {
      await registerWriter(client, this.#writer)
    } catch (error) {
      await client.end().catch(() => undefined)
      throw error
    }
    return client
  }

  /** It may be a parked receipt that the database refuses, which must cost none of these rows. */
  async #commitRefused(batch: LedgerBatch, error: Error): Promise<void> {
    if (!batch.sweepParked) return this.#commitOneByOne(batch, error)
    this.#options.log.error(
      { err: error.message, rows: rowsOf(batch) },
      'a ledger batch was refused; trying it without the parked receipts, which wait for ten seconds',
    )
    this.#sweptAt = performance.now() + parkedPauseMs - parkedEveryMs
    return this.#commit({ ...batch, sweepParked: false })
  }

  /** A row that the database refuses costs only itself. */
  async #commitOneByOne(batch: LedgerBatch, error: Error): Promise<void> {
    const { log } = this.#options
    const rows = rowsOf(batch)
    const [outcome] = batch.outcomes
    if (rows > 1) {
      log.error({ err: error.message, rows }, 'a ledger batch was refused; trying its rows one by one')
      for (const single of singles(batch)) await this.#commit(single)
      return
    }
    log.error(
      { err: error.message, broadcast: outcome?.ref.broadcastId },
      'a ledger row was refused by the database and is left out, or what it can do without',
    )
    // What became of the message has to be known even where the ids of its segments, or why it failed, cannot be kept.
    if (outcome && outcome.accepted.length > 0)
      await this.#commit({ ...batch, outcomes: [{ ...outcome, accepted: [] }] })
    else if (outcome?.error !== undefined)
      await this.#commit({ ...batch, outcomes: [{ ...outcome, error: undefined }] })
    else if (rows === 1) await this.#commit({ ...batch, outcomes: [], placed: [], unplaced: [] })
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
