import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { TakeBack } from '../../alerts/corrections.ts'
import { takeBack } from '../../targeting/take-back.ts'
import { actingOf } from '../acting.ts'
import type { ApiDeps } from '../deps.ts'
import { reasonText } from '../said.ts'
import { answers, idParams } from '../schemas.ts'

const takeBackBody = Type.Object({ reason: reasonText }, { additionalProperties: false })

const takenBackSchema = Type.Object({
  alertId: Type.String({ format: 'uuid', description: 'Of the Cancel or the all-clear: follow its …/events' }),
  broadcastId: Type.Integer(),
  unable: Type.Array(Type.String(), {
    description:
      'Carriers that cannot write the words, because their profiles have changed since: their people are not told',
  }),
})

const kinds: readonly { kind: TakeBack; operationId: string; summary: string; description: string }[] = [
  {
    kind: 'retract',
    operationId: 'retractAlert',
    summary: 'Say that it was sent in error: one person, one call',
    description:
      'Makes the Cancel in the words that were approved with the alert (`corrections.cancel`), approved by reference to that approval, and launches it: what is queued of the alert is purged, and the correction overtakes it. Asked again, it answers with the same. Other words are a Cancel of its own, by two people.',
  },
  {
    kind: 'end',
    operationId: 'endAlert',
    summary: 'Say that the danger is over: one person, one call',
    description:
      'Makes the all-clear in the words that were approved with the alert (`corrections.allClear`) and launches it, as …/retract does.',
  },
]

export async function alertTakeBackRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  for (const { kind, operationId, summary, description } of kinds) {
    app.post<{ Params: Static<typeof idParams>; Body: Static<typeof takeBackBody> }>(
      `/alerts/:id/${kind}`,
      {
        config: { roles: ['composer', 'approver'] },
        schema: {
          operationId,
          tags: ['alerts'],
          summary,
          description,
          params: idParams,
          body: takeBackBody,
          response: answers(202, takenBackSchema, 'It goes out to all who may have the alert'),
        },
      },
      async (request, reply) => {
        const taken = await takeBack(
          { ...deps, profiles: deps.carriers.profiles },
          request.params.id,
          kind,
          actingOf(request),
          request.body.reason.trim(),
        )
        return reply.code(202).send(taken)
      },
    )
  }
}
