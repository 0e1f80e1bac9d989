import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Act, Role } from '../../alerts/lifecycle.ts'
import { type Acting, transition } from '../../store/alerts/transition.ts'
import { transaction } from '../../store/database.ts'
import { launchAlert } from '../../targeting/launch.ts'
import { alertView, alertViewSchema } from '../alert-view.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { answers, idParams } from '../schemas.ts'

type Params = { Params: Static<typeof idParams> }

const closed = { additionalProperties: false }
const reason = Type.String({
  minLength: 1,
  maxLength: 1000,
  pattern: '\\S',
  description: 'Why; it stays in the audit log',
})
const digest = Type.Optional(
  Type.String({
    pattern: '^[0-9a-f]{64}$',
    description: 'The digest of what was looked at: refused where the alert has changed since',
  }),
)
const orNothing = (fields: Parameters<typeof Type.Object>[0]) => Type.Union([Type.Object(fields, closed), Type.Null()])
/** What an act takes: nothing, why, what was seen, or both because one person acts alone. */
const bodies = {
  empty: undefined,
  reason: orNothing({ reason: Type.Optional(reason) }),
  seen: orNothing({ digest }),
  alone: Type.Object({ reason, digest }, closed),
}

interface ActRoute {
  readonly act: Act
  readonly operationId: string
  readonly roles: readonly Role[]
  readonly summary: string
  readonly body: keyof typeof bodies
}

const acts: readonly ActRoute[] = [
  {
    act: 'submit',
    operationId: 'submitAlert',
    roles: ['composer'],
    summary: 'Ask for the second person',
    body: 'empty',
  },
  {
    act: 'approve',
    operationId: 'approveAlert',
    roles: ['approver'],
    summary: 'Approve what it says now; not by who wrote or submitted it',
    body: 'seen',
  },
  {
    act: 'reject',
    operationId: 'rejectAlert',
    roles: ['approver'],
    summary: 'Send it back to its author; takes an approval back too',
    body: 'reason',
  },
  {
    act: 'break-glass',
    operationId: 'breakGlass',
    roles: ['approver'],
    summary: 'Approve alone, because nobody else is there: everybody sees it, and why',
    body: 'alone',
  },
  {
    act: 'discard',
    operationId: 'discardAlert',
    roles: ['composer', 'approver'],
    summary: 'Give it up before it was launched',
    body: 'reason',
  },
]

export async function alertActRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db } = deps

  for (const { act, operationId, roles, summary, body } of acts) {
    const bodySchema = bodies[body]
    app.post<Params & { Body: { reason?: string; digest?: string } | null | undefined }>(
      `/alerts/:id/${act}`,
      {
        config: { roles },
        schema: {
          operationId,
          tags: ['alerts'],
          summary,
          params: idParams,
          ...(bodySchema === undefined ? {} : { body: bodySchema }),
          response: answers(200, alertViewSchema, 'The alert as it stands now'),
        },
      },
      async (request) => {
        const said = { reason: request.body?.reason?.trim(), seenDigest: request.body?.digest }
        const row = await transaction(db.pool, (client) =>
          transition(client, request.params.id, act, actingOf(request), said),
        )
        return alertView(row)
      },
    )
  }

  app.post<Params>(
    '/alerts/:id/launch',
    {
      config: { roles: ['composer', 'approver'] },
      schema: {
        operationId: 'launchAlert',
        tags: ['alerts'],
        summary: 'Launch it as it was approved; a second launch of a live alert answers with the same broadcast',
        params: idParams,
        response: answers(
          202,
          Type.Object({ alertId: Type.String(), broadcastId: Type.Integer() }),
          'It goes out; follow …/events',
        ),
      },
    },
    async (request, reply) => {
      const { broadcastId } = await launchAlert(
        { ...deps, profiles: deps.carriers.profiles },
        request.params.id,
        actingOf(request),
      )
      return reply.code(202).send({ alertId: request.params.id, broadcastId })
    },
  )
}

function actingOf(request: Parameters<typeof holderOf>[0]): Acting {
  const { person, role } = holderOf(request)
  return { person, role }
}
