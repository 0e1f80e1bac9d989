import type { FastifyInstance } from 'fastify'
import { Problem } from '../lib/problem.ts'

/** Tells a wrong address (404) from a wrong method (405, with `Allow` as RFC 9110 §15.5.6 asks). Call it before routes are added. */
export function answerUnknown(app: FastifyInstance): void {
  const methods = new Map<string, { pattern: RegExp; allowed: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? { pattern: patternOf(url), allowed: new Set() }
    for (const one of [method].flat()) known.allowed.add(one)
    methods.set(url, known)
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] as string
    const allowed = [...methods.values()].filter(({ pattern }) => pattern.test(path)).flatMap((one) => [...one.allowed])
    if (allowed.length === 0) {
      throw new Problem('not-found', 'There is nothing at this address', {
        status: 404,
        hint: '/docs lists what there is.',
      })
    }
    const list = [...new Set(allowed)].sort().join(', ')
    void reply.header('allow', list)
    throw new Problem('method-not-allowed', `${request.method} is not possible here`, {
      status: 405,
      hint: `Possible: ${list}.`,
    })
  })
}

function patternOf(url: string): RegExp {
  const path = url
    .split('/')
    .map((part) =>
      part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replace(/[.\\+*?[^\]$(){}=!<>|:-]/g, '\\$&'),
    )
    .join('/')
  return new RegExp(`^${path}/?$`)
}
