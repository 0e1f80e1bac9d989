import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { afterActionReport } from '../../reporting/after-action.ts'
import { entryTextSummary } from '../../reporting/entry-text-summary.ts'
import { renderReport } from '../../reporting/render-report.ts'
import { readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { answers, counts, idParams } from '../schemas.ts'

const dayQuery = Type.Object(
  {
    day: Type.Optional(
      Type.String({
        pattern: '^20\\d\\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$',
        description: 'Of the events, UTC: 2026-11-21',
      }),
    ),
  },
  { additionalProperties: false },
)

const reportSchema = Type.Object(
  {
    chainId: Type.String(),
    at: Type.String(),
    timeline: Type.Array(
      Type.Object({
        at: Type.String(),
        who: Type.String(),
        what: Type.String(),
        alertId: Type.String(),
        identifier: Type.String(),
        reason: Type.Optional(Type.String()),
      }),
    ),
    alerts: Type.Array(Type.Object({}), { description: 'Each alert of the chain with its broadcast' }),
  },
  { title: 'AfterActionReport' },
)

export async function reportRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  app.get<{ Params: Static<typeof idParams> }>(
    '/alerts/:id/report',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getReport',
        tags: ['reports'],
        summary: 'The after-action report of the whole chain; with Accept: text/plain for a terminal',
        params: idParams,
        response: answers(200, reportSchema, 'The report'),
      },
    },
    async (request, reply) => {
      const report = await afterActionReport(db, request.params.id)
      void reply.header('vary', 'accept')
      return prefersText(request.headers.accept)
        ? reply.type('text/plain; charset=utf-8').send(renderReport(report))
        : report
    },
  )

  app.get<{ Querystring: Static<typeof dayQuery> }>(
    '/reports/entry-texts',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getEntryTexts',
        tags: ['reports'],
        summary: 'What became of roaming notifications',
        querystring: dayQuery,
        response: answers(
          200,
          Type.Object({
            notifications: Type.Integer({ description: 'All that came, repeats included' }),
            sent: Type.Integer(),
            suppressed: counts('By reason'),
          }),
          'The sums',
        ),
      },
    },
    async ({ query }) => entryTextSummary(db, query.day),
  )
}

/** Of the two types that there are, whichever is named first (RFC 9110 §12.5.1 without weights). */
function prefersText(accept = ''): boolean {
  const text = accept.indexOf('text/plain')
  const json = accept.indexOf('application/json')
  return text >= 0 && (json < 0 || text < json)
}
