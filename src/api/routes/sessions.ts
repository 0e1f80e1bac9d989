import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { endSession, listSessions } from '../../store/people/sessions.ts'
import { holderOf, readers, sessionOf } from '../authenticate.ts'
import { checkOrigin } from '../csrf.ts'
import type { ApiDeps } from '../deps.ts'
import { answers, noContent, timestamp } from '../schemas.ts'
import { clearSession, setSession, tokenOf } from '../session-cookie.ts'
import { currentSession, currentSessionSchema } from '../session-view.ts'
import { signIn } from '../sign-in.ts'

const signInBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    password: Type.String({ minLength: 1, maxLength: 256 }),
    code: Type.Optional(
      Type.String({
        pattern: '^(\\d{6}|[A-Za-z2-7]{4}(-?[A-Za-z2-7]{4}){3})$',
        'x-form': 'six digits, or a recovery code as it was shown',
        description: 'Six digits of the second factor, or a recovery code; each is taken once',
      }),
    ),
  },
  { additionalProperties: false },
)

const listedSchema = Type.Object({
  id: Type.Integer(),
  person: Type.String(),
  createdAt: timestamp('When he signed in'),
  seenAt: timestamp('To the minute'),
  expiresAt: timestamp('Its end, however much it is used'),
})

const params = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })

export async function sessionRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db } = deps

  app.post<{ Body: Static<typeof signInBody> }>(
    '/sessions',
    {
      config: { roles: 'everybody' },
      schema: {
        operationId: 'signIn',
        tags: ['people'],
        summary: 'Sign in: a cookie, and a token for whatever changes something',
        description:
          'Whatever is wrong, the answer is the same. From the fifth failure on a name waits, longer each time. Every request that changes something needs the header `x-csrf-token` and an Origin of this server. A session ends 30 minutes after it was last used, and after 12 hours. No use is what a page asks by its own clock (header `x-idle: 1`), nor a stream of events.',
        body: signInBody,
        response: answers(201, currentSessionSchema, 'Signed in'),
      },
    },
    async (request, reply) => {
      // Nobody is signed in by another's page as somebody else. Programs send no Origin.
      if (request.headers.origin !== undefined) checkOrigin(request)
      const token = await signIn(deps, request.body, request.ip)
      setSession(request, reply, token)
      return reply.code(201).send(await currentSession(db, token))
    },
  )

  app.get(
    '/sessions/current',
    {
      config: { roles: readers, session: 'only' },
      schema: {
        operationId: 'getSession',
        tags: ['people'],
        summary: 'Who is signed in',
        response: answers(200, currentSessionSchema, 'The session of the cookie'),
      },
    },
    async (request) => currentSession(db, tokenOf(request) as string),
  )

  app.delete(
    '/sessions/current',
    {
      config: { roles: readers, session: 'only' },
      schema: {
        operationId: 'signOut',
        tags: ['people'],
        summary: 'Sign out',
        response: noContent('Signed out'),
      },
    },
    async (request, reply) => {
      const { sessionId, person } = sessionOf(request)
      await endSession(db, sessionId, `person:${person}`)
      clearSession(request, reply)
      return reply.code(204).send()
    },
  )

  app.get(
    '/sessions',
    {
      config: { roles: ['administrator'] },
      schema: {
        operationId: 'listSessions',
        tags: ['people'],
        summary: 'Who is signed in at the moment, the newest first',
        response: answers(200, Type.Object({ sessions: Type.Array(listedSchema) }), 'The sessions'),
      },
    },
    async () => ({ sessions: await listSessions(db.pool) }),
  )

  app.delete<{ Params: Static<typeof params> }>(
    '/sessions/:id',
    {
      config: { roles: ['administrator'] },
      schema: {
        operationId: 'endSession',
        tags: ['people'],
        summary: "End somebody's session at once",
        params,
        response: noContent('It has ended'),
      },
    },
    async (request, reply) => {
      await endSession(db, request.params.id, `person:${holderOf(request).person}`)
      return reply.code(204).send()
    },
  )
}
