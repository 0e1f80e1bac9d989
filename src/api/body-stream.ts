import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'

/** A body as it comes, for what may be larger than the memory. */
export type BodyStream = AsyncIterable<Uint8Array>

/**
 * A content type parser that reads nothing. Who stops reading leaves the connection open: a stream that destroys itself takes the
 * socket with it, and the client would see a reset instead of what was wrong.
 */
export function takeStream(
  _request: FastifyRequest,
  payload: IncomingMessage,
  done: (error: Error | null, body?: BodyStream) => void,
): void {
  done(null, {
    [Symbol.asyncIterator]: () => payload.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>,
  })
}

/** The media type of the body without its parameters, in small letters. */
export function mediaTypeOf({ headers }: FastifyRequest): string | undefined {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase()
}
