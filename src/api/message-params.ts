import Type from 'typebox'
import { Problem } from '../lib/problem.ts'

/** A message in the path of a route. */
export const messageParams = Type.Object({
  broadcastId: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  seq: Type.Integer({ minimum: 1, maximum: 0x7fffffff }),
})

export const unknownMessage = () =>
  new Problem('message-unknown', 'There is no such message', {
    status: 404,
    hint: 'GET /v1/messages?msisdn=… tells the broadcastId and seq of what a number was sent.',
  })
