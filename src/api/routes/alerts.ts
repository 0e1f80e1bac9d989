import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { writeCapXml } from '../../alerts/cap-write.ts'
import { PHASES } from '../../alerts/lifecycle.ts'
import { MAX_XML_BYTES } from '../../alerts/xml-text.ts'
import { listAlerts } from '../../store/alerts/alert-row.ts'
import { glancesAt } from '../../store/alerts/at-a-glance.ts'
import { createAlert } from '../../store/alerts/create-alert.ts'
import { jurisdictionOf } from '../../store/people/jurisdiction.ts'
import { alertView, alertViewSchema, listedAlert, listedAlertSchema } from '../alert-view.ts'
import { answerAlert } from '../answer-alert.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { etagOf } from '../etag.ts'
import { alertOr404 } from '../find-alert.ts'
import { nextOf, nextText } from '../page.ts'
import { type AlertQuery, alertBody, alertQuery, readAlert, xmlTypes } from '../read-alert.ts'
import { answers, idParams, limit, uuid } from '../schemas.ts'
import { bodyUnchecked } from '../validate.ts'
import { alertEditRoute } from './alert-edit.ts'

const listQuery = Type.Object(
  {
    after: Type.Optional(uuid),
    limit: limit(50, 500),
    identifier: Type.Optional(Type.String({ description: 'Only those with this identifier' })),
    phase: Type.Optional(Type.Enum([...PHASES], { description: 'Only those; `live` are the alerts in force' })),
  },
  { additionalProperties: false },
)

export async function alertRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db } = deps
  app.addContentTypeParser(xmlTypes, { parseAs: 'buffer', bodyLimit: MAX_XML_BYTES }, (_request, payload, done) =>
    done(null, payload),
  )
  alertEditRoute(app, deps)

  app.post<{ Body: unknown; Querystring: AlertQuery }>(
    '/alerts',
    {
      bodyLimit: MAX_XML_BYTES,
      validatorCompiler: bodyUnchecked,
      config: { roles: ['composer'] },
      schema: {
        operationId: 'createAlert',
        tags: ['alerts'],
        summary: 'Take an alert as a draft',
        description:
          'An Update or a Cancel is an alert of its own that refers to the earlier one. Rules in the query go before rules in the JSON; without either they follow the severity.',
        querystring: alertQuery,
        body: alertBody,
        response: answers(
          201,
          alertViewSchema,
          'The draft, with what was repaired (notes) and what should be looked at (warnings)',
        ),
      },
    },
    async (request, reply) => {
      const { alert, rules, notes, ...drafted } = await readAlert(deps, holderOf(request), request)
      const row = await createAlert(db, alert, rules, notes, holderOf(request).person, drafted)
      return reply
        .code(201)
        .headers({ location: `/v1/alerts/${row.id}`, etag: etagOf(row) })
        .send(alertView(row))
    },
  )

  app.get<{ Querystring: Static<typeof listQuery> }>(
    '/alerts',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listAlerts',
        tags: ['alerts'],
        summary: 'Alerts, the newest first',
        querystring: listQuery,
        response: answers(200, Type.Object({ alerts: Type.Array(listedAlertSchema), next: nextText }), 'A page'),
      },
    },
    async (request) => {
      const { query } = request
      const seen = await jurisdictionOf(db.pool, holderOf(request).missions)
      const filter = { ...query, countries: seen?.countries }
      const rows = await listAlerts(db.pool, filter, query.limit as number)
      const glances = await glancesAt(
        db.pool,
        rows.map(({ id }) => id),
        seen?.countries,
      )
      return {
        alerts: rows.map((row) => listedAlert(row, glances.get(row.id))),
        next: nextOf(rows, query.limit, ({ id }) => id),
      }
    },
  )

  app.get<{ Params: Static<typeof idParams> }>(
    '/alerts/:id',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getAlert',
        tags: ['alerts'],
        summary: 'One alert',
        params: idParams,
        response: answers(200, alertViewSchema, 'The alert'),
      },
    },
    async ({ params }, reply) => answerAlert(deps, reply, params),
  )

  app.get<{ Params: Static<typeof idParams> }>(
    '/alerts/:id/cap',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getAlertAsCap',
        tags: ['alerts'],
        summary: 'One alert as CAP 1.2',
        params: idParams,
        response: answers(200, Type.String(), 'A CAP 1.2 document', 'application/cap+xml'),
      },
    },
    async ({ params }, reply) => {
      const { document } = await alertOr404(db, params.id)
      return reply.type('application/cap+xml; charset=utf-8').send(writeCapXml(document))
    },
  )
}
