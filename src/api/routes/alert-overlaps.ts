import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { DECISIONS } from '../../store/alerts/overlaps.ts'
import { decide } from '../../targeting/overlaps.ts'
import { actingOf } from '../acting.ts'
import { alertViewSchema } from '../alert-view.ts'
import { answerAlert } from '../answer-alert.ts'
import type { ApiDeps } from '../deps.ts'
import { alertOr404 } from '../find-alert.ts'
import { reasonText } from '../said.ts'
import { answers } from '../schemas.ts'

const params = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 100 }),
  otherId: Type.String({ minLength: 1, maxLength: 100 }),
})

const body = Type.Object(
  {
    decision: Type.Enum([...DECISIONS], {
      description:
        'Both go out, and whoever both reach is told twice; or the one, and the other goes back to its author',
    }),
    reason: reasonText,
  },
  { additionalProperties: false },
)

const fate = Type.Object({
  id: Type.String({ format: 'uuid' }),
  identifier: Type.String(),
  sender: Type.String(),
  phase: Type.String({ description: 'Where it stands now' }),
  sentBack: Type.Boolean({ description: 'It went back to its author by this decision' }),
})

const decidedSchema = Type.Object(
  {
    ...alertViewSchema.properties,
    decided: Type.Object(
      { decision: Type.Enum([...DECISIONS]), this: fate, other: fate },
      { description: 'What became of both' },
    ),
  },
  { title: 'DecidedAlert' },
)

export async function alertOverlapRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  app.post<{ Params: Static<typeof params>; Body: Static<typeof body> }>(
    '/alerts/:id/overlaps/:otherId',
    {
      config: { roles: ['approver'] },
      schema: {
        operationId: 'decideOverlap',
        tags: ['alerts'],
        summary: 'Decide between the alerts of two issuers for the same people; it holds for both of them',
        params,
        body,
        response: answers(200, decidedSchema, 'The alert as it stands now, and what became of both'),
      },
    },
    async (request, reply) => {
      const { id, otherId } = request.params
      await alertOr404(deps.db, id)
      const { decision, reason } = request.body
      const decided = await decide(deps, id, otherId, actingOf(request), { decision, reason: reason.trim() })
      return answerAlert(deps, reply, request.params, { decided })
    },
  )
}
