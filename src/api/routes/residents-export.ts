import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { appendAudit } from '../../store/audit.ts'
import { type Database, transaction } from '../../store/database.ts'
import { type KeptResident, type ResidentFilter, residentsPage } from '../../store/subscribers/residents.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { ndjsonType, sendNdjson } from '../ndjson.ts'
import { checkNumbers } from '../numbers.ts'
import { listedResident, residentSchema } from '../resident-view.ts'
import { answers } from '../schemas.ts'
import { registrars } from './residents.ts'

const query = Type.Object(
  {
    mission: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Only its residents' })),
    country: Type.Optional(
      Type.String({
        pattern: '^[A-Z]{2}$',
        'x-form': 'two capital letters of ISO 3166-1, like JP',
        description: 'Only who lives there',
      }),
    ),
    numbers: Type.Enum(['masked', 'full'], {
      default: 'masked',
      description: 'full: approver and auditor only; masked: without places, addresses and references either',
    }),
  },
  { additionalProperties: false },
)

const pageSize = 2_000

export async function residentsExportRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  app.get<{ Querystring: Static<typeof query> }>(
    '/residents',
    {
      config: { roles: [...registrars, 'approver', 'auditor'] },
      schema: {
        operationId: 'exportResidents',
        tags: ['subscribers'],
        summary: 'The register, a resident a line; each export is in the audit log',
        querystring: query,
        response: answers(200, residentSchema, 'Residents by number', ndjsonType),
      },
    },
    async (request, reply) => {
      const { mission, country, numbers } = request.query
      const { person, roles, missions } = holderOf(request)
      checkNumbers(numbers, roles)
      await transaction(db.pool, (client) =>
        appendAudit(client, {
          actor: `person:${person}`,
          act: 'residents.export',
          subject: 'residents',
          detail: { numbers, mission, country },
        }),
      )
      return sendNdjson(reply, pagesOf(db, { seen: missions, mission, country }, numbers))
    },
  )
}

async function* pagesOf(db: Database, filter: ResidentFilter, numbers: 'masked' | 'full') {
  for (let after = '0'; ; ) {
    const page = await residentsPage(db.pool, filter, after, pageSize)
    if (page.length === 0) return
    yield page.map((resident) => listedResident(resident, numbers))
    after = (page.at(-1) as KeptResident).msisdn
  }
}
