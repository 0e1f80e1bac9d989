import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'
import { patternHint } from '../lib/schema-hint.ts'

/** RFC 9457 §3.1, with `where`, `hint` and `errors` as extension members. */
export interface ProblemJson {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** This one occurrence: the request's id, which is in the log and in `x-request-id`. */
  readonly instance: string
  readonly where?: string
  readonly hint?: string
  readonly errors?: readonly ProblemDetail[]
}

interface ProblemDetail {
  readonly code: string
  readonly detail: string
  readonly where?: string
  readonly hint?: string
}

export const problemMediaType = 'application/problem+json'
const typeBase = 'https://bongsu.example/problems/'

export function problemJson(problem: Problem, requestId: string): ProblemJson {
  return {
    type: `${typeBase}${problem.code}`,
    title: titleOf(problem.code),
    status: problem.status,
    detail: problem.message,
    instance: `urn:uuid:${requestId}`,
    ...placeOf(problem),
    ...(problem.details.length === 0 ? {} : { errors: flat(problem) }),
  }
}

/** Details of details in one list: few clients walk a tree. */
function flat(problem: Problem): ProblemDetail[] {
  return problem.details.flatMap((one) => [{ code: one.code, detail: one.message, ...placeOf(one) }, ...flat(one)])
}

function placeOf({ where, hint }: Problem): { where?: string; hint?: string } {
  return { ...(where === undefined ? {} : { where }), ...(hint === undefined ? {} : { hint }) }
}

/** `alert-refused` as `Alert refused`: the same for every problem of the type, as the RFC asks. */
function titleOf(code: string): string {
  const words = code.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Answers with a problem. Of what is our own fault the client learns the request's id and no more. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger): FastifyReply {
  const problem = problemOf(error)
  if (problem.status >= 500) {
    log.error({ reqId: request.id, route: request.routeOptions.url, err: error }, 'a request failed')
  }
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="bongsu"')
  if (problem.retryAfterS !== undefined) void reply.header('retry-after', problem.retryAfterS)
  return reply.code(problem.status).type(problemMediaType).send(problemJson(problem, request.id))
}

interface FastifyLikeError {
  readonly code?: string
  readonly statusCode?: number
  readonly message: string
  /** Of PostgreSQL. */
  readonly detail?: string
  readonly validation?: readonly {
    keyword: string
    instancePath: string
    message?: string
    params: Record<string, unknown>
    parentSchema?: unknown
  }[]
  readonly validationContext?: string
}

type Findings = NonNullable<FastifyLikeError['validation']>

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  const { code = '', statusCode, message, validation, validationContext } = error as FastifyLikeError
  if (validation !== undefined) return invalid(validation, validationContext ?? 'body')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new Problem('unsupported-media-type', 'The body is of a type that is not taken here', {
      status: 415,
      hint: 'Set the header Content-Type to one of the types that /docs lists for this request.',
    })
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new Problem('body-too-large', 'The body is larger than is taken here', {
      status: 413,
      hint: 'Residents and roaming notifications may be of any length as NDJSON or CSV.',
    })
  }
  if (error instanceof SyntaxError || code.startsWith('FST_ERR_CTP')) {
    return new Problem('bad-body', `The body cannot be read: ${message}`, { status: statusCode ?? 400 })
  }
  if (isDatabaseAway(code)) {
    return new Problem('database-unavailable', 'The database does not answer at the moment', {
      status: 503,
      hint: 'Try again in a few seconds. What was answered before is kept.',
      cause: error,
    })
  }
  if (isUnusableText(error as FastifyLikeError)) {
    return new Problem('unusable-text', 'A text of the request holds a character that cannot be kept', {
      hint: 'Leave out U+0000 and halves of surrogate pairs.',
      cause: error,
    })
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Problem('bad-request', message, { status: statusCode })
  }
  return new Problem('internal', 'Something went wrong on our side; the log has the details under this instance', {
    status: 500,
    cause: error,
  })
}

/**
 * Texts that PostgreSQL does not take: U+0000 in text and in jsonb (22021, 22P05), half a surrogate pair in jsonb (22P02, which is also
 * what a mistake of ours would be).
 */
function isUnusableText({ code, detail }: FastifyLikeError): boolean {
  return code === '22021' || code === '22P05' || (code === '22P02' && /surrogate/.test(detail ?? ''))
}

/** Connections that fail, and SQLSTATE classes 08 and 57P (PostgreSQL, appendix A): restarts, shutdowns. */
function isDatabaseAway(code: string): boolean {
  return /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|08\w{3}|57P\d\d|53300)$/.test(code)
}

/** Of what may also be null, what is wrong with the rest: nobody writes null who writes something. */
function withoutNull(findings: Findings): Findings {
  const open = new Set(findings.flatMap(({ keyword, instancePath }) => (keyword === 'anyOf' ? [instancePath] : [])))
  const own = findings.filter(
    ({ keyword, instancePath, params }) =>
      !open.has(instancePath) || (keyword !== 'anyOf' && !(keyword === 'type' && params.type === 'null')),
  )
  return own.length > 0 ? own : findings
}

/** What fastify calls the parts of a request, as its users do. */
const partNames: Readonly<Record<string, string>> = { querystring: 'query', params: 'path' }

function invalid(findings: Findings, context: string): Problem {
  const part = partNames[context] ?? context
  const details = withoutNull(findings).map(({ keyword, instancePath, message, params, parentSchema }) => {
    const missing = keyword === 'required' ? `/${params.missingProperty}` : ''
    const unknown = keyword === 'additionalProperties' ? `/${params.additionalProperty}` : ''
    const where =
      part === 'body' ? `${instancePath}${missing}${unknown}` || '/' : `${part}${instancePath}${missing}${unknown}`
    const hint =
      keyword === 'enum'
        ? `One of ${(params.allowedValues as unknown[]).join(', ')}.`
        : keyword === 'pattern'
          ? patternHint(parentSchema)
          : undefined
    const said = missing
      ? 'It is missing'
      : unknown
        ? 'It is not known here'
        : // A regular expression tells few people what to write.
          keyword === 'pattern' && hint !== undefined
          ? 'It is not written as it has to be'
          : `It ${message ?? 'is not valid'}`
    return new Problem(`request-${keyword.toLowerCase()}`, said, { where, ...(hint === undefined ? {} : { hint }) })
  })
  return new Problem('bad-request', `The ${part} of the request is not valid`, { details })
}
