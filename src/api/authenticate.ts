import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Role } from '../alerts/lifecycle.ts'
import { Problem } from '../lib/problem.ts'
import type { Holder } from '../store/people/holder.ts'
import { findSession, type SessionHolder, sessionNow } from '../store/people/sessions.ts'
import { checkOwnPage, isSafe } from './csrf.ts'
import type { ApiDeps } from './deps.ts'
import { KeyCache } from './key-cache.ts'
import { RateLimit } from './rate-limits.ts'
import { tokenOf } from './session-cookie.ts'
import { networkOf } from './sign-in.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may: one of the roles of the key or session has to be one of these. `everybody` needs neither. */
    roles?: readonly Role[] | 'everybody'
    /** For whoever is signed in, not for keys; also before he has a password of his own and a second factor, and without any role. */
    session?: 'only'
  }
  interface FastifyRequest {
    /** Set on every route that asks for a role. */
    holder: Holder | null
    /** Who that is by now; undefined: the key or session is void. For what outlasts a request. */
    holderNow: (() => Promise<Holder | undefined>) | null
    /** Set where it is a session. */
    session: SessionHolder | null
  }
}

/** Everybody of the house; not carriers. */
export const readers: readonly Role[] = ['viewer', 'composer', 'approver', 'administrator', 'auditor']

/**
 * Checks the key or session of each request before its body is read. A route that does not say who may, or under which tag a key's
 * scope has it, is a mistake and is not started.
 */
export function authenticate(app: FastifyInstance, { db }: Pick<ApiDeps, 'db'>): void {
  const keys = new KeyCache(db)
  // A key is 256 random bits: this keeps guesses from being a burden, not from being right.
  const strangers = new RateLimit(100, 2)
  const holders = new RateLimit(1_000, 100)
  app.decorateRequest('holder', null)
  app.decorateRequest('holderNow', null)
  app.decorateRequest('session', null)
  app.addHook('onRoute', ({ url, config, schema }) => {
    if (url.startsWith('/docs')) return
    if (config?.roles === undefined) throw new Error(`the route ${url} does not say who may use it`)
    if (config.roles !== 'everybody' && !schema?.tags?.length) throw new Error(`the route ${url} has no tag`)
  })
  app.addHook('onRequest', async (request) => {
    const { roles } = request.routeOptions.config
    if (request.is404 || roles === undefined || roles === 'everybody') return
    const token = request.headers.authorization === undefined ? tokenOf(request) : undefined
    const holder = token === undefined ? await byKey(request) : await bySession(request, token)
    request.holder = holder
    // Whoever has no role any more can still sign out, and see to his own password.
    if (request.routeOptions.config.session !== 'only') checkRoles(holder, roles)
    checkScopes(request, holder)
    // Never of a feed, nor of what is done about an alert: those have to come through.
    const urgent = holder.roles.includes('carrier') || (!isSafe(request.method) && /^\/v1\/alerts\b/.test(request.url))
    if (!urgent && !holders.take(holder.person)) throw tooMany(holders.waitS(holder.person))
  })

  async function byKey(request: FastifyRequest): Promise<Holder> {
    const key = bearer(request.headers.authorization)
    const stranger = networkOf(request.ip)
    if (!keys.knows(key) && strangers.waitS(stranger) > 0) throw tooMany(strangers.waitS(stranger))
    const holder = await keys.find(key)
    if (holder === undefined) {
      strangers.take(stranger)
      throw new Problem('unknown-key', 'The key is not known, has expired or was revoked', { status: 401 })
    }
    request.holderNow = () => keys.find(key)
    if (request.routeOptions.config.session !== 'only') return holder
    throw new Problem('session-only', 'This is for who is signed in, not for keys', {
      status: 403,
      hint: 'Sign in: POST /v1/sessions.',
    })
  }

  async function bySession(request: FastifyRequest, token: string): Promise<SessionHolder> {
    const session = await findSession(db.pool, token, { used: !isByItself(request) })
    if (session === undefined) {
      throw new Problem('session-ended', 'The session has ended', { status: 401, hint: 'Sign in: POST /v1/sessions.' })
    }
    checkOwnPage(request, token)
    request.session = session
    request.holderNow = () => sessionNow(db.pool, session.sessionId)
    if (request.routeOptions.config.session !== 'only') checkComplete(session)
    return session
  }
}

/**
 * What a page asks by its own clock, and a stream that its browser opens again each time it ended: whoever only looks on does not use his
 * session, so that it ends at a desk that he has left.
 */
const isByItself = ({ headers }: FastifyRequest): boolean =>
  headers['x-idle'] === '1' ||
  headers['last-event-id'] !== undefined ||
  headers.accept?.includes('text/event-stream') === true

/** A password alone, or one that somebody else knows, opens nothing but its own change. */
function checkComplete({ mustChange, secondFactor }: SessionHolder): void {
  if (mustChange) {
    throw new Problem('password-to-be-changed', 'Somebody else knows the password: change it first', {
      status: 403,
      hint: 'POST /v1/me/password.',
    })
  }
  if (secondFactor) return
  throw new Problem('second-factor-missing', 'A password alone opens nothing: set up a second factor first', {
    status: 403,
    hint: 'POST /v1/me/second-factor, then …/confirm with a code of it.',
  })
}

function checkRoles(holder: Holder, roles: readonly Role[]): void {
  if (holder.roles.some((role) => roles.includes(role))) return
  throw new Problem('forbidden', `The role ${holder.roles.join(', ')} may not do this`, {
    status: 403,
    hint: `It takes a key with the role ${roles.join(' or ')}.`,
  })
}

function checkScopes(request: FastifyRequest, { scopes }: Holder): void {
  const tags = request.routeOptions.schema?.tags ?? []
  const wanted = isSafe(request.method) ? tags.flatMap((tag) => [tag, `${tag}:read`]) : tags
  if (scopes === null || wanted.some((scope) => scopes.includes(scope))) return
  throw new Problem('out-of-scope', `The key is for ${scopes.join(', ')} only`, {
    status: 403,
    hint: `It takes a key with the scope ${wanted.join(' or ')}, or without scopes.`,
  })
}

const tooMany = (retryAfterS: number) =>
  new Problem('too-many-requests', 'Too many requests', {
    status: 429,
    retryAfterS,
    hint: `Try again in ${retryAfterS} s.`,
  })

/** RFC 6750 §2.1: only in the header; in a URL a key would end up in logs. */
function bearer(header: string | undefined): string {
  const key = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]
  if (key !== undefined) return key
  throw new Problem('missing-key', 'This needs a key, or a session', {
    status: 401,
    hint: 'Send the header Authorization: Bearer <key>, or sign in: POST /v1/sessions.',
  })
}

/** Whose key or session it was; for routes that ask for a role. */
export function holderOf(request: FastifyRequest): Holder {
  if (request.holder === null) throw new Error('the route asks for no key')
  return request.holder
}

/** Who is signed in; for routes that are for sessions only. */
export function sessionOf(request: FastifyRequest): SessionHolder {
  if (request.session === null) throw new Error('the route is not for sessions only')
  return request.session
}
