import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../lib/problem.ts'

const safeMethods = ['GET', 'HEAD', 'OPTIONS']

export const isSafe = (method: string): boolean => safeMethods.includes(method)

/** What a page has to send with whatever changes something: made of the session, which no other page can read. */
export const csrfOf = (token: string): string => createHmac('sha256', token).update('csrf').digest('base64url')

/**
 * A browser sends the cookie whoever's page asks. So a change needs a header that only our own page can know, and the browser's word
 * that it is our page that asks.
 * @throws Problem `foreign-origin`, `csrf-token-missing` (403)
 */
export function checkOwnPage(request: FastifyRequest, token: string): void {
  if (isSafe(request.method)) return
  checkOrigin(request)
  const given = Buffer.from(String(request.headers['x-csrf-token'] ?? ''))
  const wanted = Buffer.from(csrfOf(token))
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return
  throw new Problem('csrf-token-missing', 'By session, a change needs the header x-csrf-token of that session', {
    status: 403,
    where: 'x-csrf-token',
    hint: 'POST /v1/sessions and GET /v1/sessions/current answer it as `csrfToken`.',
  })
}

/** @throws Problem `foreign-origin` (403) */
export function checkOrigin({ headers, host }: FastifyRequest): void {
  const { origin, 'sec-fetch-site': site } = headers
  const own = origin !== undefined && hostOf(origin) !== undefined && hostOf(origin) === hostOf(`http://${host}`)
  if (own && (site === undefined || site === 'same-origin')) return
  throw new Problem('foreign-origin', 'The request does not come from a page of this server', {
    status: 403,
    where: 'Origin',
    hint: `Send the header Origin with this server's own address. A proxy has to pass the header Host on as it came (here it is ${host}).`,
  })
}

/** Without the port where it is the one that goes without saying, of either protocol: a proxy may speak TLS for us. */
const hostOf = (origin: string): string | undefined =>
  URL.canParse(origin) ? new URL(origin).host.replace(/:(80|443)$/, '') : undefined
