import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { appendAudit } from '../../store/audit.ts'
import { transaction } from '../../store/database.ts'
import { messagesTo } from '../../store/reports/recipients.ts'
import { parseMsisdn } from '../../subscribers/msisdn.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { recipientFields } from '../message-schema.ts'
import { numberRoles } from '../numbers.ts'
import { answers, limit, nullable } from '../schemas.ts'

const query = Type.Object(
  {
    msisdn: Type.String({ minLength: 7, maxLength: 32, description: 'In full, with its country code' }),
    limit: limit(50, 500),
  },
  { additionalProperties: false },
)

const messageSchema = Type.Object({
  broadcastId: Type.Integer(),
  alertId: nullable(Type.String({ description: 'Null for an entry text' })),
  text: nullable(Type.String()),
  ...recipientFields,
})

export async function messageRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  app.get<{ Querystring: Static<typeof query> }>(
    '/messages',
    {
      config: { roles: numberRoles },
      schema: {
        operationId: 'findMessages',
        tags: ['reports'],
        summary: 'What one number was sent, the newest first; each look is in the audit log',
        querystring: query,
        response: answers(200, Type.Object({ messages: Type.Array(messageSchema) }), 'The messages'),
      },
    },
    async (request) => {
      const { msisdn } = parseMsisdn(request.query.msisdn)
      const messages = await messagesTo(db.pool, msisdn, request.query.limit as number)
      await transaction(db.pool, (client) =>
        appendAudit(client, {
          actor: `person:${holderOf(request).person}`,
          act: 'numbers.view',
          subject: `subscriber:${msisdn}`,
          detail: { what: 'messages', messages: messages.length },
        }),
      )
      return { messages }
    },
  )
}
