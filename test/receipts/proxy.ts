import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'

export interface CommitThief {
  /** The database, through the proxy. */
  readonly url: string
  /** How often it did what it was armed for: kept the answer to a COMMIT back, or broke the connection. */
  readonly stolen: number
  /** Steals the answer to the next COMMIT. */
  arm(): void
  /** Keeps the next COMMIT from the server: instead `disaster` happens, and nobody gets through until it is over. */
  armWith(disaster: () => Promise<void>): void
  /** Breaks the next new connection at its first SET. */
  armSet(): void
  close(): Promise<void>
}

/** A TCP proxy before Postgres that lets a COMMIT through and breaks the connection instead of bringing its answer. */
export async function commitThief(databaseUrl: string): Promise<CommitThief> {
  const target = new URL(databaseUrl)
  let armed = false
  let stolen = 0
  let disaster: (() => Promise<void>) | undefined
  let closed = false
  let setArmed = false
  const server = createServer((client) => {
    if (closed) {
      client.destroy()
      return
    }
    const upstream = connect(Number(target.port), target.hostname)
    let committing = false
    client.on('error', () => undefined)
    upstream.on('error', () => undefined)
    client.on('data', (data) => {
      if (setArmed && data.includes('SET plan_cache_mode')) {
        setArmed = false
        stolen++
        client.resetAndDestroy()
        upstream.destroy()
        return
      }
      if (disaster && data.includes('COMMIT\0')) {
        closed = true
        void disaster().then(() => {
          closed = false
          stolen++
        })
        disaster = undefined
        return
      }
      if (armed && data.includes('COMMIT\0')) {
        armed = false
        committing = true
      }
      upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (!committing) {
        client.write(data)
        return
      }
      // The server has answered: the transaction stands.
      stolen++
      client.resetAndDestroy()
      upstream.destroy()
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    get stolen() {
      return stolen
    },
    arm() {
      armed = true
    },
    armWith(what) {
      disaster = what
    },
    armSet() {
      setArmed = true
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}
