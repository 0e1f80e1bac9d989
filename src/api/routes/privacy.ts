import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { Problem } from '../../lib/problem.ts'
import { receiptsNaming } from '../../receipts/journal-of-number.ts'
import { appendAudit } from '../../store/audit.ts'
import { transaction } from '../../store/database.ts'
import { noteErasure } from '../../store/privacy/note-erasure.ts'
import { erasePerson, exportPerson, refuseUnknown } from '../../store/privacy/staff.ts'
import { exportSubscriber } from '../../store/privacy/subscriber.ts'
import { parseMsisdn } from '../../subscribers/msisdn.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { eraseNumber } from '../erase-number.ts'
import { answers, nullable, timestamp } from '../schemas.ts'

const closed = { additionalProperties: false }
const whom = {
  msisdn: Type.Optional(Type.String({ minLength: 7, maxLength: 32, description: 'A number, with its country code' })),
  person: Type.Optional(
    Type.String({ minLength: 1, maxLength: 100, description: 'Who works, or worked, with the engine' }),
  ),
}
const exportBody = Type.Object(whom, closed)
const eraseBody = Type.Object(
  {
    ...whom,
    reason: Type.String({
      minLength: 1,
      maxLength: 1000,
      pattern: '\\S',
      'x-form': 'words, not white space alone',
      description: 'For the audit log, which cannot be erased: neither the name nor the number',
    }),
    despiteAlerts: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Also while an alert is in force of which the number has the text: no all-clear will reach it',
      }),
    ),
  },
  closed,
)

const rowSchema = Type.Object({}, { additionalProperties: true })
const actSchema = Type.Object({
  id: Type.Integer({ description: 'Of the entry in the audit log' }),
  at: timestamp('When'),
  actor: Type.String(),
  act: Type.String(),
  subject: Type.String(),
  detail: rowSchema,
})
const acts = (description: string) => Type.Array(actSchema, { description })

const exportSchema = Type.Object({
  at: timestamp('When it was read; all of one instant'),
  subscriber: nullable(
    Type.Object(
      {
        data: Type.Object({}, { additionalProperties: Type.Array(rowSchema), description: 'Rows by table' }),
        receipts: Type.Array(
          Type.Object({ at: timestamp('When it came'), hex: Type.String({ description: 'The PDU' }) }),
        ),
        acts: acts('Who looked at it, changed it or erased it'),
        lists: acts('Views of whole lists of recipients that it was in'),
      },
      { description: 'Null where a person was asked for' },
    ),
  ),
  person: nullable(
    Type.Object({
      person: rowSchema,
      keys: Type.Array(rowSchema),
      sessions: Type.Array(rowSchema),
      alerts: Type.Array(rowSchema),
      named: Type.Object({}, { additionalProperties: Type.Integer(), description: 'Rows that name him, by table' }),
      acts: acts('What he did'),
      actsOnHim: acts('What was done to him'),
    }),
  ),
})

const erasedSchema = Type.Object({
  erased: Type.Object(
    {},
    {
      additionalProperties: Type.Integer(),
      description: 'Rows by table that were deleted or made nobody’s; none: all was done before',
    },
  ),
})

/**
 * Subject access and erasure. Both are acts of administration: who performs them is neither he who writes nor he who approves alerts, and the
 * auditor, who performs neither, sees in the log that it was done. An export he may make as well: he sees numbers anyhow.
 */
export async function privacyRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  app.post<{ Body: Static<typeof exportBody> }>(
    '/privacy/export',
    {
      config: { roles: ['administrator', 'auditor'] },
      schema: {
        operationId: 'exportPersonalData',
        tags: ['subscribers'],
        summary: 'Everything that is known of a number or of a person, and who looked at it',
        body: exportBody,
        response: answers(200, exportSchema, 'What is known'),
      },
    },
    async (request) => {
      const { kind, name } = whoIsMeant(request.body)
      const actor = `person:${holderOf(request).person}`
      // Noted first, so that this look, too, is told.
      await transaction(db.pool, async (client) => {
        // A name that is mistyped, or was erased, must not be kept with a pseudonym.
        if (kind === 'person') await refuseUnknown(client, name)
        await appendAudit(client, { actor, act: 'privacy.export', subject: `${kind}:${name}` })
      })
      return transaction(
        db.pool,
        async (client) => {
          const at = new Date()
          if (kind === 'person') return { at, subscriber: null, person: await exportPerson(client, name) }
          const receipts = await receiptsNaming(client, name)
          return {
            at,
            subscriber: {
              ...(await exportSubscriber(client, name)),
              receipts: receipts.map((receipt) => ({ at: new Date(receipt.at), hex: receipt.raw.toString('hex') })),
            },
            person: null,
          }
        },
        'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY',
      )
    },
  )

  app.post<{ Body: Static<typeof eraseBody> }>(
    '/privacy/erase',
    {
      config: { roles: ['administrator'] },
      schema: {
        operationId: 'erasePersonalData',
        tags: ['subscribers'],
        summary: 'Make what is kept of a number, or of a person who worked here, nobody’s; sums and the audit log stay',
        body: eraseBody,
        response: answers(200, erasedSchema, 'What was erased; asked for again it does no harm'),
      },
    },
    async (request) => {
      const { reason, despiteAlerts = false } = request.body
      const { kind, name } = whoIsMeant(request.body)
      refuseIdentifyingReason(reason, kind, name)
      const actor = `person:${holderOf(request).person}`
      if (kind === 'subscriber')
        return { erased: await eraseNumber(db, { msisdn: name, actor, reason, despiteAlerts }) }
      const erased = await transaction(db.pool, async (client) => {
        const { erased: done } = await erasePerson(client, name)
        await noteErasure(client, kind, name, { actor, detail: { reason, erased: done } })
        return done
      })
      return { erased }
    },
  )
}

interface Whom {
  readonly kind: 'person' | 'subscriber'
  readonly name: string
}

function whoIsMeant({ msisdn, person }: Static<typeof exportBody>): Whom {
  if (msisdn !== undefined && person === undefined) return { kind: 'subscriber', name: parseMsisdn(msisdn).msisdn }
  if (person !== undefined && msisdn === undefined) return { kind: 'person', name: person }
  throw new Problem('whom', 'Either a number or a person is asked for', {
    hint: 'Send msisdn or person, not both.',
  })
}

function refuseIdentifyingReason(reason: string, kind: Whom['kind'], name: string): void {
  const said = kind === 'person' ? reason.includes(name) : reason.replace(/[\s()+./-]/g, '').includes(name.slice(-8))
  if (!said) return
  throw new Problem('reason-identifies', 'The reason says whom it is about', {
    where: '/reason',
    hint: 'It goes into the audit log, from where it cannot be erased: refer to a request by its number of reference.',
  })
}
