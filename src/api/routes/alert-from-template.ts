import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { alertOfTemplate } from '../../alerts/template-alert.ts'
import { fromTemplateSchema } from '../../alerts/template-schema.ts'
import { Problem } from '../../lib/problem.ts'
import { createAlert } from '../../store/alerts/create-alert.ts'
import { standingTemplates } from '../../store/alerts/templates.ts'
import { alertView, alertViewSchema } from '../alert-view.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { etagOf } from '../etag.ts'
import { type AlertQuery, alertQuery, readAlert } from '../read-alert.ts'
import { answers } from '../schemas.ts'

export async function alertFromTemplateRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db } = deps
  app.post<{ Body: Static<typeof fromTemplateSchema>; Querystring: AlertQuery }>(
    '/alerts/from-template',
    {
      config: { roles: ['composer'] },
      schema: {
        operationId: 'createAlertFromTemplate',
        tags: ['alerts'],
        summary: 'A draft in the words of a template, with what takes it back',
        querystring: alertQuery,
        body: fromTemplateSchema,
        response: answers(201, alertViewSchema, 'The draft'),
      },
    },
    async (request, reply) => {
      const { template: wanted } = request.body
      const standing = await standingTemplates(db.pool)
      const template = standing.find(({ id }) => id === wanted)
      if (!template?.body) {
        throw new Problem('template-unknown', `There is no template "${wanted}"`, {
          status: 422,
          where: '/template',
          hint: `There are ${standing.map(({ id }) => id).join(', ')}.`,
        })
      }
      const body = alertOfTemplate(template.body, request.body, Date.now())
      const { alert, rules, notes, ...drafted } = await readAlert(deps, holderOf(request), {
        body,
        query: request.query,
      })
      const made = { ...drafted, template: `${template.id}@${template.version}` }
      const row = await createAlert(db, alert, rules, notes, holderOf(request).person, made)
      return reply
        .code(201)
        .headers({ location: `/v1/alerts/${row.id}`, etag: etagOf(row) })
        .send(alertView(row))
    },
  )
}
