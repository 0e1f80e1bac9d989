import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import Type, { type TSchema } from 'typebox'
import { Problem } from '../lib/problem.ts'
import {
  type Begun,
  beginRequest,
  forgetRequest,
  keepAnswer,
  loseRequest,
  type RequestKey,
} from '../store/idempotency/requests.ts'
import type { ApiDeps } from './deps.ts'
import { sealOr503 } from './second-factor.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set while a request that may be sent again is worked on. */
    idempotency: RequestKey | null
  }
}

/** draft-ietf-httpapi-idempotency-key-header-07 §2.1 has it as a string of RFC 9651, in quotes; many clients leave these out. */
const keyPattern = /^(?:"([\x21\x23-\x5b\x5d-\x7e]{1,128})"|([\x21\x23-\x5b\x5d-\x7e]{1,128}))$/

/** A request that has no answer for so long was broken off: nobody knows what became of it. */
const lostAfterS = 60

/** Headers of an answer that are part of it. */
const kept = ['content-type', 'location', 'etag'] as const

const parameter = Type.Optional(
  Type.String({
    maxLength: 130,
    description:
      'Anything that is unique to this request, a UUID for example. Sent again with the same key within 24 hours the request is not done again, but gets the first answer with `idempotency-replayed: true`.',
  }),
)

/** The headers of an operation for the document, with the key. */
export const withIdempotencyKey = (headers: unknown) => {
  const { properties = {} } = (headers ?? {}) as { properties?: Record<string, TSchema> }
  return Type.Object({ ...properties, 'idempotency-key': parameter })
}

/**
 * Whether a key means anything there. Not to feeds and registers: their rows are idempotent by what is in them, and come by the
 * thousand. Not to sign-ins: what was said there must not be said again.
 */
export function takesKey({ method, config, schema }: Pick<RouteOptions, 'method' | 'config' | 'schema'>): boolean {
  const { roles, session } = config ?? {}
  const makes = method === 'POST' || method === 'PUT'
  return makes && Array.isArray(roles) && session !== 'only' && !schema?.tags?.includes('subscribers')
}

/**
 * A request that is sent again because its answer was lost (a double click, a timeout, a proxy) must not make a second thing. Only what
 * was done is kept: of a refusal the key is free again. A process that dies in the midst, or an answer of 5xx, which may come after what
 * was asked for was committed, leaves the key taken, and whoever asks again is told to look: never twice goes before always.
 */
export function takeIdempotencyKeys(
  app: FastifyInstance,
  { db, seal, log }: Pick<ApiDeps, 'db' | 'seal' | 'log'>,
): void {
  app.decorateRequest('idempotency', null)

  app.addHook('preHandler', async (request, reply) => {
    const given = request.headers['idempotency-key']
    const { holder } = request
    if (given === undefined || holder === null || !takesKey(request.routeOptions)) return
    const by = { person: holder.person, key: keyOf(given) }
    const sealing = sealOr503(seal)
    const begun = await beginRequest(db.pool, by, digestOf(request))
    if (begun.is === 'begun') request.idempotency = by
    else return answerAgain(reply, begun, (sealed) => sealing.open(sealed, purposeOf(by)))
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const by = request.idempotency
    if (by === null) return payload
    request.idempotency = null
    const status = reply.statusCode
    const keep = () => {
      if (status >= 500) return loseRequest(db.pool, by, status)
      if (status >= 300) return forgetRequest(db.pool, by)
      const headers = Object.fromEntries(
        kept.flatMap((name) => (reply.hasHeader(name) ? [[name, String(reply.getHeader(name))]] : [])),
      )
      const text = typeof payload === 'string' ? payload : ''
      return keepAnswer(db.pool, by, { status, headers, answer: sealOr503(seal).seal(text, purposeOf(by)) })
    }
    // What was done stays done, also where its answer cannot be kept: then the key stays taken.
    await keep().catch((error: Error) =>
      log.warn({ reqId: request.id, err: error.message }, 'an answer could not be kept'),
    )
    return payload
  })
}

function answerAgain(reply: FastifyReply, begun: Exclude<Begun, { is: 'begun' }>, open: (sealed: Buffer) => string) {
  if (begun.is === 'answered') {
    const { status, headers, answer } = begun
    return reply
      .code(status)
      .headers({ ...headers, 'idempotency-replayed': 'true' })
      .send(open(answer))
  }
  if (begun.is === 'other') {
    throw new Problem('idempotency-key-reused', 'The Idempotency-Key is that of another request', {
      status: 422,
      hint: 'Use another key for each request, and the same only to send the same again.',
    })
  }
  if (begun.is === 'open' && begun.seconds < lostAfterS) {
    throw new Problem('request-under-way', 'The request with this Idempotency-Key is under way', {
      status: 409,
      hint: 'Ask again in a second.',
    })
  }
  throw new Problem(
    'request-lost',
    'The request with this Idempotency-Key was broken off; it may have been done or not',
    {
      status: 409,
      hint: 'Look whether it was done. If not, send it with another key.',
    },
  )
}

function keyOf(header: string | string[]): string {
  const match = keyPattern.exec(String(header).trim())
  const key = match?.[1] ?? match?.[2]
  if (key !== undefined) return key
  throw new Problem('bad-idempotency-key', 'The Idempotency-Key cannot be used', {
    where: 'headers/idempotency-key',
    hint: 'Up to 128 visible ASCII characters without quotes and backslashes, a UUID for example.',
  })
}

const purposeOf = ({ person, key }: RequestKey) => `idempotency:${person}:${key}`

/** Of all that decides what is done. The body as it was read: spaces of JSON make no other request. */
function digestOf({ method, url, headers, body }: FastifyRequest): Buffer {
  const head = JSON.stringify([method, url, headers['content-type'] ?? null, headers['if-match'] ?? null])
  return createHash('sha256')
    .update(`${head}\n`)
    .update(Buffer.isBuffer(body) ? body : (JSON.stringify(body) ?? ''))
    .digest()
}
