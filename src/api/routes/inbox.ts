import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../../store/audit.ts'
import { transaction } from '../../store/database.ts'
import { findText, inboxPage, markHandled } from '../../store/inbox/inbox-page.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { inboxTextSchema, inboxTextView } from '../inbox-view.ts'
import { checkNumbers } from '../numbers.ts'
import { afterId, nextId, nextOf } from '../page.ts'
import { answers, limit } from '../schemas.ts'
import { timeOf } from '../times.ts'

const query = Type.Object(
  {
    after: afterId('text'),
    limit: limit(100, 1000),
    mission: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'Its id; `none`: texts that are no mission’s' }),
    ),
    unhandled: Type.Boolean({ default: false, description: 'Only what nobody has taken care of' }),
    since: Type.Optional(Type.String({ format: 'date-time', description: 'Received at this time or later' })),
    numbers: Type.Enum(['masked', 'full'], {
      default: 'masked',
      description: 'full: approver and auditor only, and each such view is in the audit log',
    }),
  },
  { additionalProperties: false },
)

const params = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })

export async function inboxRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  app.get<{ Querystring: Static<typeof query> }>(
    '/inbox',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listInbox',
        tags: ['subscribers'],
        summary: 'What people wrote to our numbers, the oldest first',
        querystring: query,
        response: answers(
          200,
          Type.Object({
            texts: Type.Array(inboxTextSchema),
            next: nextId,
          }),
          'A page',
        ),
      },
    },
    async (request) => {
      const { after, limit, mission, unhandled, numbers } = request.query
      const { person, roles, missions } = holderOf(request)
      checkNumbers(numbers, roles)
      const since = timeOf('since', request.query.since)
      const rows = await inboxPage(
        db.pool,
        {
          unhandled,
          seen: missions,
          ...(mission === undefined ? {} : { mission: mission === 'none' ? null : mission }),
          ...(since === undefined ? {} : { since }),
        },
        after,
        limit as number,
      )
      if (numbers === 'full') {
        await transaction(db.pool, (client) =>
          appendAudit(client, {
            actor: `person:${person}`,
            act: 'numbers.view',
            subject: 'inbox',
            detail: { texts: rows.length, first: rows[0]?.id ?? null, last: rows.at(-1)?.id ?? null },
          }),
        )
      }
      return {
        texts: rows.map((row) => inboxTextView(row, numbers)),
        next: nextOf(rows, limit, ({ id }) => id),
      }
    },
  )

  app.post<{ Params: Static<typeof params> }>(
    '/inbox/:id/handled',
    {
      config: { roles: ['composer', 'approver'] },
      schema: {
        operationId: 'handleInboxText',
        tags: ['subscribers'],
        summary: 'Say that somebody takes care of a text; who said so first stands',
        params,
        response: answers(200, inboxTextSchema, 'The text as it stands now'),
      },
    },
    async (request) => {
      const { id } = request.params
      const { person, missions } = holderOf(request)
      const row = await transaction(db.pool, async (client) => {
        if ((await findText(client, id, missions)) === undefined) return undefined
        if (await markHandled(client, id, person)) {
          await appendAudit(client, { actor: `person:${person}`, act: 'inbox.handle', subject: `inbox:${id}` })
        }
        return findText(client, id, missions)
      })
      if (row) return inboxTextView(row, 'masked')
      throw new Problem('inbox-text-unknown', 'There is no text with this id in the inbox', {
        status: 404,
        hint: 'GET /v1/inbox lists them; the parts of a long text share the id of the first that came.',
      })
    },
  )
}
