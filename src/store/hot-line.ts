import type pg from 'pg'
import { type Client, openHotConnection } from './database.ts'

/**
 * One hot connection for many callers: their statements go over it one after the other, and it is opened again when it was lost.
 */
export class HotLine {
  readonly #url: string
  #connection: Promise<pg.Client> | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(url: string) {
    this.#url = url
  }

  /** @throws Error of the connection where the database cannot be reached. */
  async client(): Promise<Client> {
    const connection = await this.#open()
    const query = (...args: [never]) => {
      const result = this.#last.then(() => connection.query(...args))
      this.#last = result.catch(() => undefined)
      return result
    }
    return { query: query as unknown as Client['query'] }
  }

  async close(): Promise<void> {
    await this.#last
    const connection = await this.#connection?.catch(() => undefined)
    this.#connection = undefined
    await connection?.end().catch(() => undefined)
  }

  #open(): Promise<pg.Client> {
    this.#connection ??= openHotConnection(this.#url, () => {
      this.#connection = undefined
    }).catch((error) => {
      this.#connection = undefined
      throw error
    })
    return this.#connection
  }
}
