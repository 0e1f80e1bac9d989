import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { FIELDS, LANGUAGES } from '../../entry/fields.ts'
import type { TravelLevel } from '../../entry/policy.ts'
import { checkTemplate } from '../../entry/template.ts'
import { setTemplate, templateHistory, templatesOf } from '../../store/entry/templates.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { groundNow } from '../entry-ground.ts'
import { changed, entryListQuery, entryWriters, historyArea, note, requireArea } from '../entry-schemas.ts'
import { answers, nullable, timestamp } from '../schemas.ts'

const fieldList = Object.entries(FIELDS)
  .map(([name, what]) => `{${name}}: ${what}`)
  .join('; ')

const of = {
  area: Type.String({
    minLength: 1,
    maxLength: 100,
    description:
      '*: every country with a mission; **: without, or several at once, and where no other text fits; a country; a region',
  }),
  kind: Type.Enum(['mission', 'level'], { description: 'mission: whom to call; level: the travel alert' }),
  level: nullable(
    Type.Integer({
      minimum: 1,
      maximum: 4,
      description: 'Of kind level; null without special: only parts of the country have advice',
    }),
  ),
  special: Type.Boolean({ default: false, description: 'Of the special travel advisory' }),
}
const verified = Type.Boolean({ default: false, description: 'Somebody compared what it says with its sources' })
const templateBody = Type.Object(
  {
    ...of,
    level: Type.Optional(of.level),
    special: Type.Optional(of.special),
    texts: Type.Record(Type.String(), nullable(Type.String({ maxLength: 2000 })), {
      description: `By language (${LANGUAGES.join(', ')}); null takes that of a language back. Fields: ${fieldList}`,
    }),
    verified: Type.Optional(verified),
    note: Type.Optional(note),
  },
  { additionalProperties: false },
)
const templateSchema = Type.Object(
  {
    id: Type.Integer(),
    ...of,
    language: Type.String(),
    body: nullable(Type.String()),
    verified,
    note,
    madeBy: Type.String({ description: 'person:NAME, or migration' }),
    madeAt: timestamp('When it was written'),
  },
  { title: 'EntryTemplate' },
)
const fields = { templates: Type.Array(templateSchema) }
const list = Type.Object(fields)
const written = Type.Object({ ...fields, changed })

export async function entryTemplateRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db } = deps

  app.get<{ Querystring: Static<typeof entryListQuery> }>(
    '/entry/templates',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listEntryTemplates',
        tags: ['entry'],
        summary: 'What is told on entering a country, by area',
        querystring: entryListQuery,
        response: answers(200, list, 'What stands now, or the history of an area'),
      },
    },
    async ({ query }) => {
      requireArea(query, deps)
      return {
        templates: query.history
          ? await templateHistory(db.pool, historyArea(query))
          : await templatesOf(db.pool, query.area),
      }
    },
  )

  app.post<{ Body: Static<typeof templateBody> }>(
    '/entry/templates',
    {
      config: { roles: entryWriters },
      schema: {
        operationId: 'setEntryTemplate',
        tags: ['entry'],
        summary: 'Write the text of an area from now on',
        description:
          'The next who enters gets it. Refused with everything that is wrong: fields, numbers and addresses that are not allowed, a language that misses, more than four segments with the longest values.',
        body: templateBody,
        response: answers(201, written, 'What stands now for the area'),
      },
    },
    async (request, reply) => {
      const { level = null, special = false, verified = false, note = '', ...rest } = request.body
      const draft = { ...rest, level: level as TravelLevel | null, special }
      checkTemplate(draft, await groundNow(deps))
      const changed = await setTemplate(db, { ...draft, verified, note }, holderOf(request).person)
      return reply.code(201).send({ templates: await templatesOf(db.pool, draft.area), changed })
    },
  )
}
