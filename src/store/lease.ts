import pg from 'pg'
import type { Logger } from '../lib/log.ts'
import type { Client } from './database.ts'

export interface LeaseHandler {
  /** The account is ours. */
  acquired(): void
  /** The connection that held the lock is gone: nothing may be sent any more. */
  lost(): void
  /** Somebody else holds it; told at each try. */
  taken(): void
  readonly retryMs: number
  readonly log: Logger
}

/** First key of the advisory locks of carriers' accounts. */
const lockSpace = 0x626f6e67

/** Whether nobody holds the account at this instant. */
export async function leaseIsFree(db: Client, carrierNo: number): Promise<boolean> {
  // As a statement of its own it lets go at once.
  const { rows } = await db.query<{ ok: boolean }>('SELECT pg_try_advisory_xact_lock($1, $2) ok', [
    lockSpace,
    carrierNo,
  ])
  return rows[0]?.ok === true
}

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
  #trying: Promise<void> = Promise.resolve()
  #stopped = false
  #held = false

  constructor(url: string, carrierNo: number, handler: LeaseHandler) {
    this.#url = url
    this.#carrierNo = carrierNo
    this.#handler = handler
  }

  /** Whether the lock is ours. */
  get held(): boolean {
    return this.#held
  }

  start(): void {
    this.#trying = this.#try()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#trying
    this.#held = false
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => undefined)
  }

  async #try(): Promise<void> {
    const handler = this.#handler
    const carrierNo = this.#carrierNo
    try {
      this.#client ??= await this.#connect()
      const client = this.#client
      const { rows } = await client.query<{ ok: boolean }>('SELECT pg_try_advisory_lock($1, $2) ok', [
        lockSpace,
        carrierNo,
      ])
      // The connection may be lost in the very turn that brings its answer.
      if (rows[0]?.ok && this.#client === client && !this.#stopped) {
        this.#held = true
        handler.acquired()
        return
      }
      if (!rows[0]?.ok) handler.taken()
    } catch (error) {
      handler.log.warn({ err: (error as Error).message, carrierNo }, 'cannot take the account; trying again')
      const client = this.#client
      this.#client = undefined
      await client?.end().catch(() => undefined)
    }
    this.#tryLater()
  }

  #tryLater(): void {
    if (!this.#stopped) this.#timer = setTimeout(() => this.start(), this.#handler.retryMs)
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#url, application_name: 'bongsu-lease', keepAlive: true })
    const gone = () => {
      if (this.#client !== client) return
      this.#client = undefined
      if (!this.#held) return
      this.#held = false
      this.#handler.lost()
      this.#handler.log.warn(
        { carrierNo: this.#carrierNo },
        'the lease of an account is lost; it is held until it is ours again',
      )
      this.#tryLater()
    }
    client.on('error', gone)
    client.on('end', gone)
    await client.connect()
    return client
  }
}
