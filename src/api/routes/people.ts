import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Role } from '../../alerts/lifecycle.ts'
import { addPerson, changePerson, resetPassword } from '../../store/people/users.ts'
import { listPeople } from '../../store/reports/people.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { nextId, nextOf } from '../page.ts'
import { hashPassword, oneTimePassword } from '../passwords.ts'
import { missionsSchema, personName, personSchema, rolesSchema } from '../person-schemas.ts'
import { answers, limit, nullable } from '../schemas.ts'

const addBody = Type.Object(
  {
    name: personName,
    roles: Type.Optional(rolesSchema),
    missions: Type.Optional(nullable(missionsSchema)),
    password: Type.Optional(
      Type.Boolean({ description: 'true: he gets a password for his first sign-in, which he has to change there' }),
    ),
  },
  { additionalProperties: false },
)
const changeBody = Type.Object(
  {
    roles: Type.Optional(rolesSchema),
    missions: Type.Optional(nullable(missionsSchema)),
    disabled: Type.Optional(
      Type.Boolean({ description: 'true: he is signed out, and his keys are void, everywhere within three seconds' }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
)
const listQuery = Type.Object(
  {
    after: Type.Optional(Type.Integer({ minimum: 1, maximum: 0x7fffffff, description: '`next` of the page before' })),
    limit: limit(500, 1000),
  },
  { additionalProperties: false },
)
const params = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })

const password = Type.String({ description: 'For the next sign-in, shown only now' })
const addedSchema = Type.Object({ id: Type.Integer(), name: Type.String(), password: Type.Optional(password) })

export async function peopleRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  const config = { roles: ['administrator'] } as const
  const tags = ['people']

  app.get<{ Querystring: Static<typeof listQuery> }>(
    '/people',
    {
      config,
      schema: {
        operationId: 'listPeople',
        tags,
        summary: 'People, their roles and their keys (not the secrets)',
        querystring: listQuery,
        response: answers(200, Type.Object({ people: Type.Array(personSchema), next: nextId }), 'A page by name'),
      },
    },
    async ({ query: { after, limit } }) => {
      const people = await listPeople(db.pool, after, limit)
      return { people, next: nextOf(people, limit, ({ id }) => id) }
    },
  )

  app.post<{ Body: Static<typeof addBody> }>(
    '/people',
    {
      config,
      schema: {
        operationId: 'addPerson',
        tags,
        summary: 'Make a person known, without a key yet',
        body: addBody,
        response: answers(201, addedSchema, 'The person'),
      },
    },
    async (request, reply) => {
      const { name, roles, missions, password: wanted } = request.body
      const actor = `person:${holderOf(request).person}`
      const id = await addPerson(db, name, { roles: roles as Role[] | undefined, missions }, actor)
      const given = wanted === true ? { password: await reset(id, actor) } : {}
      return reply.code(201).send({ id, name, ...given })
    },
  )

  app.patch<{ Params: Static<typeof params>; Body: Static<typeof changeBody> }>(
    '/people/:id',
    {
      config,
      schema: {
        operationId: 'changePerson',
        tags,
        summary: 'Change what a person may, or disable him; what is left out stays',
        params,
        body: changeBody,
        response: answers(200, personSchema, 'The person as he is now'),
      },
    },
    async (request) => {
      const { id } = request.params
      const { roles, missions, disabled } = request.body
      const change = { roles: roles as Role[] | undefined, missions, disabled }
      await changePerson(db, id, change, `person:${holderOf(request).person}`)
      return (await listPeople(db.pool)).find((one) => one.id === id)
    },
  )

  app.post<{ Params: Static<typeof params> }>(
    '/people/:id/reset',
    {
      config,
      schema: {
        operationId: 'resetPerson',
        tags,
        summary: 'A new first password; his second factor goes, and his sessions end. His keys stay',
        params,
        response: answers(200, Type.Object({ password }), 'Tell him in person'),
      },
    },
    async (request) => ({
      password: await reset(request.params.id, `person:${holderOf(request).person}`),
    }),
  )

  async function reset(id: number, actor: string): Promise<string> {
    const given = oneTimePassword()
    await resetPassword(db, id, await hashPassword(given), actor)
    return given
  }
}
