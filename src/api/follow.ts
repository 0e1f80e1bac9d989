import { setTimeout as delay } from 'node:timers/promises'
import type { EventPages } from './event-pages.ts'

/** Proxies close a connection on which nothing comes for a minute or so. */
const heartbeatMs = 15_000
const lookEveryMs = 1_000

/**
 * Server-sent events (HTML standard, §9.2) of what happens after an event. The first, `ready`, says after which: so who loses the
 * connection before anything happened can go on from there too. Ends when aborted.
 */
export async function* followEvents(pages: EventPages, after: number, signal: AbortSignal): AsyncGenerator<string> {
  let last = after
  let silentSince = Date.now()
  yield `retry: 1000\nid: ${last}\nevent: ready\ndata: {"after":${last}}\n\n`
  while (!signal.aborted) {
    for await (const page of pages(last)) {
      last = page.last
      // Who was shut out while his page was looked up is not told it.
      if (signal.aborted) return
      if (page.events.length === 0) continue
      yield page.events.map((event) => `id: ${event.id}\nevent: alert\ndata: ${JSON.stringify(event)}\n\n`).join('')
      silentSince = Date.now()
    }
    if (Date.now() - silentSince >= heartbeatMs) {
      yield ': still here\n\n'
      silentSince = Date.now()
    }
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined)
  }
}
