import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { checkTemplate } from '../../alerts/template-check.ts'
import { templateSchema } from '../../alerts/template-schema.ts'
import type { AlertTemplate } from '../../alerts/templates.ts'
import { allowedIn, notAllowed } from '../../entry/allow-list.ts'
import { Problem } from '../../lib/problem.ts'
import { lockedTerms } from '../../store/alerts/locked-terms.ts'
import { setTemplate, standingTemplates, templateHistory } from '../../store/alerts/templates.ts'
import { entrySources } from '../../store/roaming/entry-sources.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { answers, idParams, nullable, timestamp } from '../schemas.ts'

const note = Type.String({
  maxLength: 1000,
  pattern: '^[^\\u0000]*$',
  'x-form': 'a text without U+0000',
  description: 'Why, for who asks a year later',
})

const templateBody = Type.Object(
  {
    id: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
      'x-form': 'small letters, digits and hyphens, at most 63, like earthquake',
    }),
    body: Type.Union([templateSchema, Type.Null()], { description: 'Null takes it back' }),
    note: Type.Optional(note),
  },
  { additionalProperties: false },
)

const templateView = Type.Object(
  {
    id: Type.String(),
    version: Type.Integer({ description: 'Raised by every change of any template' }),
    body: nullable(templateSchema),
    note: nullable(Type.String()),
    madeBy: Type.String({ description: 'person:NAME, or migration' }),
    madeAt: timestamp('When it was written'),
  },
  { title: 'AlertTemplate' },
)
const list = Type.Object({ templates: Type.Array(templateView) })

export async function alertTemplateRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db } = deps

  app.get(
    '/alert-templates',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listAlertTemplates',
        tags: ['alerts'],
        summary: 'Alerts that wait to be filled in',
        response: answers(200, list, 'Those that stand now'),
      },
    },
    async () => ({ templates: await standingTemplates(db.pool) }),
  )

  app.get<{ Params: Static<typeof idParams> }>(
    '/alert-templates/:id',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getAlertTemplate',
        tags: ['alerts'],
        summary: 'Everything that was ever written under an id, the newest first',
        params: idParams,
        response: answers(200, list, 'The first of them stands; its body is null where it was taken back'),
      },
    },
    async ({ params }) => {
      const templates = await templateHistory(db.pool, params.id)
      if (templates.length > 0) return { templates }
      throw new Problem('template-unknown', 'There is no template with this id', { status: 404 })
    },
  )

  app.post<{ Body: Static<typeof templateBody> }>(
    '/alert-templates',
    {
      config: { roles: ['composer', 'approver'] },
      schema: {
        operationId: 'setAlertTemplate',
        tags: ['alerts'],
        summary: 'Write a template from now on, or take it back',
        description:
          'Refused with everything that is wrong: a language that has not all of its texts (also those that take the alert back), fields, numbers, spelling. Alerts that were made of it stay as they are.',
        body: templateBody,
        response: answers(201, list, 'What stands now under the id, and what did before'),
      },
    },
    async (request, reply) => {
      const { id, note = null } = request.body
      const body = request.body.body as AlertTemplate | null
      if (body !== null) {
        const [terms, sources] = await Promise.all([lockedTerms(db.pool), entrySources(db.pool)])
        const allowed = allowedIn(undefined, sources)
        checkTemplate(body, { terms, notAllowed: (text) => notAllowed(text, allowed) })
      }
      await setTemplate(db, id, body, note, holderOf(request).person)
      return reply.code(201).send({ templates: await templateHistory(db.pool, id) })
    },
  )
}
