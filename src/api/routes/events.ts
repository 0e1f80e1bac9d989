import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { alertEventSchema } from '../event-schema.ts'
import { eventPages, followEvents } from '../follow.ts'
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

export async function eventRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
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
          'Server-sent events: `ready` with where it begins, then `alert` for each act, in order. Who comes back with Last-Event-ID misses nothing. A stream ends after 15 minutes. As NDJSON what has happened so far, from the beginning where nothing else is asked for.',
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
      const known = /^\d{1,15}$/.exec(request.headers['last-event-id']?.toString() ?? '')
      const after = known === null ? request.query.after : Number(known[0])
      if (wantsNdjson(request)) return sendNdjson(reply, eventPages(db.pool, after ?? 0))
      return reply.type('text/event-stream').send(Readable.from(followEvents(db.pool, after, endOf(reply))))
    },
  )
}
