import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { inForm } from '../../lib/schema-hint.ts'
import { entryFacts, setEmergencyNumbers, setHost, setMissionPhone } from '../../store/entry/facts.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { requireCountry } from '../entry-country.ts'
import { countryCode, entryWriters } from '../entry-schemas.ts'
import { answers, nullable, timestamp } from '../schemas.ts'
import { dayNotAfterToday } from '../times.ts'

const dialled = (whose: string) => Type.String({ pattern: '^[0-9]{2,6}$', ...inForm('2 to 6 digits', whose) })
const numbers = { police: dialled('Police'), ambulance: dialled('Ambulance'), fire: dialled('Fire brigade') }
const verified = Type.Boolean({ default: false, description: 'Compared with what is published' })
const phone = Type.String({
  pattern: '^\\+[1-9][0-9]*(-[0-9]+)*$',
  maxLength: 25,
  ...inForm(
    '+ and digits, in groups with hyphens, like +81-3-3452-7611',
    "The call centre's where the mission has none of its own",
  ),
})
const day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', ...inForm('a day like 2026-11-22') })

const facts = Type.Object(
  {
    missions: Type.Array(
      Type.Object({
        id: Type.String(),
        country: countryCode,
        nameKo: Type.String(),
        nameEn: Type.String(),
        phone,
        embassy: Type.Boolean({ description: 'The first of a country is the one that texts name: embassies first' }),
        verifiedOn: nullable(day),
      }),
    ),
    emergency: Type.Array(
      Type.Object({
        country: countryCode,
        ...numbers,
        verified,
        madeBy: Type.String(),
        madeAt: timestamp('When they were set'),
      }),
    ),
    hosts: Type.Array(Type.String(), { description: 'Whose URLs texts may name, with what is below them' }),
  },
  { title: 'EntryFacts' },
)
const countryAsked = Type.String({ maxLength: 100, description: 'ISO 3166-1 alpha-2: JP' })
const factsQuery = Type.Object({ country: Type.Optional(countryAsked) }, { additionalProperties: false })
const phoneBody = Type.Object(
  {
    phone,
    verifiedOn: Type.Optional(nullable(day)),
    confirm: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'It is meant to be a number of another country than the mission is in',
      }),
    ),
  },
  { additionalProperties: false },
)
const emergencyBody = Type.Object(
  { country: countryAsked, ...numbers, verified: Type.Optional(verified) },
  { additionalProperties: false },
)
const hostBody = Type.Object(
  {
    host: Type.String({
      pattern: '^[a-z0-9-]+(\\.[a-z0-9-]+)+$',
      maxLength: 200,
      ...inForm('a host without a scheme, like mofa.go.kr'),
    }),
    allowed: Type.Boolean(),
  },
  { additionalProperties: false },
)

export async function entryFactRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db } = deps

  app.get<{ Querystring: Static<typeof factsQuery> }>(
    '/entry/facts',
    {
      config: { roles: readers },
      schema: {
        operationId: 'entryFacts',
        tags: ['entry'],
        summary: 'What entry texts are filled in with: missions, emergency numbers, hosts; and who verified it',
        querystring: factsQuery,
        response: answers(200, facts, 'Of one country or of all'),
      },
    },
    async ({ query: { country } }) => {
      if (country !== undefined) requireCountry(country, deps, { where: 'country' })
      return entryFacts(db.pool, country)
    },
  )

  app.post<{ Params: { id: string }; Body: Static<typeof phoneBody> }>(
    '/entry/facts/missions/:id',
    {
      config: { roles: entryWriters },
      schema: {
        operationId: 'setMissionPhone',
        tags: ['entry'],
        summary: 'Set the number of a mission',
        params: Type.Object({
          id: Type.String({ pattern: '^[a-z0-9-]{1,100}$', ...inForm('the id of a mission, like tokyo') }),
        }),
        body: phoneBody,
        response: answers(201, facts, 'What stands now in all countries'),
      },
    },
    async (request, reply) => {
      const { phone, verifiedOn = null, confirm = false } = request.body
      if (verifiedOn !== null) dayNotAfterToday('/verifiedOn', verifiedOn)
      await setMissionPhone(db, { id: request.params.id, phone, verifiedOn, confirm }, holderOf(request).person)
      return reply.code(201).send(await entryFacts(db.pool))
    },
  )

  app.post<{ Body: Static<typeof emergencyBody> }>(
    '/entry/facts/emergency-numbers',
    {
      config: { roles: entryWriters },
      schema: {
        operationId: 'setEmergencyNumbers',
        tags: ['entry'],
        summary: 'Set the emergency numbers of a country',
        body: emergencyBody,
        response: answers(201, facts, 'What stands now in the country'),
      },
    },
    async (request, reply) => {
      const { verified = false, ...given } = request.body
      requireCountry(given.country, deps, { where: '/country', status: 422 })
      await setEmergencyNumbers(db, { ...given, verified }, holderOf(request).person)
      return reply.code(201).send(await entryFacts(db.pool, given.country))
    },
  )

  app.post<{ Body: Static<typeof hostBody> }>(
    '/entry/facts/hosts',
    {
      // What links people are told to open is not for whoever writes the texts.
      config: { roles: ['administrator'] },
      schema: {
        operationId: 'setEntryHost',
        tags: ['entry'],
        summary: 'Allow or forbid URLs of a host in texts that are written from now on',
        body: hostBody,
        response: answers(201, Type.Object({ hosts: Type.Array(Type.String()) }), 'The hosts that are allowed'),
      },
    },
    async (request, reply) => {
      await setHost(db, request.body.host, request.body.allowed, holderOf(request).person)
      return reply.code(201).send({ hosts: (await entryFacts(db.pool)).hosts })
    },
  )
}
