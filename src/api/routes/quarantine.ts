import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { maskMsisdn } from '../../lib/mask.ts'
import { quarantinePage } from '../../store/inbox/quarantine.ts'
import type { ApiDeps } from '../deps.ts'
import { afterId, nextId, nextOf } from '../page.ts'
import { answers, limit, nullable, timestamp } from '../schemas.ts'

const query = Type.Object(
  {
    after: afterId('delivery'),
    limit: limit(100, 1000),
  },
  { additionalProperties: false },
)

const deliverySchema = Type.Object({
  id: Type.Integer(),
  receivedAt: timestamp('When it was kept'),
  carrier: nullable(Type.String()),
  reason: Type.Enum(['receipt-unreadable', 'kind-unknown', 'header-damaged', 'row-refused'], {
    description:
      'A receipt without an id or a state that is known; a kind of message that phones do not send; a user data header that does not fit; a text that the database refused',
  }),
  esmClass: Type.Integer(),
  dataCoding: Type.Integer(),
  from: Type.String({ description: 'Masked' }),
  to: Type.String(),
  hex: Type.String({ description: 'The octets of its short_message or message_payload' }),
})

export async function quarantineRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  app.get<{ Querystring: Static<typeof query> }>(
    '/quarantine',
    {
      config: { roles: ['administrator', 'auditor'] },
      schema: {
        operationId: 'listQuarantine',
        tags: ['operation'],
        summary: 'Deliveries of carriers that could not be read, the oldest first',
        querystring: query,
        response: answers(
          200,
          Type.Object({
            deliveries: Type.Array(deliverySchema),
            next: nextId,
          }),
          'A page',
        ),
      },
    },
    async ({ query: { after, limit } }) => {
      const rows = await quarantinePage(db.pool, after, limit as number)
      return {
        deliveries: rows.map(({ source, destination, raw, ...row }) => ({
          ...row,
          from: maskMsisdn(source),
          to: destination,
          hex: raw.toString('hex'),
        })),
        next: nextOf(rows, limit, ({ id }) => id),
      }
    },
  )
}
