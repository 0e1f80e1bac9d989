import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { broadcastProgress, broadcastSummary } from '../../reporting/broadcast-summary.ts'
import { messageStates } from '../../store/states.ts'
import { readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { eventStream } from '../event-stream.ts'
import { broadcastOr409 } from '../find-alert.ts'
import { answers, counts, idParams, nullable, timestamp } from '../schemas.ts'
import { streamEnds } from '../stream-end.ts'

const lookEveryMs = 1_000

const progressFields = {
  id: Type.Integer({ description: 'Of the broadcast' }),
  alertId: Type.String(),
  identifier: Type.String(),
  msgType: Type.String(),
  state: Type.Enum(['selecting', 'sending', 'closed']),
  expected: nullable(Type.Integer({ description: 'Counted before the first message was made' })),
  refused: nullable(Type.String({ description: 'Why selection refused to go on' })),
  matched: Type.Integer({ description: 'MSISDNs; always the sum of states' }),
  states: Type.Object(Object.fromEntries(messageStates.map((state) => [state, Type.Integer()]))),
  segments: Type.Integer(),
  firstSubmitMs: nullable(Type.Integer({ description: 'From the launch to the first submit_sm' })),
  audience: counts(
    'resident, roamer, resident-unplaced, roamer-unplaced, late-entrant, other-number (told because another number of the person did not have it in time); apart: counted, but not told',
  ),
  unreachable: counts(
    'Messages that wait for a carrier which is down or paused, and that no other can take over now; by carrier',
  ),
  initialDone: Type.Boolean({ description: 'All of the first selection have their answers and receipts' }),
  pausedSince: nullable(timestamp('Since when nobody who enters is told, until the alert is reviewed')),
  ended: Type.Boolean({ description: 'Nothing goes out any more' }),
}

const progressSchema = Type.Object(
  {
    ...progressFields,
    seconds: Type.Number({
      description:
        'From the launch to the last answer or receipt that changed the state of a message so far; 0 before the first',
    }),
    carriers: Type.Record(
      Type.String(),
      Type.Object({
        submitted: Type.Integer(),
        delivered: Type.Integer(),
        receiptP50Ms: nullable(Type.Number()),
        receiptP95Ms: nullable(Type.Number()),
      }),
    ),
  },
  { title: 'Progress' },
)

type Params = { Params: Static<typeof idParams> }

export async function progressRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  const endOf = streamEnds(app)

  app.get<Params>(
    '/alerts/:id/progress',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getProgress',
        tags: ['alerts'],
        summary:
          'How far its broadcast is, with figures per carrier; reads every message, so use …/events to follow it',
        params: idParams,
        response: answers(200, progressSchema, 'The figures of now'),
      },
    },
    async ({ params }) => {
      const facts = await broadcastOr409(db, params.id)
      const progress = await broadcastProgress(db, facts)
      return { ...progress, ...(await broadcastSummary(db, facts.id)) }
    },
  )

  app.get<Params>(
    '/alerts/:id/events',
    {
      config: { roles: readers },
      schema: {
        operationId: 'followAlert',
        tags: ['alerts'],
        summary: 'Server-sent events: `progress` each second while it changes, `done` at the end',
        description: 'Each event holds the whole of the figures that tallies give. Resumable with Last-Event-ID.',
        params: idParams,
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 64 })) }),
        response: answers(200, Type.String(), 'A stream', 'text/event-stream'),
      },
    },
    async (request, reply) => {
      const { id } = request.params
      await broadcastOr409(db, id)
      const look = async () => {
        const data = await broadcastProgress(db, await broadcastOr409(db, id))
        return { data, done: data.initialDone || data.ended }
      }
      const lastEventId = request.headers['last-event-id']?.toString()
      const events = eventStream('progress', look, {
        everyMs: lookEveryMs,
        lastEventId,
        signal: endOf(request, reply),
      })
      return reply.type('text/event-stream').send(Readable.from(events))
    },
  )
}
