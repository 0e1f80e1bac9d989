import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { ROLES } from '../../alerts/lifecycle.ts'
import { parseDuration } from '../../lib/duration.ts'
import { addKey } from '../../store/people/keys.ts'
import { addPerson, revokeKey } from '../../store/people/people.ts'
import { listPeople } from '../../store/reports/people.ts'
import { doubtsOn } from '../../subscribers/feed-rights.ts'
import { warningSchema, warningView } from '../alert-view.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { answers, noContent, nullable, timestamp } from '../schemas.ts'

const name = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^\\S(.*\\S)?$',
  description: 'Of a person, not of a post',
})
const personBody = Type.Object({ name }, { additionalProperties: false })
const hplmns = Type.Array(Type.String({ pattern: '^\\d{5,6}$', description: 'MCC and MNC: 45008' }), {
  minItems: 1,
  maxItems: 50,
})
const keyBody = Type.Object(
  {
    name,
    role: Type.Enum([...ROLES]),
    hplmns: Type.Optional({
      ...hplmns,
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

const personSchema = Type.Object({
  name: Type.String(),
  createdAt: timestamp('When the person was made known'),
  keys: Type.Array(
    Type.Object({
      id: Type.Integer(),
      role: Type.String(),
      hplmns: nullable(hplmns),
      createdAt: timestamp('When it was made'),
      lastUsedAt: nullable(timestamp('To the minute')),
      revokedAt: nullable(timestamp('Since when it is void')),
    }),
  ),
})

export async function peopleRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  const config = { roles: ['administrator'] } as const

  app.get(
    '/people',
    {
      config,
      schema: {
        operationId: 'listPeople',
        tags: ['people'],
        summary: 'People and their keys (not the secrets)',
        response: answers(200, Type.Object({ people: Type.Array(personSchema) }), 'The people'),
      },
    },
    async () => ({ people: await listPeople(db.pool) }),
  )

  app.post<{ Body: Static<typeof personBody> }>(
    '/people',
    {
      config,
      schema: {
        operationId: 'addPerson',
        tags: ['people'],
        summary: 'Make a person known, without a key yet',
        body: personBody,
        response: answers(201, Type.Object({ name: Type.String() }), 'The person'),
      },
    },
    async (request, reply) => {
      const { name } = request.body
      await addPerson(db, name, `person:${holderOf(request).person}`)
      return reply.code(201).send({ name })
    },
  )

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
      const { name, role, hplmns, silentAfter } = request.body
      const silentAfterMs = silentAfter === undefined ? undefined : parseDuration(silentAfter, 'silentAfter')
      const rights = { hplmns, silentAfterMs }
      const key = await addKey(db, name, role, `person:${holderOf(request).person}`, rights)
      return reply.code(201).send({ name, role, key, warnings: doubtsOn(rights).map(warningView) })
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
