import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Holder } from '../store/people/holder.ts'

/** Then whoever comes back shows his key or session again. */
const streamMs = 15 * 60_000
/** A void key is trusted for three seconds (key-cache.ts): its streams end within five. */
const lookEveryMs = 1_000

/**
 * Makes what ends a stream: its reader is gone, his key or session is void or has other rights than when it began, the server closes, or
 * it is time to ask again who that is. Call it once in a plugin.
 */
export function streamEnds(app: FastifyInstance): (request: FastifyRequest, reply: FastifyReply) => AbortSignal {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  return (request, reply) => {
    const own = new AbortController()
    reply.raw.once('close', () => own.abort())
    const signal = AbortSignal.any([closing.signal, own.signal, AbortSignal.timeout(streamMs)])
    void othersRights(request, signal).then(() => own.abort())
    return signal
  }
}

/** Comes back when the holder of a request has no longer the rights with which it came. */
async function othersRights({ holder, holderNow }: FastifyRequest, signal: AbortSignal): Promise<void> {
  const rights = rightsOf(holder)
  while (!signal.aborted) {
    await delay(lookEveryMs, undefined, { signal, ref: false }).catch(() => undefined)
    // A database that does not answer says nothing of him: the stream has nothing to tell meanwhile, and he is looked at again.
    const now = await holderNow?.().catch(() => holder)
    if (rightsOf(now) !== rights) return
  }
}

const rightsOf = (holder: Holder | null | undefined): string =>
  JSON.stringify(holder ? [holder.roles, holder.missions, holder.scopes] : null)
