import type { FastifyInstance, FastifyReply } from 'fastify'

/** Then whoever comes back shows his key or session again: one that is void follows no longer than this. */
const streamMs = 15 * 60_000

/** Makes what ends a stream: its reader is gone, the server closes, or it is time to ask again who that is. Call it once in a plugin. */
export function streamEnds(app: FastifyInstance): (reply: FastifyReply) => AbortSignal {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  return (reply) => {
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    return AbortSignal.any([closing.signal, gone.signal, AbortSignal.timeout(streamMs)])
  }
}
