import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { parseDuration } from '../../lib/duration.ts'
import { Problem } from '../../lib/problem.ts'
import { checkUrl, patienceMs, post } from '../../reporting/webhooks/post.ts'
import { newSecret, openSecrets, purposeOf, signedHeaders } from '../../reporting/webhooks/sign.ts'
import { EVENT_ACTS } from '../../store/alerts/alert-events.ts'
import { deliveriesOf } from '../../store/webhooks/deliveries.ts'
import { rotateSecret } from '../../store/webhooks/rotate-secret.ts'
import {
  addressOf,
  addWebhook,
  changeWebhook,
  endWebhook,
  listWebhooks,
  webhookOr404,
} from '../../store/webhooks/webhooks.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { nextId, nextOf, nextText } from '../page.ts'
import { answers, limit, noContent, nullable, timestamp, uuid } from '../schemas.ts'
import { sealOr503 } from '../second-factor.ts'

const params = Type.Object({ id: uuid })
const closed = { additionalProperties: false }

const webhookBody = Type.Object(
  {
    url: Type.String({ minLength: 1, maxLength: 2000, description: 'https://' }),
    acts: Type.Optional(
      Type.Array(Type.Enum([...EVENT_ACTS]), {
        minItems: 1,
        uniqueItems: true,
        description: 'Only these; left out: all',
      }),
    ),
  },
  closed,
)

const webhookFields = {
  id: Type.String({ format: 'uuid' }),
  url: Type.String(),
  acts: nullable(Type.Array(Type.String(), { description: 'null: all' })),
  madeBy: Type.String(),
  madeAt: timestamp('What was before is not told'),
  waiting: Type.Integer({ description: 'Events that are to be told' }),
  givenUp: Type.Integer({ description: 'Events of the last 30 days that could not be told in three' }),
  toldAt: nullable(timestamp('When it last took one')),
  oldSecretUntil: nullable(timestamp('Until then the secret before this one signs too; null: one signs')),
}
const webhookSchema = Type.Object(webhookFields, { title: 'Webhook' })
const addedSchema = Type.Object({
  ...webhookFields,
  secret: Type.String({ description: 'whsec_…, for checking signatures; shown here and never again' }),
})

const deliverySchema = Type.Object({
  eventId: Type.Integer(),
  alertId: Type.String({ format: 'uuid' }),
  act: Type.String(),
  state: Type.Enum(['waiting', 'told', 'given-up']),
  attempts: Type.Integer(),
  status: nullable(Type.Integer({ description: 'Of the last answer; null: none came' })),
  error: nullable(Type.String()),
  nextAt: nullable(timestamp('When it is tried again')),
  endedAt: nullable(timestamp('When it was told or given up')),
})

const rotateBody = Type.Union([
  Type.Object(
    {
      overlap: Type.Optional(
        Type.String({
          description: `So long both secrets sign: 24h by default, 30d at the most; 0s: the one before is void at once`,
        }),
      ),
    },
    closed,
  ),
  Type.Null(),
])
const maxOverlapMs = 30 * 86_400_000

const listQuery = Type.Object({ after: Type.Optional(uuid), limit: limit(100, 500) }, closed)
const deliveriesQuery = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: '`next` of the page before' }),
    ),
    limit: limit(100, 1000),
  },
  closed,
)

