import Type from 'typebox'
import { nullable, timestamp } from './schemas.ts'

/** What is said of one message, wherever messages are listed. */
export const recipientFields = {
  seq: Type.Integer(),
  msisdn: Type.String(),
  reason: Type.String(),
  language: nullable(Type.String()),
  carrier: nullable(Type.String()),
  state: Type.String(),
  error: nullable(Type.Integer({ description: 'command_status of a refusal, or the err of the receipt' })),
  attempt: Type.Integer(),
  segments: Type.Integer(),
  madeAt: timestamp('When the message was made'),
  submittedAt: nullable(timestamp('When it was last submitted')),
  finalAt: nullable(timestamp('When it came to its final state')),
}
