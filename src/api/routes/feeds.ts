import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { answers, counts, nullable, timestamp } from '../schemas.ts'

const feedSchema = Type.Object({
  source: Type.String({ description: 'The name of the person whose keys it has' }),
  state: Type.Enum(['new', 'flowing', 'silent', 'closed'], {
    description:
      'new: nothing came yet; closed: no key of the role carrier holds, and nobody waits for it. Refused notifications alone do not end a silence',
  }),
  hplmns: nullable(Type.Array(Type.String(), { description: 'Whose subscribers it writes of; null: all' })),
  lastAt: nullable(timestamp('When a notification was kept last')),
  newestEventAt: nullable(timestamp('The latest time that any of its notifications told of itself')),
  silentAfterSeconds: Type.Integer(),
  silentAfterBy: Type.Enum(['key', 'setting', 'learned', 'default'], {
    description: 'learned: three times the longest silence of an ordinary day; default: too new for that',
  }),
  silentSince: nullable(timestamp('While it is silent: since then nothing came')),
  perMinute: Type.Number({ description: 'Notifications kept a minute, over the last one to two hours' }),
  acceptedToday: Type.Integer({ description: 'Since midnight, UTC' }),
  rejectedToday: Type.Integer(),
  rejectsToday: counts('By the code of the problem'),
  lastFile: nullable(
    Type.Object({
      name: Type.String(),
      doneAt: timestamp('When it was done with'),
      accepted: Type.Integer(),
      rejected: Type.Integer(),
      failed: nullable(Type.String({ description: 'Why it could not be read' })),
    }),
  ),
})

export async function feedRoutes(app: FastifyInstance, { feeds }: ApiDeps): Promise<void> {
  app.get(
    '/feeds',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listFeeds',
        tags: ['subscribers'],
        summary: "The state of each carrier's feed of roaming notifications",
        response: answers(200, Type.Object({ feeds: Type.Array(feedSchema) }), 'The feeds'),
      },
    },
    async () => ({ feeds: await feeds.states() }),
  )
}
