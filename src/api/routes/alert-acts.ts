import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Act, Role } from '../../alerts/lifecycle.ts'
import { type Acting, type Said, transition } from '../../store/alerts/transition.ts'
import { transaction } from '../../store/database.ts'
import { noteOverlaps } from '../../targeting/overlaps.ts'
import { submitAlert } from '../../targeting/submit.ts'
import { actingOf } from '../acting.ts'
import { alertViewSchema } from '../alert-view.ts'
import { answerAlert } from '../answer-alert.ts'
import type { ApiDeps } from '../deps.ts'
import { previewDeps } from '../preview-deps.ts'
import { reasonText } from '../said.ts'
import { answers, idParams } from '../schemas.ts'

type Params = { Params: Static<typeof idParams> }

const closed = { additionalProperties: false }
const digest = Type.Optional(
  Type.String({
    pattern: '^[0-9a-f]{64}$',
    'x-form': 'the 64 hexadecimal digits that the alert has as its digest',
    description: 'The digest of what was looked at: refused where the alert has changed since',
  }),
)
const orNothing = (fields: Parameters<typeof Type.Object>[0]) => Type.Union([Type.Object(fields, closed), Type.Null()])
/** What an act takes: nothing, why, what was seen, or both because one person acts alone. */
const bodies = {
  empty: undefined,
  reason: orNothing({ reason: Type.Optional(reasonText) }),
  seen: orNothing({ digest }),
  alone: Type.Object({ reason: reasonText, digest }, closed),
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

  const run = async (act: Act, id: string, by: Acting, said: Said) => {
    if (act === 'submit' || act === 'break-glass') return submitAlert(previewDeps(deps), id, act, by, said)
    const row = await transaction(db.pool, (client) => transition(client, id, act, by, said))
    if (act === 'approve') await noteOverlaps(deps, row)
    return row
  }

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
      async (request, reply) => {
        const said = { reason: request.body?.reason?.trim(), seenDigest: request.body?.digest }
        const done = await run(act, request.params.id, actingOf(request), said)
        return answerAlert(deps, reply, done)
      },
    )
  }
}
