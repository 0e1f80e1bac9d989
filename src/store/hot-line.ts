import type pg from 'pg'
import { openHotConnection } from './database.ts'

/** A hot connection that comes back: `client()` reconnects when the last one was lost. */
export class HotLine {
  readonly #url: string
  #client: Promise<pg.Client> | undefined

  constructor(url: string) {
    this.#url = url
  }

  client(): Promise<pg.Client> {
    this.#client ??= openHotConnection(this.#url, () => {
      this.#client = undefined
    }).catch((error) => {
      this.#client = undefined
      throw error
    })
    return this.#client
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    this.#client = undefined
    await client?.end().catch(() => undefined)
  }
}
