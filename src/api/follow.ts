import { setTimeout as delay } from 'node:timers/promises'
import { type AlertEvent, eventsAfter, lastEventId } from '../store/alerts/event-pages.ts'
import type { Client } from '../store/database.ts'

/** Proxies close a connection on which nothing comes for a minute or so. */
const heartbeatMs = 15_000
const lookEveryMs = 1_000
const pageSize = 500

/** Everything that has happened after an event, a page at a time, as fast as it is read. */
export async function* eventPages(db: Client, after: number): AsyncGenerator<AlertEvent[]> {
  for (let last = after; ; ) {
    const page = await eventsAfter(db, last, pageSize)
    if (page.length === 0) return
    yield page
    last = (page.at(-1) as AlertEvent).id
  }
}

/**
 * Server-sent events (HTML standard, §9.2) of what happens after an event, or from now on. The first, `ready`, says after which: so
 * who loses the connection before anything happened can go on from there too. Ends when aborted.
 */
export async function* followEvents(
  db: Client,
  after: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let last = after ?? (await lastEventId(db))
  let silentSince = Date.now()
  yield `retry: 1000\nid: ${last}\nevent: ready\ndata: {"after":${last}}\n\n`
  while (!signal.aborted) {
    for await (const page of eventPages(db, last)) {
      yield page.map((event) => `id: ${event.id}\nevent: alert\ndata: ${JSON.stringify(event)}\n\n`).join('')
      last = (page.at(-1) as AlertEvent).id
      silentSince = Date.now()
      if (signal.aborted) return
    }
    if (Date.now() - silentSince >= heartbeatMs) {
      yield ': still here\n\n'
      silentSince = Date.now()
    }
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined)
  }
}
