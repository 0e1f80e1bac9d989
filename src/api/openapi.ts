import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { takesKey, withIdempotencyKey } from './idempotency.ts'
import { sessionCookie } from './session-cookie.ts'

/** The parts of the API; a key's scopes are made of them. */
export const openApiTags = [
  { name: 'alerts', description: 'From draft to all-clear' },
  { name: 'subscribers', description: 'Residents and roamers' },
  { name: 'zones' },
  { name: 'entry', description: 'What is told on entering a country, and when' },
  { name: 'carriers' },
  { name: 'feeds', description: 'For everybody: what was launched, signed' },
  { name: 'reports' },
  { name: 'people', description: 'People, their keys and sessions, and what they did' },
  { name: 'operation' },
]

/** The document at /docs/json. Operations are made from the routes; who may use one is added to its description. */
export const openApiOptions: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'bongsu',
      version: '1',
      description:
        'Mass safety alerts by SMS to nationals abroad. Errors are problem+json (RFC 9457). MSISDNs are E.164 digits without the plus.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: openApiTags,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: sessionCookie, description: 'POST /v1/sessions' },
      },
    },
  },
  transform: ({ schema, url, route }) => {
    const roles = route.config?.roles
    if (schema === undefined || roles === undefined) return { schema: { ...schema, hide: true }, url }
    const open = roles === 'everybody'
    const session = { session: [] }
    const security = open ? [] : route.config?.session === 'only' ? [session] : [{ key: [] }, session]
    const who = open ? 'Needs no key.' : `Roles: ${roles.join(', ')}.`
    const description = [schema.description, who].filter(Boolean).join('\n\n')
    const again = takesKey(route) ? { headers: withIdempotencyKey(schema.headers) } : {}
    return { schema: { ...schema, ...again, description, security }, url }
  },
}
