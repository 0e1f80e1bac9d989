import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import { commandStatus } from '../smpp/codec/status.ts'
import { isAboutData } from '../store/about-data.ts'
import { type Client, type HotClient, openHotConnection } from '../store/database.ts'
import { insertTexts, newTextIds } from '../store/inbox/insert-texts.ts'
import { obeyWords } from '../store/inbox/opt-outs.ts'
import { quarantine } from '../store/inbox/quarantine.ts'
import { recentTexts } from '../store/inbox/recent-texts.ts'
import type { InboxWord, IncomingText } from '../store/inbox/records.ts'
import { placeTexts } from './place-texts.ts'
import { type Incoming, type IncomingDelivery, readIncoming } from './read-incoming.ts'

export interface InboxOptions {
  readonly url: string
  readonly log: Logger
  /** Deliveries that may wait for their commit; what comes beyond is left to the SMSC. */
  readonly capacity?: number
}

interface Waiting {
  readonly incoming: Incoming
  readonly answer: (status: number) => void
}

const batchSize = 500
/** Waits this long for company: one commit then keeps several. */
const lingerMs = 20

/**
 * Keeps what carriers deliver besides receipts: texts from phones, and raw what cannot be read. A writer of its own beside the
 * ledger, so that a flood of replies holds up no receipt. An answer of ESME_ROK is given after the commit; while the database is
 * away nothing is answered, and beyond `capacity` the SMSC is told to keep its own and try again.
 */
export class Inbox {
  readonly #url: string
  readonly #log: Logger
  readonly #capacity: number
  #waiting: Waiting[] = []
  #inHand = 0
  #writing: Promise<void> | undefined
  #client: HotClient | undefined
  #closing = false

  constructor({ url, log, capacity = 5000 }: InboxOptions) {
    this.#url = url
    this.#log = log
    this.#capacity = capacity
  }

  /** `answer` gets the command_status of the deliver_sm_resp, or is never called: then the SMSC delivers again. */
  take(delivery: IncomingDelivery, answer: (status: number) => void): void {
    if (this.#closing || this.#waiting.length + this.#inHand >= this.#capacity) {
      answer(commandStatus.ESME_RX_T_APPN)
      return
    }
    this.#waiting.push({ incoming: readIncoming(delivery), answer })
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
  }

  /** Commits what waits. Where the database is away it does not wait for it: what was not answered is still the SMSC's. */
  async close(): Promise<void> {
    this.#closing = true
    await this.#writing
    await this.#disconnect()
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      if (this.#waiting.length < batchSize && !this.#closing) await pause(lingerMs)
      const batch = this.#waiting.splice(0, batchSize)
      this.#inHand = batch.length
      await this.#keep(batch)
      this.#inHand = 0
    }
  }

  /** Tries until it is committed, or the inbox is closed. A batch whose COMMIT got no answer is written again: repetitions are left out. */
  async #keep(batch: readonly Waiting[]): Promise<void> {
    for (let wait = 50; ; wait = Math.min(wait * 2, 2000)) {
      try {
        this.#client ??= await openHotConnection(this.#url, () => {
          this.#client = undefined
        })
        count(batch, await keep(this.#client, batch))
        for (const { answer } of batch) answer(commandStatus.ESME_ROK)
        return
      } catch (error) {
        // Rolls back what was begun.
        await this.#disconnect()
        if (isAboutData(error)) return this.#keepOneByOne(batch, error as Error)
        this.#log.warn(
          { err: (error as Error).message, waiting: this.#waiting.length + batch.length },
          'the inbox cannot be written; trying again',
        )
        if (this.#closing) return
        await pause(wait)
      }
    }
  }

  async #disconnect(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => undefined)
  }

  /** A row that the database refuses costs only itself: it is kept raw. */
  async #keepOneByOne(batch: readonly Waiting[], error: Error): Promise<void> {
    const [first] = batch as [Waiting]
    if (batch.length > 1) {
      this.#log.error(
        { err: error.message, rows: batch.length },
        'an inbox batch was refused; trying its rows one by one',
      )
      for (const one of batch) await this.#keep([one])
      return
    }
    const { incoming, answer } = first
    this.#log.error({ err: error.message, carrier: incoming.carrier }, 'a delivery was refused by the database')
    if (incoming.text) return this.#keep([{ incoming: { ...incoming, text: undefined }, answer }])
    // Not kept in any form: the SMSC is told so, and that trying again would not help.
    answer(commandStatus.ESME_RX_R_APPN)
  }
}

/** The carriers, by number, of what was new. */
interface Kept {
  readonly texts: readonly number[]
  readonly quarantined: readonly number[]
}

async function keep(db: Client, batch: readonly Waiting[]): Promise<Kept> {
  const texts = batch.flatMap(({ incoming }) => incoming.text ?? [])
  const unreadable = batch.flatMap(({ incoming }) => (incoming.text ? [] : [incoming.raw]))
  await db.query('BEGIN')
  const known = texts.length === 0 ? [] : await recentTexts(db, texts)
  const ids = texts.length === 0 ? [] : await newTextIds(db, texts.length)
  const placed = placeTexts(texts, known, ids)
  await insertTexts(db, placed)
  await obeyWords(db, lastWords(placed))
  const quarantined = await quarantine(db, unreadable)
  await db.query('COMMIT')
  return { texts: placed.map((text) => text.carrierNo), quarantined }
}

function lastWords(texts: readonly IncomingText[]): Map<string, InboxWord> {
  const words = new Map<string, InboxWord>()
  for (const { msisdn, word } of texts) if (msisdn !== null && word !== null) words.set(msisdn, word)
  return words
}

function count(batch: readonly Waiting[], { texts, quarantined }: Kept): void {
  const carriers = new Map(batch.map(({ incoming: { raw, carrier } }) => [raw.carrierNo, carrier]))
  for (const no of texts) metrics.inboxTexts.inc({ carrier: carriers.get(no) as string })
  for (const no of quarantined) metrics.quarantined.inc({ carrier: carriers.get(no) as string })
}
