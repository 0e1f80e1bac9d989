import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

export interface Snapshot {
  readonly data: unknown
  /** The last one: the stream ends after it. */
  readonly done: boolean
}

/** Proxies close a connection on which nothing comes for a minute or so. */
const heartbeatMs = 15_000

/**
 * Server-sent events (HTML standard, §9.2) of something that is looked at every `everyMs`: an event where it has changed, a comment
 * where it has not for long. An event's id is made of what it says: who comes back with `Last-Event-ID` gets the present state at once,
 * unless that is what he has. Nothing in between is kept, as each event is complete. Ends after the last one, or when aborted.
 */
export async function* eventStream(
  name: string,
  look: () => Promise<Snapshot>,
  options: { everyMs: number; lastEventId?: string | undefined; signal: AbortSignal },
): AsyncGenerator<string> {
  let last = options.lastEventId
  let silentSince = Date.now()
  yield 'retry: 1000\n\n'
  while (!options.signal.aborted) {
    const { data, done } = await look()
    const json = JSON.stringify(data)
    const id = createHash('sha256').update(json).digest('base64url').slice(0, 16)
    if (id !== last) {
      yield `id: ${id}\nevent: ${name}\ndata: ${json}\n\n`
      last = id
      silentSince = Date.now()
    } else if (Date.now() - silentSince >= heartbeatMs) {
      yield ': still here\n\n'
      silentSince = Date.now()
    }
    if (done) {
      // Without data a browser would not tell anybody.
      yield `event: done\ndata: ${json}\n\n`
      return
    }
    await delay(options.everyMs, undefined, { signal: options.signal }).catch(() => undefined)
  }
}
