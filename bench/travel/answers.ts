import type { CarrierProfile } from '../../src/carriers/schema.ts'
import type { Logger } from '../../src/lib/log.ts'
import { Ledger } from '../../src/receipts/ledger.ts'
import type { Database } from '../../src/store/database.ts'

const page = 5000
/** Characters of UCS-2 in a message of one segment, and in a segment of several. */
const segment = { alone: 70, joined: 67 }

interface Waiting {
  readonly broadcastId: number
  readonly seq: number
  readonly msisdn: string
  readonly carrierNo: number
  readonly characters: number
}

/** A carrier that takes every text at once and delivers it: what answers and receipts leave in the tables is written by the engine's ledger. */
export class Answers {
  readonly #db: Database
  readonly #ledger: Ledger
  readonly #clock: () => number
  #ids = 0

  constructor(db: Database, { receipts, timers }: CarrierProfile, log: Logger, clock: () => number) {
    this.#db = db
    this.#clock = clock
    const rules = { multipart: receipts.multipart, responseMs: timers.responseMs }
    this.#ledger = new Ledger({ url: db.url, log, rulesOf: () => rules, now: clock })
  }

  /** For every message that is queued. */
  async giveAll(): Promise<void> {
    for (;;) {
      const { rows } = await this.#db.pool.query<Waiting>(
        `SELECT m.broadcast_id "broadcastId", m.seq, m.msisdn::text, m.carrier_no "carrierNo", length(t.text) AS characters
           FROM (SELECT DISTINCT broadcast_id AS id FROM chunk WHERE state = 'ready') b JOIN message m ON m.broadcast_id = b.id
           JOIN broadcast_text t ON t.broadcast_id = m.broadcast_id AND t.variant = m.variant
          WHERE m.state = 'pending' ORDER BY m.broadcast_id, m.seq LIMIT ${page}`,
      )
      for (const row of rows) this.#answer(row)
      await this.#ledger.settled()
      if (rows.length < page) break
    }
    await this.#db.pool.query(`UPDATE chunk SET state = 'done' WHERE state = 'ready'`)
  }

  #answer({ broadcastId, seq, msisdn, carrierNo, characters }: Waiting): void {
    const at = this.#clock()
    const parts = characters <= segment.alone ? 1 : Math.ceil(characters / segment.joined)
    const accepted = Array.from({ length: parts }, (_, i) => ({ part: i + 1, smscId: (++this.#ids).toString(16) }))
    const ref = { broadcastId, seq, attempt: 1, carrierNo, msisdn, parts, at }
    this.#ledger.outcome({ ref, verdict: 'submitted', accepted, unanswered: [] })
    for (const { smscId } of accepted) {
      const raw = Buffer.from(
        `id:${smscId} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:`,
      )
      const receipt = { carrierNo, smscId, msisdn, state: 'delivered' as const, error: undefined, finalAt: at, raw }
      this.#ledger.receipt(receipt, () => undefined)
    }
  }

  close(): Promise<void> {
    return this.#ledger.close()
  }
}
