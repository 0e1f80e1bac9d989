import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { maskMsisdn } from '../../lib/mask.ts'
import { causeHidden } from '../../reporting/small-counts.ts'
import { appendAudit } from '../../store/audit.ts'
import { type Database, transaction } from '../../store/database.ts'
import { type Jurisdiction, jurisdictionOf } from '../../store/people/jurisdiction.ts'
import { type Recipient, recipientsPage } from '../../store/reports/recipients.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { broadcastOr409 } from '../find-alert.ts'
import { recipientFields } from '../message-schema.ts'
import { ndjsonType, sendNdjson, wantsNdjson } from '../ndjson.ts'
import { checkNumbers, numberRoles } from '../numbers.ts'
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

const recipientSchema = Type.Object(recipientFields, { title: 'Recipient' })
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
        summary: 'Everybody who was chosen, and what became of the message, as CSV or NDJSON',
        description:
          'Roles that see no numbers (all but approver and auditor) are told no `error`, and of what was not delivered neither the carrier nor when it was submitted and came to its end: counted up these would tell causes of fewer than five people apart.',
        params: idParams,
        querystring: query,
        response: {
          ...answers(200, Type.String(), '', 'text/csv'),
          200: {
            description: `${header.trim()}; or the same as NDJSON, with the names of the schema`,
            content: { 'text/csv': { schema: Type.String() }, [ndjsonType]: { schema: recipientSchema } },
          },
        },
      },
    },
    async (request, reply) => {
      const { numbers } = request.query
      const full = numbers === 'full'
      const { person, roles, missions } = holderOf(request)
      checkNumbers(numbers, roles)
      const seen = await jurisdictionOf(db.pool, missions)
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
      const masked = (one: Recipient) => ({ ...one, msisdn: maskMsisdn(one.msisdn) })
      const exact = roles.some((role) => numberRoles.includes(role))
      const shown = full ? (one: Recipient) => one : exact ? masked : (one: Recipient) => masked(causeHidden(one))
      const pages = pagesOf(db, facts.id, shown, seen)
      const named = (ending: string) => `attachment; filename="recipients-${facts.id}.${ending}"`
      if (wantsNdjson(request)) return sendNdjson(reply.header('content-disposition', named('ndjson')), pages)
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', named('csv'))
        .send(Readable.from(csvOf(pages)))
    },
  )
}

/** A page of rows at a time, as fast as they are read. */
async function* pagesOf(
  db: Database,
  broadcastId: number,
  shown: (one: Recipient) => Recipient,
  seen: Jurisdiction | null,
): AsyncGenerator<Recipient[]> {
  for (let after = 0; ; ) {
    const page = await recipientsPage(db.pool, broadcastId, after, pageSize, seen)
    if (page.length === 0) return
    yield page.map(shown)
    after = (page.at(-1) as Recipient).seq
  }
}

/** Nothing in a field needs quotes. */
async function* csvOf(pages: AsyncIterable<readonly Recipient[]>): AsyncGenerator<string> {
  yield header
  for await (const page of pages) yield page.map((recipient) => `${fieldsOf(recipient).join(',')}\n`).join('')
}

function fieldsOf(r: Recipient): (string | number)[] {
  return [
    r.msisdn,
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
