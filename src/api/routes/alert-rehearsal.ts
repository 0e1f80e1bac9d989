import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Preview } from '../../targeting/preview.ts'
import { rehearse } from '../../targeting/rehearse.ts'
import { alertView, alertViewSchema } from '../alert-view.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { etagOf } from '../etag.ts'
import { alertOr404 } from '../find-alert.ts'
import { answers, idParams } from '../schemas.ts'

const seconds = Type.Number({ description: 'Seconds until that share is handed over' })
const outlook = (description: string) =>
  Type.Object(
    {
      matched: Type.Integer({ description: 'MSISDNs' }),
      segments: Type.Integer(),
      forecast: Type.Object({ p50: seconds, p90: seconds, p99: seconds }),
      unreached: Type.Integer({ description: 'Of them, whom none of these carriers reaches' }),
    },
    { description },
  )

const rehearsalSchema = Type.Object(
  {
    alert: alertViewSchema,
    real: outlook('The real alert if it were launched now, by the live carriers'),
    rehearsal: outlook('Its copy, by the simulated carriers'),
  },
  { title: 'Rehearsal' },
)

export async function alertRehearsalRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  app.post<{ Params: Static<typeof idParams> }>(
    '/alerts/:id/rehearsal',
    {
      config: { roles: ['composer'] },
      schema: {
        operationId: 'rehearseAlert',
        tags: ['alerts'],
        summary: 'Make an Exercise of it that reaches the real audience, but no telephone',
        description:
          'The copy is a draft: submit, approve and launch it as the real one. Its messages go through carriers with `simulated: true` alone, or not at all.',
        params: idParams,
        response: answers(201, rehearsalSchema, 'The copy, and what the real alert would be beside it'),
      },
    },
    async (request, reply) => {
      const { db, countries, carriers } = deps
      const original = await alertOr404(db, request.params.id)
      const { alert, real, rehearsal } = await rehearse(
        { db, countries, profiles: carriers.profiles },
        original,
        holderOf(request).person,
      )
      return reply
        .code(201)
        .headers({ location: `/v1/alerts/${alert.id}`, etag: etagOf(alert) })
        .send({ alert: alertView(alert), real: outlookOf(real), rehearsal: outlookOf(rehearsal) })
    },
  )
}

const outlookOf = ({ matched, segments, forecast, byCarrier }: Preview) => ({
  matched,
  segments,
  forecast,
  unreached: byCarrier.none?.messages ?? 0,
})
