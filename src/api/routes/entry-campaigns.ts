import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { checkCampaign } from '../../entry/campaign-draft.ts'
import { inForm } from '../../lib/schema-hint.ts'
import { campaignHistory, campaignsOf, endCampaign, setCampaign } from '../../store/entry/campaigns.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { groundNow } from '../entry-ground.ts'
import { changed, entryWriters, note } from '../entry-schemas.ts'
import { answers, timestamp } from '../schemas.ts'
import { timeOf } from '../times.ts'

const name = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
  ...inForm('small letters, digits and hyphens, at most 64, like dengue-2026'),
})
const given = {
  name,
  areas: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
    minItems: 1,
    maxItems: 300,
    description: '*: everywhere; countries, regions',
  }),
  texts: Type.Record(Type.String(), Type.String({ maxLength: 2000 }), { description: 'By language: ko and en' }),
  startsAt: timestamp('From then on'),
  endsAt: timestamp('Until then, at most 366 days later'),
}
const campaignBody = Type.Object({ ...given, note: Type.Optional(note) }, { additionalProperties: false })
const campaignSchema = Type.Object(
  { id: Type.Integer(), ...given, note, madeBy: Type.String(), madeAt: timestamp('When it was set') },
  { title: 'EntryCampaign' },
)
const listQuery = Type.Object(
  {
    name: Type.Optional(Type.String({ ...name, description: 'Everything that was ever set of it, the newest first' })),
  },
  { additionalProperties: false },
)
const fields = { campaigns: Type.Array(campaignSchema) }
const list = Type.Object(fields)
const written = Type.Object({ ...fields, changed })

export async function entryCampaignRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db } = deps

  app.get<{ Querystring: Static<typeof listQuery> }>(
    '/entry/campaigns',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listEntryCampaigns',
        tags: ['entry'],
        summary: 'Texts about a disease or a danger, told to all who enter an area for a time',
        querystring: listQuery,
        response: answers(200, list, 'Those that are not over, or the history of one'),
      },
    },
    async ({ query }) => ({
      campaigns:
        query.name === undefined ? await campaignsOf(db.pool, new Date()) : await campaignHistory(db.pool, query.name),
    }),
  )

  app.post<{ Body: Static<typeof campaignBody> }>(
    '/entry/campaigns',
    {
      config: { roles: entryWriters },
      schema: {
        operationId: 'setEntryCampaign',
        tags: ['entry'],
        summary: 'Set a campaign, or change it from now on',
        description:
          'A set has room for four texts: with mission and level the two campaigns that started last are told.',
        body: campaignBody,
        response: answers(201, written, 'What stands now'),
      },
    },
    async (request, reply) => {
      const { note = '', startsAt, endsAt, ...rest } = request.body
      const draft = {
        ...rest,
        startsAt: timeOf('/startsAt', startsAt) as Date,
        endsAt: timeOf('/endsAt', endsAt) as Date,
      }
      checkCampaign(draft, new Date(), await groundNow(deps))
      const changed = await setCampaign(db, { ...draft, note }, holderOf(request).person)
      return reply.code(201).send({ campaigns: await campaignsOf(db.pool, new Date()), changed })
    },
  )

  app.post<{ Params: { name: string } }>(
    '/entry/campaigns/:name/end',
    {
      config: { roles: entryWriters },
      schema: {
        operationId: 'endEntryCampaign',
        tags: ['entry'],
        summary: 'End a campaign now',
        params: Type.Object({ name }),
        response: answers(200, list, 'What stands now'),
      },
    },
    async (request) => {
      await endCampaign(db, request.params.name, new Date(), holderOf(request).person)
      return { campaigns: await campaignsOf(db.pool, new Date()) }
    },
  )
}
