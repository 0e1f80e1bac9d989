import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { maskMsisdn } from '../../lib/mask.ts'
import { messageSource } from '../../store/reports/message-source.ts'
import { readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { messageParams, unknownMessage } from '../message-params.ts'
import { answers, nullable, timestamp } from '../schemas.ts'

const row = {
  id: Type.Integer(),
  madeBy: Type.String({ description: 'Who set it' }),
  madeAt: timestamp('When'),
}
const level = { level: nullable(Type.Integer()), special: Type.Boolean() }

const sourceFields = {
  journey: nullable(
    Type.Object({
      country: Type.String({ description: 'Several candidates joined by /' }),
      enteredAt: timestamp('When he entered, by the time of the event'),
    }),
  ),
  policies: Type.Array(
    Type.Object({
      ...row,
      area: Type.String(),
      patch: nullable(Type.Object({}, { additionalProperties: true, description: 'What it set' })),
    }),
    { description: 'The widest area first; none: the defaults' },
  ),
  template: nullable(
    Type.Object({
      ...row,
      area: Type.String(),
      kind: Type.String(),
      ...level,
      language: Type.String(),
      body: nullable(Type.String()),
    }),
  ),
  campaign: nullable(Type.Object({ ...row, name: Type.String(), areas: Type.Array(Type.String()) })),
  levels: Type.Array(Type.Object({ ...row, country: Type.String(), area: Type.String(), ...level }), {
    description: 'The gravest first',
  }),
}

const messageSchema = Type.Object({
  broadcastId: Type.Integer(),
  seq: Type.Integer(),
  msisdn: Type.String({ description: 'Masked' }),
  alertId: nullable(Type.String({ description: 'Null for an entry text' })),
  reason: Type.String(),
  state: Type.String(),
  madeAt: timestamp('When the message was made'),
  language: nullable(Type.String()),
  text: nullable(Type.String()),
  source: nullable(
    Type.Object(sourceFields, {
      description: 'What made an entry text, as it stood then; null for an alert, whose version tells that',
    }),
  ),
})

export async function messageSourceRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  app.get<{ Params: Static<typeof messageParams> }>(
    '/messages/:broadcastId/:seq',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getMessage',
        tags: ['reports'],
        summary: 'One message, and which policy, template, campaign and travel levels made its text',
        params: messageParams,
        response: answers(200, messageSchema, 'The message'),
      },
    },
    async ({ params: { broadcastId, seq } }) => {
      const message = await messageSource(db.pool, broadcastId, seq)
      if (!message) throw unknownMessage()
      return { ...message, msisdn: maskMsisdn(message.msisdn) }
    },
  )
}
