import pg from 'pg'
import type { Logger } from '../lib/log.ts'

export interface LeaseHandler {
  /** The account is ours; when this throws, the lease is given back and tried for again. */
  acquired(): Promise<void>
  /** The connection that held the lock is gone: nothing may be sent any more. */
  lost(): void
  readonly retryMs: number
  readonly log: Logger
}

/** First key of the advisory locks of carriers' accounts. */
const lockSpace = 0x626f6e67

/**
 * The right to send through one account: a session advisory lock, so that it ends with the process or its connection. A new
 * holder starts with a full pacer, which keeps it silent for the second that the old one may have used up.
 */
export class Lease {
  readonly #url: string
  readonly #carrierNo: number
  readonly #handler: LeaseHandler
  #client: pg.Client | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  /** Whether the lock is ours. */
  held = false
  /** Whether it is ours and `acquired` has been through. */
  ready = false

  constructor(url: string, carrierNo: number, handler: LeaseHandler) {
    this.#url = url
    this.#carrierNo = carrierNo
    this.#handler = handler
  }

  start(): void {
    void this.#try()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.held = false
    await this.#client?.end().catch(() => undefined)
  }

  async #try(): Promise<void> {
    const { log, retryMs } = this.#handler
    try {
      this.#client ??= await this.#connect()
      const { rows } = await this.#client.query<{ ok: boolean }>('SELECT pg_try_advisory_lock($1, $2) ok', [
        lockSpace,
        this.#carrierNo,
      ])
      if (rows[0]?.ok) {
        this.held = true
        await this.#handler.acquired()
        this.ready = true
        return
      }
    } catch (error) {
      log.warn({ err: (error as Error).message, carrierNo: this.#carrierNo }, 'cannot take the account; trying again')
      const client = this.#client
      this.#drop()
      await client?.end().catch(() => undefined)
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#try(), retryMs)
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#url, application_name: 'bongsu-lease', keepAlive: true })
    const gone = () => {
      if (this.#client !== client) return
      const wasReady = this.ready
      this.#drop()
      if (this.#stopped || !wasReady) return
      this.#handler.log.warn(
        { carrierNo: this.#carrierNo },
        'the lease of an account is lost; it is held until it is ours again',
      )
      this.#timer = setTimeout(() => void this.#try(), this.#handler.retryMs)
    }
    client.on('error', gone)
    client.on('end', gone)
    await client.connect()
    return client
  }

  #drop(): void {
    this.#client = undefined
    const was = this.held
    this.held = false
    this.ready = false
    if (was) this.#handler.lost()
  }
}
