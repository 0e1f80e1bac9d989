import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { Problem } from '../../lib/problem.ts'
import { lockedTerms, lockTerm, unlockTerm } from '../../store/alerts/locked-terms.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { answers, noContent, timestamp } from '../schemas.ts'

const language = Type.String({
  pattern: '^[a-z]{2,3}$',
  'x-form': 'two or three small letters, like ko',
  description: 'Primary language subtag',
})
const term = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: "^[\\p{L}][\\p{L}\\p{M}' -]*$",
  'x-form': 'letters, with spaces, hyphens and apostrophes between them',
  description: 'The word as it is spelt',
})
const word = { language, term }
const meaning = Type.String({
  pattern: '^[a-z][a-z0-9-]{0,62}$',
  'x-form': 'small letters, digits and hyphens, beginning with a letter, like tsunami',
  description: 'The same for the word in all languages',
})

const query = Type.Object({ language: Type.Optional(language) }, { additionalProperties: false })
const termBody = Type.Object({ ...word, meaning }, { additionalProperties: false })
const list = Type.Object({
  terms: Type.Array(
    Type.Object(
      {
        language: Type.String(),
        term: Type.String(),
        meaning: Type.String(),
        madeBy: Type.String({ description: 'person:NAME, or migration' }),
        madeAt: timestamp('When it was set'),
      },
      { title: 'LockedTerm' },
    ),
  ),
})

/** Who writes texts, and who answers for them. */
const writers = ['composer', 'approver'] as const

export async function lockedTermRoutes(app: FastifyInstance, { db }: ApiDeps): Promise<void> {
  app.get<{ Querystring: Static<typeof query> }>(
    '/locked-terms',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listLockedTerms',
        tags: ['alerts'],
        summary: 'Words whose spelling somebody has confirmed',
        querystring: query,
        response: answers(200, list, 'By language and meaning'),
      },
    },
    async (request) => ({ terms: await lockedTerms(db.pool, request.query.language) }),
  )

  app.post<{ Body: Static<typeof termBody> }>(
    '/locked-terms',
    {
      config: { roles: writers },
      schema: {
        operationId: 'lockTerm',
        tags: ['alerts'],
        summary: 'Say how a word is spelt',
        description:
          'A word of a text that is one letter away from a term, and no term itself, is asked about when an alert is written.',
        body: termBody,
        response: answers(201, list, 'The terms of its language'),
      },
    },
    async (request, reply) => {
      const locked = { ...request.body, term: request.body.term.normalize('NFC') }
      await lockTerm(db, locked, holderOf(request).person)
      return reply.code(201).send({ terms: await lockedTerms(db.pool, locked.language) })
    },
  )

  app.delete<{ Params: Static<typeof params> }>(
    '/locked-terms/:language/:term',
    {
      config: { roles: writers },
      schema: {
        operationId: 'unlockTerm',
        tags: ['alerts'],
        summary: 'Take a term out',
        params,
        response: noContent('It is no term any more'),
      },
    },
    async (request, reply) => {
      const { language, term } = request.params
      if (await unlockTerm(db, { language, term: term.normalize('NFC') }, holderOf(request).person)) {
        return reply.code(204).send()
      }
      throw new Problem('term-unknown', `"${term}" is no locked term of ${language}`, { status: 404 })
    },
  )
}

const params = Type.Object(word)
