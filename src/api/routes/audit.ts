import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { auditAfter } from '../../store/reports/audit-entries.ts'
import type { ApiDeps } from '../deps.ts'
import { answers, limit, nullable, timestamp } from '../schemas.ts'

const query = Type.Object(
  {
    after: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      default: 0,
      description: 'The id of the last entry that is known',
    }),
    limit: limit(100, 1000),
  },
  { additionalProperties: false },
)

const entrySchema = Type.Object({
  id: Type.Integer(),
  at: timestamp('When it was done'),
  actor: Type.String({ description: 'person:NAME or engine' }),
  act: Type.String(),
  subject: Type.String(),
  detail: Type.Object({}),
  previous: Type.String({ description: 'SHA-256 of the entry before, hex' }),
  hash: Type.String({ description: 'SHA-256 over the one before and this entry, hex' }),
})

export async function auditRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  app.get<{ Querystring: Static<typeof query> }>(
    '/audit',
    {
      config: { roles: ['auditor'] },
      schema: {
        operationId: 'readAudit',
        tags: ['people'],
        summary: 'The audit log, oldest first',
        querystring: query,
        response: answers(
          200,
          Type.Object({
            entries: Type.Array(entrySchema),
            next: nullable(Type.Integer({ description: 'For `after`; null at the end' })),
          }),
          'A page',
        ),
      },
    },
    async ({ query: { after, limit } }) => {
      const entries = await auditAfter(db.pool, after, limit as number)
      return { entries, next: entries.length === limit ? (entries.at(-1)?.id ?? null) : null }
    },
  )
}
