import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../../lib/problem.ts'
import type { BroadcastProgress } from '../../reporting/broadcast-summary.ts'
import type { ApiClient } from './client.ts'

const reconnectMs = 1_000
/** A restart of the server takes seconds; who has not come back after this long has to be looked after. */
const patience = 60

/**
 * Follows an alert's broadcast until all of its first selection is final or the alert has ended, and gives each change to `seen`. A
 * connection that breaks is taken up again where it was.
 */
export async function follow(
  client: ApiClient,
  alertId: string,
  seen: (progress: BroadcastProgress) => void,
): Promise<BroadcastProgress> {
  let lastEventId: string | undefined
  for (let failures = 0; ; ) {
    try {
      const response = await client.request(`/v1/alerts/${encodeURIComponent(alertId)}/events`, {
        headers: {
          accept: 'text/event-stream',
          ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        },
      })
      for await (const { id, event, data } of readEvents(response.body as AsyncIterable<Uint8Array>)) {
        failures = 0
        lastEventId = id ?? lastEventId
        const progress = JSON.parse(data) as BroadcastProgress
        if (event === 'done') return progress
        seen(progress)
      }
    } catch (error) {
      // What the server refused will be refused again.
      const refused = error instanceof Problem && error.code !== 'server-unreachable' && error.status < 500
      if (refused) throw error
      if (failures >= patience) throw lost(alertId, error)
    }
    failures++
    await delay(reconnectMs)
  }
}

function lost(alertId: string, cause: unknown): Problem {
  return new Problem('server-unreachable', 'The server has not answered for a minute', {
    hint: `The alert goes on without this command: see \`bongsu report ${alertId}\`.`,
    cause,
  })
}

interface ServerSentEvent {
  readonly id: string | undefined
  readonly event: string
  readonly data: string
}

/** Server-sent events of a stream (HTML standard, §9.2.6), as far as our server writes them. */
export async function* readEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() as string
    for (const block of blocks) {
      const fields = new Map(
        block
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
      )
      const data = fields.get('data')
      if (data !== undefined) yield { id: fields.get('id'), event: fields.get('event') ?? 'message', data }
    }
  }
}
