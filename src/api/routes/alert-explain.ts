import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { appendAudit } from '../../store/audit.ts'
import { transaction } from '../../store/database.ts'
import { parseMsisdn } from '../../subscribers/msisdn.ts'
import { explainNumber } from '../../targeting/explain.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { alertOr404 } from '../find-alert.ts'
import { numberRoles } from '../numbers.ts'
import { answers, idParams, nullable, timestamp } from '../schemas.ts'

const query = Type.Object(
  { msisdn: Type.String({ minLength: 7, maxLength: 32, description: 'In full, with its country code' }) },
  { additionalProperties: false },
)

const rowSchema = Type.Object({
  population: Type.Enum(['residents', 'roamers']),
  countries: Type.Array(Type.String(), { description: 'Several where his network serves several, none at sea' }),
  language: nullable(Type.String()),
  mission: nullable(Type.String()),
  hplmn: nullable(Type.String({ description: 'MCC and MNC of the home network' })),
  place: nullable(
    Type.Object({
      lon: Type.Number({ description: 'Rounded to a hundredth of a degree' }),
      lat: Type.Number({ description: 'Rounded to a hundredth of a degree' }),
      radiusM: nullable(Type.Number({ description: 'Uncertainty in metres' })),
      at: nullable(timestamp('When he was there; null: he lives there')),
      counts: Type.Boolean({ description: 'Neither too old nor too uncertain' }),
    }),
  ),
  seenAt: nullable(timestamp('When he was last heard of')),
  told: Type.Boolean(),
  standing: nullable(Type.Enum(['country', 'inside', 'ring', 'unplaced'])),
  because: nullable(
    Type.Enum([
      'population',
      'language',
      'mission',
      'home-network',
      'not-seen-lately',
      'elsewhere',
      'uncertain-place',
      'unplaced',
    ]),
  ),
  sentence: Type.String(),
})

const explanationSchema = Type.Object(
  {
    alertId: Type.String(),
    number: Type.String({ description: 'Masked' }),
    told: Type.Boolean({ description: 'As what is known now has it, also of an alert that was launched' }),
    sentences: Type.Array(Type.String()),
    rows: Type.Array(rowSchema, {
      description: 'What is known of the number: as a resident, as a roamer, both, or nothing',
    }),
    holderOf: nullable(Type.Integer({ description: 'The corrected broadcast whose text he may have' })),
    optedOut: Type.Boolean(),
    carriers: Type.Array(Type.String(), { description: 'Who would be asked, the preferred one first' }),
    language: nullable(Type.String({ description: 'Of the text that he would get' })),
    numbers: Type.Array(Type.Object({ number: Type.String(), asked: Type.Boolean() }), {
      description: 'Numbers of the person that the alert concerns, masked, in the order in which they are told',
    }),
    broadcastId: nullable(Type.Integer()),
    message: nullable(
      Type.Object({
        seq: Type.Integer(),
        reason: Type.String(),
        language: nullable(Type.String()),
        carrier: nullable(Type.String()),
        state: Type.String(),
        error: nullable(Type.Integer()),
        attempt: Type.Integer(),
        segments: Type.Integer(),
        madeAt: timestamp('When the message was made'),
        submittedAt: nullable(timestamp('When it was last submitted')),
        finalAt: nullable(timestamp('When it came to its final state')),
        madeAs: Type.Enum(['selection', 'holder', 'late-entrant', 'other-number']),
      }),
    ),
  },
  { title: 'Explanation' },
)

export async function alertExplainRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db, countries, carriers } = deps
  app.get<{ Params: Static<typeof idParams>; Querystring: Static<typeof query> }>(
    '/alerts/:id/explain',
    {
      config: { roles: numberRoles },
      schema: {
        operationId: 'explainNumber',
        tags: ['alerts'],
        summary: 'Why one number is told, or is not; each look is in the audit log',
        params: idParams,
        querystring: query,
        response: answers(200, explanationSchema, 'What is known of the number and what follows from it'),
      },
    },
    async (request) => {
      const { msisdn } = parseMsisdn(request.query.msisdn)
      const alert = await alertOr404(db, request.params.id)
      await transaction(db.pool, (client) =>
        appendAudit(client, {
          actor: `person:${holderOf(request).person}`,
          act: 'numbers.view',
          subject: `subscriber:${msisdn}`,
          detail: { what: 'explain', alert: alert.id },
        }),
      )
      return explainNumber({ db, countries, profiles: carriers.profiles }, alert, msisdn)
    },
  )
}
