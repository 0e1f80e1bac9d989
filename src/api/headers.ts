import type { FastifyInstance } from 'fastify'
import type { Logger } from '../lib/log.ts'

/** CAMARA_common.yaml, XCorrelator. */
const correlatorPattern = /^[a-zA-Z0-9-_:;./<>{}]{0,256}$/

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
