import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { type FoundReceipt, receiptsOf } from '../../receipts/find-receipts.ts'
import type { IdForm } from '../../smpp/message-id.ts'
import { appendAudit } from '../../store/audit.ts'
import { transaction } from '../../store/database.ts'
import { sentMessage } from '../../store/reports/message-segments.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { messageParams, unknownMessage } from '../message-params.ts'
import { answers, nullable, timestamp } from '../schemas.ts'
import { timeOf } from '../times.ts'

const query = Type.Object(
  {
    from: Type.Optional(
      Type.String({ format: 'date-time', description: 'Go on from here: `searchedUntil` of the answer before' }),
    ),
  },
  { additionalProperties: false },
)

const segmentSchema = Type.Object({
  carrier: nullable(Type.String()),
  attempt: Type.Integer(),
  part: Type.Integer(),
  parts: Type.Integer(),
  smscId: Type.String({ description: 'The message_id that the carrier gave, normalised by its profile' }),
  submittedAt: timestamp('When its first part was written to the socket'),
})

const receiptSchema = Type.Object({
  carrier: nullable(Type.String()),
  receivedAt: timestamp('By our clock'),
  attempt: Type.Integer(),
  part: Type.Integer(),
  pdu: Type.String({ description: 'All its octets as they came, header included, in hexadecimal' }),
  id: Type.String({ description: 'As it was compared with the id of the segment' }),
  state: Type.String({ description: 'message_state, or the `stat` of the text' }),
  err: nullable(Type.String({ description: 'As the carrier wrote it' })),
  submitDate: nullable(timestamp('By the clock of the carrier, in UTC where it names no zone')),
  doneDate: nullable(timestamp('The same')),
})

const answerSchema = Type.Object({
  state: Type.String(),
  segments: Type.Array(segmentSchema, {
    description:
      'What carriers took of it and gave an id: all parts of a long text, of a short one the last submission',
  }),
  receipts: Type.Array(receiptSchema, { description: 'The oldest first' }),
  searchedUntil: timestamp(
    'The journal has been read up to here; what is beyond may hold more receipts of the message',
  ),
  complete: Type.Boolean({
    description: 'Read to the end: the final state, or now. If false, go on with `from` = `searchedUntil`',
  }),
})

/** What the carriers' receipts of a message said, octet for octet, for the day when a carrier and we disagree. */
export async function messageReceiptRoutes(app: FastifyInstance, { db, carriers }: ApiDeps): Promise<void> {
  const idFormOf = (carrier: string | null): IdForm =>
    carriers.profiles.find(({ id }) => id === carrier)?.receipts.idInReceipt ?? 'string'

  app.get<{ Params: Static<typeof messageParams>; Querystring: Static<typeof query> }>(
    '/messages/:broadcastId/:seq/receipts',
    {
      config: { roles: ['approver', 'auditor'] },
      schema: {
        operationId: 'listReceipts',
        tags: ['reports'],
        summary: 'The receipts of one message as they came; they hold its number, so each look is in the audit log',
        params: messageParams,
        querystring: query,
        response: answers(200, answerSchema, 'What was found in a bounded piece of the journal'),
      },
    },
    async (request) => {
      const { broadcastId, seq } = request.params
      const from = timeOf('from', request.query.from)?.getTime()
      const answer = await transaction(db.pool, async (client) => {
        const message = await sentMessage(client, broadcastId, seq)
        if (!message) throw unknownMessage()
        return { message, ...(await receiptsOf(client, message, idFormOf, from)) }
      })
      await transaction(db.pool, (client) =>
        appendAudit(client, {
          actor: `person:${holderOf(request).person}`,
          act: 'numbers.view',
          subject: `subscriber:${answer.message.msisdn}`,
          detail: { what: 'receipts', message: `${broadcastId}/${seq}`, receipts: answer.receipts.length },
        }),
      )
      const { state, segments } = answer.message
      return {
        state,
        segments: segments.map(({ carrierNo: _, ...segment }) => segment),
        receipts: answer.receipts.map(view),
        searchedUntil: new Date(answer.searchedUntil),
        complete: answer.complete,
      }
    },
  )
}

const view = ({ at, raw, segment, receipt }: FoundReceipt) => ({
  carrier: segment.carrier,
  receivedAt: new Date(at),
  attempt: segment.attempt,
  part: segment.part,
  pdu: raw.toString('hex'),
  id: receipt.id,
  state: receipt.state,
  err: receipt.err ?? null,
  submitDate: receipt.submittedAt ?? null,
  doneDate: receipt.doneAt ?? null,
})
