import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { registry } from '../../lib/metrics.ts'
import { Problem } from '../../lib/problem.ts'
import { databaseAnswers } from '../../store/database.ts'
import type { ApiDeps } from '../deps.ts'
import { answers } from '../schemas.ts'

const patienceMs = 2_000
const okSchema = Type.Object({ status: Type.Literal('ok') })
const readySchema = Type.Object({
  status: Type.Literal('ok'),
  silentFeeds: Type.Integer({
    description: "Carriers' feeds that have fallen silent, or never began; /v1/feeds names them",
  }),
})

/** For whoever watches over the process. None needs a key: they say nothing of people, texts or alerts. */
export async function healthRoutes(app: FastifyInstance, { db, feeds, ready }: ApiDeps): Promise<void> {
  const config = { roles: 'everybody' } as const
  app.get(
    '/healthz',
    {
      config,
      schema: {
        operationId: 'isAlive',
        tags: ['operation'],
        summary: 'The process is up; restart it where this does not answer',
        response: answers(200, okSchema, 'It is'),
      },
    },
    async () => ({ status: 'ok' }),
  )

  app.get(
    '/readyz',
    {
      config,
      schema: {
        operationId: 'isReady',
        tags: ['operation'],
        summary: 'It can work: started, not draining, and the database answers; send it nothing where this is 503',
        response: answers(200, readySchema, 'It can'),
      },
    },
    async () => {
      if (!ready()) {
        throw new Problem('not-ready', 'The engine is starting or draining', { status: 503 })
      }
      if (!(await Promise.race([databaseAnswers(db), delay(patienceMs, false, { ref: false })]))) {
        throw new Problem('database-unavailable', 'The database does not answer', { status: 503 })
      }
      // A feed that is silent is somebody else's failure: the engine can work.
      return { status: 'ok', silentFeeds: feeds.silent }
    },
  )

  app.get(
    '/metrics',
    {
      config,
      schema: {
        operationId: 'readMetrics',
        tags: ['operation'],
        summary: 'Figures for Prometheus',
        response: answers(200, Type.String(), 'Text exposition format', 'text/plain'),
      },
    },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  )
}
