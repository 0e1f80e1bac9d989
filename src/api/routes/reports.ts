import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { Problem } from '../../lib/problem.ts'
import { inForm } from '../../lib/schema-hint.ts'
import { afterActionReport } from '../../reporting/after-action.ts'
import { entryTextRows, entryTextSummary, total } from '../../reporting/entry-text-summary.ts'
import { entryYear } from '../../reporting/entry-year.ts'
import { renderReportPage, reportPolicy } from '../../reporting/html/report-page.ts'
import { renderReport } from '../../reporting/render-report.ts'
import { renderYear } from '../../reporting/render-year.ts'
import { type Days, type TallyKey, tallyKeys } from '../../store/reports/entry-tally.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { numberRoles } from '../numbers.ts'
import { afterActionSchema } from '../report-schema.ts'
import { answers, counts, idParams, nullable, timestamp } from '../schemas.ts'

const day = (description: string) =>
  Type.Optional(
    Type.String({
      pattern: '^20\\d\\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$',
      'x-form': 'a day like 2026-11-22',
      description,
    }),
  )
const keyPattern = `(${tallyKeys.join('|')})`

const entryQuery = Type.Object(
  {
    day: day('Of the events, UTC: 2026-11-21; instead of from and to'),
    from: day('The first day'),
    to: day('The last day'),
    by: Type.Optional(
      Type.String({
        pattern: `^${keyPattern}(,${keyPattern})*$`,
        ...inForm(
          `some of ${tallyKeys.join(', ')}, separated by commas`,
          'Sums for each of these too; carrier is who was to carry the text',
        ),
      }),
    ),
  },
  { additionalProperties: false },
)

const summaryFields = {
  notifications: Type.Integer({ description: 'All that came, repeats included: sent and the sum of suppressed' }),
  sent: Type.Integer({ description: 'Entries that got their texts' }),
  suppressed: counts('By reason; waits: its texts are put off'),
}
const keyFields = {
  day: Type.Optional(Type.String()),
  month: Type.Optional(Type.String({ description: '2026-11' })),
  country: Type.Optional(nullable(Type.String({ description: 'Several candidates joined by /; null: none' }))),
  carrier: Type.Optional(nullable(Type.String({ description: 'null: no text was due, or it had no route' }))),
}
const entryRowSchema = Type.Object({ ...keyFields, ...summaryFields })

const yearParams = Type.Object({ year: Type.String({ pattern: '^20[0-9]{2}$', ...inForm('a year like 2026') }) })
const yearSchema = Type.Object(
  {
    year: Type.Integer(),
    at: timestamp('Until when it is counted, where the year is not over'),
    total: Type.Object(summaryFields),
    texts: Type.Object({
      made: Type.Integer({ description: 'Messages, one to four for an entry' }),
      states: counts('Where they stand now'),
    }),
    toldAgain: Type.Object(
      { level: Type.Integer(), alert: Type.Integer() },
      { description: 'People who were told again while they were there: a level rose, an alert came into force' },
    ),
    months: Type.Array(Type.Object({ ...keyFields, ...summaryFields, texts: Type.Integer() })),
    countries: Type.Array(entryRowSchema, { description: 'Those with the most notifications first' }),
    carriers: Type.Array(
      Type.Object({
        carrier: Type.String(),
        sent: Type.Integer({ description: 'Entries whose texts it was to carry' }),
        texts: Type.Integer({ description: 'Messages that it carries now: another may have taken over' }),
        delivered: Type.Integer(),
      }),
    ),
    busiestDay: nullable(entryRowSchema),
  },
  { title: 'EntryYear' },
)

export async function reportRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  app.get<{ Params: Static<typeof idParams> }>(
    '/alerts/:id/report',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getReport',
        tags: ['reports'],
        summary: 'The after-action report of the whole chain; text/plain for a terminal, text/html to print',
        description:
          'Roles that see no numbers (all but approver and auditor) are not told of countries, nor of causes of failure, of fewer than five people: these go together as `*`.',
        params: idParams,
        response: answers(200, afterActionSchema, 'The report', 'application/json', ['text/plain', 'text/html']),
      },
    },
    async (request, reply) => {
      const exact = holderOf(request).roles.some((role) => numberRoles.includes(role))
      const report = await afterActionReport(db, request.params.id, { exact })
      void reply.header('vary', 'accept')
      switch (preferred(request.headers.accept)) {
        case 'text/plain':
          return reply.type('text/plain; charset=utf-8').send(renderReport(report))
        case 'text/html':
          return reply
            .header('content-security-policy', reportPolicy)
            .type('text/html; charset=utf-8')
            .send(renderReportPage(report))
        default:
          return report
      }
    },
  )

  app.get<{ Querystring: Static<typeof entryQuery> }>(
    '/reports/entry-texts',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getEntryTexts',
        tags: ['reports'],
        summary: 'What became of roaming notifications, by the days (UTC) of their own time',
        querystring: entryQuery,
        response: answers(
          200,
          Type.Object({
            ...summaryFields,
            rows: Type.Optional(
              Type.Array(entryRowSchema, { description: 'With `by`: of each; they add up to the above' }),
            ),
          }),
          'The sums',
        ),
      },
    },
    async ({ query }) => {
      const days = daysOf(query)
      if (query.by === undefined) return entryTextSummary(db, days)
      const rows = await entryTextRows(db, days, [...new Set(query.by.split(','))] as TallyKey[])
      return { ...total(rows), rows }
    },
  )

  app.get<{ Params: Static<typeof yearParams> }>(
    '/reports/entry-texts/:year',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getEntryYear',
        tags: ['reports'],
        summary: 'A year of entry texts; with Accept: text/plain for a terminal',
        params: yearParams,
        response: answers(200, yearSchema, 'The report', 'application/json', ['text/plain']),
      },
    },
    async (request, reply) => {
      const report = await entryYear(db, Number(request.params.year))
      void reply.header('vary', 'accept')
      return preferred(request.headers.accept) === 'text/plain'
        ? reply.type('text/plain; charset=utf-8').send(renderYear(report))
        : report
    },
  )
}

/** @throws Problem `bad-request` where a day and a span are asked for, or a span that ends before it begins */
function daysOf({ day, from, to }: Static<typeof entryQuery>): Days {
  if (day !== undefined && (from !== undefined || to !== undefined)) {
    throw new Problem('bad-request', '`day` is one day, `from` and `to` are several', { where: 'day' })
  }
  for (const [where, text] of Object.entries({ day, from, to })) {
    if (text !== undefined && !dayExists(text)) {
      throw new Problem('bad-request', `${text} is not a day`, { where })
    }
  }
  if (from !== undefined && to !== undefined && from > to) {
    throw new Problem('bad-request', 'The last day comes before the first', { where: 'to' })
  }
  return day === undefined ? { from, to } : { from: day, to: day }
}

/** The pattern lets 30 February through, which PostgreSQL refuses. */
const dayExists = (text: string) => new Date(`${text}T00:00:00Z`).toISOString().startsWith(text)

const types = ['application/json', 'text/plain', 'text/html'] as const

/** Of the types that there are, whichever is named first (RFC 9110 §12.5.1 without weights). */
function preferred(accept = ''): (typeof types)[number] {
  const named = types.filter((type) => accept.includes(type))
  return named.sort((a, b) => accept.indexOf(a) - accept.indexOf(b))[0] ?? 'application/json'
}
