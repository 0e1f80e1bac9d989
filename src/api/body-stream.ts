import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../lib/problem.ts'

/** A body as it comes, for what may be larger than the memory. */
export type BodyStream = AsyncGenerator<Uint8Array>

/** A content type parser that reads nothing. */
export function takeStream(
  _request: FastifyRequest,
  payload: IncomingMessage,
  done: (error: Error | null, body?: BodyStream) => void,
): void {
  done(null, read(payload))
}

/**
 * Whoever reads it has to call `return` when done with it. Where he stopped early, the rest is read and thrown away. A stream that destroys itself takes the socket with it, and the
 * client would see a reset instead of what was wrong; one that is left alone keeps the client waiting for room to write.
 */
async function* read(payload: IncomingMessage): BodyStream {
  try {
    yield* payload.iterator({ destroyOnReturn: false })
  } finally {
    setImmediate(() => payload.resume())
  }
}

/**
 * The body of a route that takes a stream. Where none was sent no parser runs, whatever its type is said to be.
 * @throws Problem `missing-body`
 */
export function streamOf({ body }: FastifyRequest, expected: string): BodyStream {
  if (body !== undefined && body !== null) return body as BodyStream
  throw new Problem('missing-body', 'The request has no body', { hint: expected })
}

/** The media type of the body without its parameters, in small letters. */
export function mediaTypeOf({ headers }: FastifyRequest): string | undefined {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase()
}
