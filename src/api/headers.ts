import type { FastifyInstance } from 'fastify'
import type { Logger } from '../lib/log.ts'

/** CAMARA_common.yaml, XCorrelator. */
const correlatorPattern = /^[a-zA-Z0-9-_:;./<>{}]{0,256}$/

/** Two years. Without subdomains: they are not ours to promise for. */
const hstsSeconds = 63_072_000

/** Headers of every answer, and one line of log: the route instead of the path, because a path may hold a number. */
export function addHeaders(app: FastifyInstance, log: Logger): void {
  app.addHook('onRequest', async (request, reply) => {
    const correlator = request.headers['x-correlator']
    if (typeof correlator === 'string' && correlatorPattern.test(correlator))
      void reply.header('x-correlator', correlator)
    void reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    // By a browser that was led there, data is shown and nothing of it is run. Pages say what they may by themselves.
    if (request.url.startsWith('/v1/')) {
      void reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
    }
    // Only where a proxy on this machine says that it speaks TLS: we ourselves do not.
    if (request.protocol === 'https') void reply.header('strict-transport-security', `max-age=${hstsSeconds}`)
  })
  app.addHook('onResponse', async (request, reply) => {
    log.debug(
      {
        reqId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        person: request.holder?.person,
        correlator: reply.getHeader('x-correlator'),
      },
      'request',
    )
  })
}
