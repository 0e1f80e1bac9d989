import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { launchAlert } from '../../targeting/launch.ts'
import { reviewAlert } from '../../targeting/review.ts'
import { scheduleLaunch, unscheduleLaunch } from '../../targeting/schedule.ts'
import { actingOf } from '../acting.ts'
import { alertViewSchema } from '../alert-view.ts'
import { answerAlert } from '../answer-alert.ts'
import type { ApiDeps } from '../deps.ts'
import { reasonText } from '../said.ts'
import { answers, idParams, nullable, timestamp } from '../schemas.ts'
import { timeOf } from '../times.ts'

type Params = { Params: Static<typeof idParams> }

const closed = { additionalProperties: false }
const launchBody = nullable(
  Type.Object(
    { at: Type.Optional(timestamp('Not now, but then: at most 30 days ahead, and before it expires')) },
    closed,
  ),
)
const reviewBody = Type.Object({ reason: reasonText }, closed)

/** When an alert goes out, and how long it stands. */
export async function alertScheduleRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  app.post<Params & { Body: Static<typeof launchBody> | undefined }>(
    '/alerts/:id/launch',
    {
      config: { roles: ['composer', 'approver'] },
      schema: {
        operationId: 'launchAlert',
        tags: ['alerts'],
        summary: 'Launch it as it was approved; a second launch of a live alert answers with the same broadcast',
        description:
          'With `at` it is launched then, in the name of who asks now: broadcastId is null. Refused (409), also of a time to come, where more people match than were approved, and where another issuer’s alert for the same area waits for a decision. A second time does not take the place of the first (409 `already-scheduled`): unschedule it first.',
        params: idParams,
        body: launchBody,
        response: answers(
          202,
          Type.Object({
            alertId: Type.String(),
            broadcastId: nullable(Type.Integer()),
            launchAt: nullable(timestamp('Of a scheduled launch')),
          }),
          'It goes out; follow …/events',
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const at = timeOf('/at', request.body?.at)
      const launching = { ...deps, profiles: deps.carriers.profiles }
      if (at) {
        const row = await scheduleLaunch(launching, id, actingOf(request), at)
        return reply.code(202).send({ alertId: row.id, broadcastId: null, launchAt: row.launchAt })
      }
      const { broadcastId } = await launchAlert(launching, id, actingOf(request))
      return reply.code(202).send({ alertId: id, broadcastId, launchAt: null })
    },
  )

  app.post<Params>(
    '/alerts/:id/unschedule',
    {
      config: { roles: ['composer', 'approver'] },
      schema: {
        operationId: 'unscheduleAlert',
        tags: ['alerts'],
        summary: 'Launch it at no time to come; it stays approved',
        description: 'Refused (409 `not-scheduled`) where it is not to be launched at any time.',
        params: idParams,
        response: answers(200, alertViewSchema, 'The alert as it stands now'),
      },
    },
    async (request, reply) => {
      await unscheduleLaunch(deps, request.params.id, actingOf(request))
      return answerAlert(deps, reply, request.params)
    },
  )

  app.post<Params & { Body: Static<typeof reviewBody> }>(
    '/alerts/:id/review',
    {
      config: { roles: ['approver'] },
      schema: {
        operationId: 'reviewAlert',
        tags: ['alerts'],
        summary: 'Say that a standing alert still holds: it tells those who enter until the next review date',
        params: idParams,
        body: reviewBody,
        response: answers(200, alertViewSchema, 'The alert as it stands now'),
      },
    },
    async (request, reply) => {
      await reviewAlert(deps, request.params.id, actingOf(request), request.body.reason.trim())
      return answerAlert(deps, reply, request.params)
    },
  )
}
