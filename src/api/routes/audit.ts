import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { appendAudit } from '../../store/audit.ts'
import { exportAudit } from '../../store/audit-log.ts'
import { transaction } from '../../store/database.ts'
import { auditAfter } from '../../store/reports/audit-entries.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { afterId, nextId, nextOf } from '../page.ts'
import { answers, limit, timestamp } from '../schemas.ts'

const query = Type.Object(
  {
    after: afterId('entry'),
    limit: limit(100, 1000),
  },
  { additionalProperties: false },
)

const entrySchema = Type.Object({
  id: Type.Integer(),
  at: timestamp('When it was done'),
  actor: Type.String({
    description: 'person:NAME, cli or engine; of somebody who was erased the pseudonym: person:~kP0qT1a7_x2Z (erased)',
  }),
  act: Type.String(),
  subject: Type.String({ description: 'To what or whom it was done; a number is masked' }),
  detail: Type.Object({}, { additionalProperties: true }),
  previous: Type.String({ description: 'SHA-256 of the entry before, hex' }),
  hash: Type.String({ description: 'SHA-256 over the one before and this entry, hex; made with the pseudonym' }),
})

/** How an export begins where the log was cut off. */
const anchorSchema = Type.Object({ anchor: Type.Object({ upto: Type.Integer(), hash: Type.String() }) })

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
            next: nextId,
          }),
          'A page',
        ),
      },
    },
    async ({ query: { after, limit } }) => {
      const entries = await auditAfter(db.pool, after, limit as number)
      return { entries, next: nextOf(entries, limit, ({ id }) => id) }
    },
  )

  app.get(
    '/audit/export',
    {
      config: { roles: ['auditor'] },
      schema: {
        operationId: 'exportAudit',
        tags: ['people'],
        summary:
          'The whole audit log as it is kept, an entry a line, for `bongsu audit verify --file`; with pseudonyms',
        response: answers(
          200,
          Type.Union([entrySchema, anchorSchema]),
          'Entries; before the first, where the log was cut off, a line {"anchor": {"upto", "hash"}}',
          'application/x-ndjson',
        ),
      },
    },
    async (request, reply) => {
      await transaction(db.pool, (client) =>
        appendAudit(client, {
          actor: `person:${holderOf(request).person}`,
          act: 'audit.export',
          subject: 'audit',
        }),
      )
      return reply
        .type('application/x-ndjson')
        .header('content-disposition', 'attachment; filename="audit.ndjson"')
        .send(Readable.from(exportAudit(db.pool)))
    },
  )
}
