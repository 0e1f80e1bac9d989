import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { areaProblems } from '../../entry/area-problems.ts'
import { parsePolicyPatch, policyFields } from '../../entry/policy-patch.ts'
import { policiesOf, policyHistory, setPolicy } from '../../store/entry/policies.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { areasOf } from '../entry-ground.ts'
import { changed, entryListQuery, entryWriters, historyArea, note, requireArea } from '../entry-schemas.ts'
import { answers, nullable, timestamp } from '../schemas.ts'

const policyPatch = nullable(
  Type.Object(
    {},
    {
      additionalProperties: true,
      description: `Any of ${policyFields.join(', ')}; what is not set is that of the area around. docs/entry.md says what each does`,
    },
  ),
)
const area = Type.String({ minLength: 1, maxLength: 100, description: '*, a country (JP) or a region (JP-17)' })
const policyBody = Type.Object(
  { area, policy: policyPatch, note: Type.Optional(note) },
  { additionalProperties: false },
)
const policySchema = Type.Object(
  {
    id: Type.Integer(),
    area,
    policy: policyPatch,
    note,
    madeBy: Type.String({ description: 'person:NAME' }),
    madeAt: timestamp('When it was set'),
  },
  { title: 'EntryPolicy' },
)
const fields = { policies: Type.Array(policySchema) }
const list = Type.Object(fields)
const written = Type.Object({ ...fields, changed })

export async function entryPolicyRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db } = deps

  app.get<{ Querystring: Static<typeof entryListQuery> }>(
    '/entry/policies',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listEntryPolicies',
        tags: ['entry'],
        summary: 'What is set for areas: whether, when and in what order entry texts are sent',
        querystring: entryListQuery,
        response: answers(200, list, 'What stands now, or the history of an area'),
      },
    },
    async ({ query }) => {
      requireArea(query, deps)
      return {
        policies: query.history
          ? await policyHistory(db.pool, historyArea(query))
          : await policiesOf(db.pool, query.area),
      }
    },
  )

  app.post<{ Body: Static<typeof policyBody> }>(
    '/entry/policies',
    {
      config: { roles: entryWriters },
      schema: {
        operationId: 'setEntryPolicy',
        tags: ['entry'],
        summary: 'Set the policy of an area from now on',
        description:
          'Nothing is overwritten. policy null takes back what was set: then that of the area around counts.',
        body: policyBody,
        response: answers(201, written, 'What stands now for the area'),
      },
    },
    async (request, reply) => {
      const { area, note = '', policy } = request.body
      const [wrong] = areaProblems(area, areasOf(deps), { general: ['*'] })
      if (wrong) throw wrong
      const patch = policy === null ? null : parsePolicyPatch(policy)
      const changed = await setPolicy(db, { area, policy: patch, note }, holderOf(request).person)
      return reply.code(201).send({ policies: await policiesOf(db.pool, area), changed })
    },
  )
}
