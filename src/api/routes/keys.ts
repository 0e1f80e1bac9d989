import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { ROLES } from '../../alerts/lifecycle.ts'
import { parseDuration } from '../../lib/duration.ts'
import { makeKey, revokeKey } from '../../store/people/keys.ts'
import { doubtsOn } from '../../subscribers/feed-rights.ts'
import { warningSchema, warningView } from '../alert-view.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { hplmnsSchema, personName, scopesSchema } from '../person-schemas.ts'
import { answers, noContent } from '../schemas.ts'
import { timeOf } from '../times.ts'

const keyBody = Type.Object(
  {
    name: personName,
    role: Type.Enum([...ROLES]),
    label: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'What it is for' })),
    expiresAt: Type.Optional(Type.String({ format: 'date-time', description: 'From then on it is void' })),
    scopes: Type.Optional(scopesSchema),
    hplmns: Type.Optional({
      ...hplmnsSchema,
      description: 'Of a carrier: the home networks whose subscribers the key writes of; left out: all',
    }),
    silentAfter: Type.Optional(
      Type.String({
        description: 'Of a carrier: its feed is silent after this time, 30m or 6h; left out: that is learned',
      }),
    ),
  },
  { additionalProperties: false },
)
const keyParams = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })

export async function keyRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  const config = { roles: ['administrator'] } as const

  app.post<{ Body: Static<typeof keyBody> }>(
    '/keys',
    {
      config,
      schema: {
        operationId: 'addKey',
        tags: ['people'],
        summary: 'Make a key of a person, who is made if new; it is shown here and never again',
        body: keyBody,
        response: answers(
          201,
          Type.Object({
            id: Type.Integer({ description: 'DELETE /v1/keys/{id} makes it void' }),
            name: Type.String(),
            role: Type.String(),
            key: Type.String(),
            warnings: Type.Array(warningSchema, {
              description: 'What should be looked at: a home network that is in no list',
            }),
          }),
          'The key',
        ),
      },
    },
    async (request, reply) => {
      const { name, role, hplmns, silentAfter, label, scopes } = request.body
      const silentAfterMs = silentAfter === undefined ? undefined : parseDuration(silentAfter, 'silentAfter')
      const expiresAt = timeOf('expiresAt', request.body.expiresAt)
      const rights = { hplmns, silentAfterMs, label, scopes, expiresAt }
      const { id, key } = await makeKey(db, name, role, `person:${holderOf(request).person}`, rights)
      return reply.code(201).send({ id, name, role, key, warnings: doubtsOn(rights).map(warningView) })
    },
  )

  app.delete<{ Params: Static<typeof keyParams> }>(
    '/keys/:id',
    {
      config,
      schema: {
        operationId: 'revokeKey',
        tags: ['people'],
        summary: 'Make a key void, everywhere within three seconds',
        params: keyParams,
        response: noContent('It is void'),
      },
    },
    async (request, reply) => {
      await revokeKey(db, request.params.id, `person:${holderOf(request).person}`)
      return reply.code(204).send()
    },
  )
}
