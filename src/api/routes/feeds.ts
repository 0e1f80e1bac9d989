import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { answers, counts, nullable, timestamp } from '../schemas.ts'

const feedSchema = Type.Object({
  source: Type.String({ description: 'The name of the person whose keys it has' }),
  state: Type.Enum(['new', 'flowing', 'silent', 'closed'], {
    description:
      'new: nothing came yet, and neither a key nor BONGSU_FEED_SILENT_AFTER says when it is missed; closed: no key of the role carrier holds, and nobody waits for it. Refused notifications alone do not end a silence',
  }),
  hplmns: nullable(
    Type.Array(Type.String(), { description: 'Whose subscribers it writes of, by all its keys together; null: all' }),
  ),
  keys: Type.Array(
    Type.Object({
      id: Type.Integer(),
      hplmns: nullable(Type.Array(Type.String(), { description: 'Whose subscribers this key writes of; null: all' })),
      silentAfterSeconds: nullable(Type.Integer()),
      createdAt: timestamp('When it was made'),
    }),
    { description: 'Its keys that hold, the oldest first' },
  ),
  lastAt: nullable(timestamp('When a notification was kept last')),
  newestEventAt: nullable(timestamp('The latest time that any of its notifications told of itself')),
  silentAfterSeconds: Type.Integer(),
  silentAfterBy: Type.Enum(['key', 'setting', 'learned', 'default'], {
    description: 'learned: three times the longest silence of an ordinary day; default: too new for that',
  }),
  silentSince: nullable(
    timestamp('While it is silent: since then nothing came; of one that never began, since its first key was made'),
  ),
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

const untakenSchema = nullable(
  Type.Object(
    {
      count: Type.Integer(),
      files: Type.Array(
        Type.Object({
          path: Type.String({ description: 'Within BONGSU_FEEDS_DIR' }),
          why: Type.String({ description: 'For people' }),
        }),
        { description: 'The first 100, by path' },
      ),
    },
    {
      description:
        'Files that lie in the folder of feeds and that nobody takes; null: the process that answers looks into none',
    },
  ),
)

export async function feedRoutes(app: FastifyInstance, { feeds, untaken }: ApiDeps): Promise<void> {
  app.get(
    '/feeds',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listFeeds',
        tags: ['subscribers'],
        summary: "The state of each carrier's feed of roaming notifications",
        response: answers(
          200,
          Type.Object({ feeds: Type.Array(feedSchema), untaken: untakenSchema }),
          'The feeds, and files of none',
        ),
      },
    },
    async () => ({ feeds: await feeds.states(), untaken: (await untaken?.()) ?? null }),
  )
}
