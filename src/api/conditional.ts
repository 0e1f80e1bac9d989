import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Says what version an answer is (RFC 9110 §8.8) and whether the client has it already: then it was answered with 304, and nothing
 * more is to be sent. The tag is weak: of one content there may be several signatures.
 * @param content all that decides what is answered
 */
export function unchanged(request: FastifyRequest, reply: FastifyReply, content: string, modified: Date): boolean {
  const etag = `W/"${createHash('sha256').update(content).digest('base64url')}"`
  // May be kept, but is asked for each time: an alert must not be missing for the age of a cache.
  void reply.headers({ etag, 'last-modified': modified.toUTCString(), 'cache-control': 'no-cache' })
  // Not by If-Modified-Since: a second is too coarse, and an alert may be taken back without leaving a time.
  const tags = request.headers['if-none-match']
  const fresh = tags !== undefined && holds(tags, etag)
  if (fresh) void reply.code(304)
  return fresh
}

/** Weak comparison: RFC 9110 §8.8.3.2. */
function holds(tags: string, etag: string): boolean {
  return tags.trim() === '*' || tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag.slice(2))
}
