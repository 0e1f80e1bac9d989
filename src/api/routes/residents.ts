import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Role } from '../../alerts/lifecycle.ts'
import { Problem } from '../../lib/problem.ts'
import { arrivalsBell } from '../../queue/names.ts'
import { appendAudit } from '../../store/audit.ts'
import { transaction } from '../../store/database.ts'
import { deleteResident, findResident } from '../../store/subscribers/residents.ts'
import { upsertResidents } from '../../store/subscribers/upsert-residents.ts'
import { parseMsisdn } from '../../subscribers/msisdn.ts'
import { parseResident, type ResidentRecord } from '../../subscribers/resident.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { checkRegistrar } from '../registrar.ts'
import { residentSchema, residentView } from '../resident-view.ts'
import { answers, noContent } from '../schemas.ts'

/** Who keeps the register. */
export const registrars: readonly Role[] = ['composer', 'administrator']

const text = (description: string) => Type.Optional(Type.Union([Type.String(), Type.Null()], { description }))
const degrees = (description: string) =>
  Type.Optional(Type.Union([Type.Number(), Type.String(), Type.Null()], { description }))

const recordSchema = Type.Object(
  {
    msisdn: Type.Union([Type.String(), Type.Integer()], {
      description: 'With its country code, or as dialled in `country`',
    }),
    mission: Type.String({ description: 'The embassy, consulate or branch office that registered it' }),
    country: text('ISO 3166-1 alpha-2; may be left out where there is a place'),
    lat: degrees('Degrees'),
    lon: degrees('Degrees'),
    address: text('As registered'),
    language: text('BCP 47'),
    name_ref: text("The mission's reference of the person"),
    registered_at: text('A date, or a time with its offset'),
  },
  { additionalProperties: false, title: 'ResidentRecord' },
)

const keptSchema = Type.Interface([residentSchema], { warnings: Type.Array(Type.String()) })

const params = Type.Object({ msisdn: Type.String({ minLength: 7, maxLength: 32 }) })

export async function residentRoutes(app: FastifyInstance, { db, countries, queues }: ApiDeps): Promise<void> {
  app.post<{ Body: ResidentRecord }>(
    '/residents',
    {
      config: { roles: registrars },
      schema: {
        operationId: 'putResident',
        tags: ['subscribers'],
        summary: 'Register a number, or replace what is known of it',
        body: recordSchema,
        response: {
          ...answers(201, keptSchema, 'Registered'),
          ...answers(200, keptSchema, 'It was registered already, and is replaced'),
        },
      },
    },
    async (request, reply) => {
      const { resident, warnings } = parseResident(request.body, countries)
      const { added, alerted } = await transaction(db.pool, async (client) => {
        await checkRegistrar(client, holderOf(request), resident)
        const put = await upsertResidents(client, [resident])
        await appendAudit(client, {
          actor: `person:${holderOf(request).person}`,
          act: put.added === 1 ? 'resident.add' : 'resident.replace',
          subject: `subscriber:${resident.msisdn}`,
          detail: { mission: resident.mission, country: resident.country },
        })
        return put
      })
      if (alerted) void queues.ring(arrivalsBell, {}, { id: 'arrivals' })
      return reply.code(added === 1 ? 201 : 200).send({ ...residentView(resident), warnings })
    },
  )

  app.get<{ Params: Static<typeof params> }>(
    '/residents/:msisdn',
    {
      config: { roles: [...registrars, 'approver', 'auditor'] },
      schema: {
        operationId: 'getResident',
        tags: ['subscribers'],
        summary: 'What is known of a number; each look is in the audit log',
        params,
        response: answers(200, residentSchema, 'The resident'),
      },
    },
    async (request) => {
      const resident = await findResident(
        db.pool,
        parseMsisdn(request.params.msisdn).msisdn,
        holderOf(request).missions,
      )
      if (resident === undefined) throw unknownResident()
      await transaction(db.pool, (client) =>
        appendAudit(client, {
          actor: `person:${holderOf(request).person}`,
          act: 'resident.view',
          subject: `subscriber:${resident.msisdn}`,
          detail: { mission: resident.mission, country: resident.country },
        }),
      )
      return { ...residentView(resident), updated_at: resident.updatedAt }
    },
  )

  app.delete<{ Params: Static<typeof params> }>(
    '/residents/:msisdn',
    {
      config: { roles: registrars },
      schema: {
        operationId: 'deleteResident',
        tags: ['subscribers'],
        summary: 'Forget a number',
        params,
        response: noContent('It is gone'),
      },
    },
    async (request, reply) => {
      const { msisdn } = parseMsisdn(request.params.msisdn)
      await transaction(db.pool, async (client) => {
        if (!(await deleteResident(client, msisdn, holderOf(request).missions))) throw unknownResident()
        await appendAudit(client, {
          actor: `person:${holderOf(request).person}`,
          act: 'resident.delete',
          subject: `subscriber:${msisdn}`,
        })
      })
      return reply.code(204).send()
    },
  )
}

const unknownResident = () => new Problem('resident-unknown', 'The number is not registered', { status: 404 })
