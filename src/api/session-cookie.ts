import type { FastifyReply, FastifyRequest } from 'fastify'

export const sessionCookie = 'bongsu_session'

/** Without TLS the cookie stays on this machine. */
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/

/** No script reads it, no other site's page sends it, and it goes over TLS alone unless it stays on this machine. */
const options = ({ host, protocol }: FastifyRequest) => ({
  path: '/',
  httpOnly: true,
  sameSite: 'strict' as const,
  secure: protocol === 'https' || !loopback.test(host),
})

/** Without an end of its own: the browser forgets it when it closes, the server after twelve hours. */
export function setSession(request: FastifyRequest, reply: FastifyReply, token: string): void {
  void reply.setCookie(sessionCookie, token, options(request))
}

export function clearSession(request: FastifyRequest, reply: FastifyReply): void {
  void reply.clearCookie(sessionCookie, options(request))
}

export const tokenOf = (request: FastifyRequest): string | undefined => request.cookies[sessionCookie]
