import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { Problem } from '../../lib/problem.ts'
import { type AlertEvent, lastEventId } from '../../store/alerts/event-pages.ts'
import type { Database } from '../../store/database.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { type EventPages, eventPages } from '../event-pages.ts'
import { alertEventSchema } from '../event-schema.ts'
import { followEvents } from '../follow.ts'
import { ndjsonType, sendNdjson, wantsNdjson } from '../ndjson.ts'
import { answers } from '../schemas.ts'
import { streamEnds } from '../stream-end.ts'

const query = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'The id of the last event that is known; 0: from the beginning. Last-Event-ID goes before it',
      }),
    ),
  },
  { additionalProperties: false },
)
const headers = Type.Object({
  'last-event-id': Type.Optional(Type.String({ maxLength: 64 })),
  accept: Type.Optional(Type.String({ maxLength: 1000 })),
})

export async function eventRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db } = deps
  const endOf = streamEnds(app)

  app.get<{ Querystring: Static<typeof query> }>(
    '/events',
    {
      config: { roles: readers },
      schema: {
        operationId: 'followAlerts',
        tags: ['alerts'],
        summary: 'What is done to alerts, as it happens',
        description:
          'Server-sent events: `ready` with where it begins, then `alert` for each act, in order; to mission staff those of alerts that touch a country of their missions. Who comes back with Last-Event-ID misses nothing. A stream ends after 15 minutes, and a few seconds after the key or session is void. As NDJSON what has happened so far, from the beginning where nothing else is asked for.',
        querystring: query,
        headers,
        response: {
          ...answers(200, Type.String(), 'A stream', 'text/event-stream'),
          200: {
            description: 'A stream; or what has happened so far, an event a line',
            content: { 'text/event-stream': { schema: Type.String() }, [ndjsonType]: { schema: alertEventSchema } },
          },
        },
      },
    },
    async (request, reply) => {
      const after = await knownOf(db, request.headers['last-event-id']?.toString(), request.query.after)
      const pages = eventPages(deps, holderOf(request).missions)
      if (wantsNdjson(request)) return sendNdjson(reply, eventsOf(pages(after ?? 0)))
      const events = followEvents(pages, after ?? (await lastEventId(db.pool)), endOf(request, reply))
      return reply.type('text/event-stream').send(Readable.from(events))
    },
  )
}

async function* eventsOf(pages: ReturnType<EventPages>): AsyncGenerator<readonly AlertEvent[]> {
  for await (const { events } of pages) yield events
}

/**
 * After which event to go on; undefined: from now on.
 * @throws Problem `event-unknown` (400): whoever heard of an event that there is not would wait for it, and miss all before it
 */
async function knownOf(
  db: Database,
  header: string | undefined,
  after: number | undefined,
): Promise<number | undefined> {
  const known = header === undefined ? after : /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN
  if (known === undefined || known <= (await lastEventId(db.pool))) return known
  throw new Problem('event-unknown', 'There is no such event, or not yet', {
    where: header === undefined ? '/after' : 'Last-Event-ID',
    hint: 'Begin anew with after=0, or without it from now on: the database may be an older one.',
  })
}
