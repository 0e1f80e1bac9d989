import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { maskMsisdn } from '../../lib/mask.ts'
import { appendAudit } from '../../store/audit.ts'
import { type Database, transaction } from '../../store/database.ts'
import { type Recipient, recipientsPage } from '../../store/reports/recipients.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { broadcastOr409 } from '../find-alert.ts'
import { checkNumbers } from '../numbers.ts'
import { answers, idParams } from '../schemas.ts'

const query = Type.Object(
  {
    numbers: Type.Enum(['masked', 'full'], {
      default: 'masked',
      description: 'full: approver and auditor only, and each such view is in the audit log',
    }),
  },
  { additionalProperties: false },
)

const header = 'msisdn,reason,language,carrier,state,error,attempt,segments,made_at,submitted_at,final_at\n'
const pageSize = 2_000

export async function recipientRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  app.get<{ Params: Static<typeof idParams>; Querystring: Static<typeof query> }>(
    '/alerts/:id/recipients',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listRecipients',
        tags: ['alerts'],
        summary: 'Everybody who was chosen, and what became of the message, as CSV',
        params: idParams,
        querystring: query,
        response: answers(200, Type.String(), header.trim(), 'text/csv'),
      },
    },
    async (request, reply) => {
      const { numbers } = request.query
      const full = numbers === 'full'
      const { person, role } = holderOf(request)
      checkNumbers(numbers, role)
      const facts = await broadcastOr409(db, request.params.id)
      if (full) {
        await transaction(db.pool, (client) =>
          appendAudit(client, {
            actor: `person:${person}`,
            act: 'numbers.view',
            subject: `alert:${facts.alertId}`,
            detail: { what: 'recipients', broadcast: facts.id },
          }),
        )
      }
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="recipients-${facts.id}.csv"`)
        .send(Readable.from(csvOf(db, facts.id, full)))
    },
  )
}

/** A page of rows at a time, as fast as it is read. Nothing in a field needs quotes. */
async function* csvOf(db: Database, broadcastId: number, full: boolean): AsyncGenerator<string> {
  yield header
  for (let after = 0; ; ) {
    const page = await recipientsPage(db.pool, broadcastId, after, pageSize)
    if (page.length === 0) return
    yield page.map((recipient) => `${fieldsOf(recipient, full).join(',')}\n`).join('')
    after = (page.at(-1) as Recipient).seq
  }
}

function fieldsOf(r: Recipient, full: boolean): (string | number)[] {
  return [
    full ? r.msisdn : maskMsisdn(r.msisdn),
    r.reason,
    r.language ?? '',
    r.carrier ?? '',
    r.state,
    r.error ?? '',
    r.attempt,
    r.segments,
    r.madeAt.toISOString(),
    r.submittedAt?.toISOString() ?? '',
    r.finalAt?.toISOString() ?? '',
  ]
}
