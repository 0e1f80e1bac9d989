import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Role } from '../alerts/lifecycle.ts'
import { Problem } from '../lib/problem.ts'
import type { KeyHolder } from '../store/people/keys.ts'
import type { ApiDeps } from './deps.ts'
import { KeyCache } from './key-cache.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may: the key's role has to be one of these. `everybody` needs no key. */
    roles?: readonly Role[] | 'everybody'
  }
  interface FastifyRequest {
    /** Set on every route that asks for a role. */
    holder: KeyHolder | null
  }
}

/** Everybody of the house; not carriers. */
export const readers: readonly Role[] = ['viewer', 'composer', 'approver', 'administrator', 'auditor']

/** Checks the key of each request before its body is read. A route that does not say who may is a mistake and is not started. */
export function authenticate(app: FastifyInstance, { db }: Pick<ApiDeps, 'db'>): void {
  const keys = new KeyCache(db)
  app.decorateRequest('holder', null)
  app.addHook('onRoute', ({ url, config }) => {
    if (url.startsWith('/docs')) return
    if (config?.roles === undefined) throw new Error(`the route ${url} does not say who may use it`)
  })
  app.addHook('onRequest', async (request) => {
    const roles = request.routeOptions.config.roles
    if (request.is404 || roles === undefined || roles === 'everybody') return
    const key = bearer(request.headers.authorization)
    const holder = await keys.find(key)
    if (holder === undefined) {
      throw new Problem('unknown-key', 'The key is not known, or it was revoked', { status: 401 })
    }
    request.holder = holder
    if (!roles.includes(holder.role)) {
      throw new Problem('forbidden', `The role ${holder.role} may not do this`, {
        status: 403,
        hint: `It takes a key with the role ${roles.join(' or ')}.`,
      })
    }
  })
}

/** RFC 6750 §2.1: only in the header; in a URL a key would end up in logs. */
function bearer(header: string | undefined): string {
  const key = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]
  if (key !== undefined) return key
  throw new Problem('missing-key', 'This needs a key', {
    status: 401,
    hint: 'Send the header Authorization: Bearer <key>.',
  })
}

/** Whose key it was; for routes that ask for a role. */
export function holderOf(request: FastifyRequest): KeyHolder {
  if (request.holder === null) throw new Error('the route asks for no key')
  return request.holder
}