export async function webhookRoutes(
  app: FastifyInstance,
  { db, seal, webhookNetworks: networks }: ApiDeps,
): Promise<void> {
  const config = { roles: ['administrator'] } as const
  const tags = ['operation']
  type Params = { Params: Static<typeof params> }
  type Body = { Body: Static<typeof webhookBody> }

  app.get<{ Querystring: Static<typeof listQuery> }>(
    '/webhooks',
    {
      config,
      schema: {
        operationId: 'listWebhooks',
        tags,
        summary: 'Addresses that are told what is done to alerts, the oldest first',
        querystring: listQuery,
        response: answers(200, Type.Object({ webhooks: Type.Array(webhookSchema), next: nextText }), 'A page'),
      },
    },
    async ({ query: { after, limit } }) => {
      const webhooks = await listWebhooks(db.pool, after, limit as number)
      return { webhooks, next: nextOf(webhooks, limit, ({ id }) => id) }
    },
  )

  app.post<Body>(
    '/webhooks',
    {
      config,
      schema: {
        operationId: 'addWebhook',
        tags,
        summary: 'Have an address told what is done to alerts from now on',
        description:
          'Signed as in Standard Webhooks 1.0 (headers webhook-id, webhook-timestamp, webhook-signature). Told at least once; what is not answered with 2xx within 10 seconds is tried again for three days. Private addresses only where BONGSU_WEBHOOK_NETWORKS names them.',
        body: webhookBody,
        response: answers(201, addedSchema, 'The webhook, with its secret'),
      },
    },
    async (request, reply) => {
      const { url, acts = null } = request.body
      checkUrl(url, networks)
      const sealing = sealOr503(seal)
      const secret = newSecret()
      const { person } = holderOf(request)
      const webhook = await addWebhook(db, { url, acts }, (id) => sealing.seal(secret, purposeOf(id)), person)
      return reply
        .code(201)
        .header('location', `/v1/webhooks/${webhook.id}`)
        .send({ ...webhook, secret })
    },
  )

  app.get<Params>(
    '/webhooks/:id',
    {
      config,
      schema: {
        operationId: 'getWebhook',
        tags,
        summary: 'One webhook',
        params,
        response: answers(200, webhookSchema, 'The webhook'),
      },
    },
    ({ params }) => webhookOr404(db.pool, params.id),
  )

  app.put<Params & Body>(
    '/webhooks/:id',
    {
      config,
      schema: {
        operationId: 'changeWebhook',
        tags,
        summary: 'Change its address or its acts; the secret stays',
        params,
        body: webhookBody,
        response: answers(200, webhookSchema, 'The webhook as it stands now'),
      },
    },
    async (request) => {
      const { url, acts = null } = request.body
      checkUrl(url, networks)
      return changeWebhook(db, request.params.id, { url, acts }, holderOf(request).person)
    },
  )

  app.post<Params & { Body: { overlap?: string } | null | undefined }>(
    '/webhooks/:id/secret',
    {
      config,
      schema: {
        operationId: 'rotateWebhookSecret',
        tags,
        summary: 'Give it another secret; for a while the one before signs too',
        description:
          'As Standard Webhooks has it: meanwhile `webhook-signature` holds a signature of each, separated by a space, and whoever checks takes one that fits.',
        params,
        body: rotateBody,
        response: answers(200, addedSchema, 'The webhook, with its new secret'),
      },
    },
    async (request) => {
      const overlapMs = overlapOf(request.body?.overlap)
      const secret = newSecret()
      const { id } = await addressOf(db.pool, request.params.id)
      const sealed = sealOr503(seal).seal(secret, purposeOf(id))
      const { person } = holderOf(request)
      return { ...(await rotateSecret(db, id, sealed, overlapMs / 1000, person)), secret }
    },
  )

  app.delete<Params>(
    '/webhooks/:id',
    {
      config,
      schema: {
        operationId: 'endWebhook',
        tags,
        summary: 'Tell it nothing any more; what waits is forgotten',
        params,
        response: noContent('It has ended'),
      },
    },
    async (request, reply) => {
      await endWebhook(db, request.params.id, holderOf(request).person)
      return reply.code(204).send()
    },
  )

  app.post<Params>(
    '/webhooks/:id/ping',
    {
      config,
      schema: {
        operationId: 'pingWebhook',
        tags,
        summary: 'Send it a signed message of the type `ping` now, once, and say what it answered',
        params,
        response: answers(
          200,
          Type.Object({
            status: nullable(Type.Integer({ description: 'null: no answer came' })),
            error: nullable(Type.String({ description: 'null: it was told' })),
          }),
          'What came of it',
        ),
      },
    },
    async ({ params }) => {
      const { id, url, ...secrets } = await addressOf(db.pool, params.id)
      const at = new Date()
      const body = JSON.stringify({ type: 'ping', timestamp: at, data: {} })
      const headers = signedHeaders(openSecrets(sealOr503(seal), id, secrets), `ping-${randomUUID()}`, at, body)
      return post(url, headers, body, networks, AbortSignal.timeout(patienceMs))
    },
  )

  app.get<Params & { Querystring: Static<typeof deliveriesQuery> }>(
    '/webhooks/:id/deliveries',
    {
      config,
      schema: {
        operationId: 'listWebhookDeliveries',
        tags,
        summary: 'What it was told, is to be told, or could not be told, the newest event first',
        params,
        querystring: deliveriesQuery,
        response: answers(
          200,
          Type.Object({ deliveries: Type.Array(deliverySchema), next: nextId }),
          'A page of 30 days',
        ),
      },
    },
    async ({ params, query: { after, limit } }) => {
      await webhookOr404(db.pool, params.id)
      const deliveries = await deliveriesOf(db.pool, params.id, after, limit as number)
      return { deliveries, next: nextOf(deliveries, limit, ({ eventId }) => eventId) }
    },
  )
}

/** ms. @throws Problem `bad-duration` (400) */
function overlapOf(text = '24h'): number {
  const ms = parseDuration(text, '/overlap')
  if (ms <= maxOverlapMs) return ms
  throw new Problem('bad-duration', 'Two secrets overlap for 30 days at the most', { where: '/overlap' })
}
