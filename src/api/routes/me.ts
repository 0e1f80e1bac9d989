import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../../store/audit.ts'
import { type Client, transaction } from '../../store/database.ts'
import {
  confirmSecondFactor,
  credentialsOf,
  lockCredentials,
  proposedSecret,
  proposeSecondFactor,
  setPassword,
} from '../../store/people/credentials.ts'
import { endSessionsOf, openSession } from '../../store/people/sessions.ts'
import { clearAttempts } from '../../store/people/sign-in-attempts.ts'
import { readers, sessionOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { checkPassword, hashPassword, passwordFits } from '../passwords.ts'
import { answers } from '../schemas.ts'
import { newRecoveryCodes, newSecret, sealOr503, stepOf } from '../second-factor.ts'
import { setSession } from '../session-cookie.ts'
import { currentSession, currentSessionSchema } from '../session-view.ts'
import { ofBoth, take } from '../sign-in.ts'

const passwordBody = Type.Object(
  {
    current: Type.String({ minLength: 1, maxLength: 256 }),
    password: Type.String({ minLength: 1, maxLength: 256, description: 'The new one: 12 characters at least' }),
  },
  { additionalProperties: false },
)

const confirmBody = Type.Object(
  { code: Type.String({ pattern: '^\\d{6}$', 'x-form': 'six digits', description: 'Of the authenticator, now' }) },
  { additionalProperties: false },
)

const proposalSchema = Type.Object({
  uri: Type.String({ description: 'otpauth://, to be shown as a QR code' }),
  secret: Type.String({ description: 'The same in base32, to be typed' }),
})

const confirmedSchema = Type.Interface([currentSessionSchema], {
  recoveryCodes: Type.Array(Type.String(), {
    description: 'Shown only now: each is taken once instead of a code, should the second factor be lost',
  }),
})

const wrongPassword = () =>
  new Problem('wrong-password', 'This is not the current password', { status: 403, where: '/current' })

/** What people do about themselves; only signed in, because a key that leaked must not become its person. */
export async function meRoutes(app: FastifyInstance, { db, seal }: ApiDeps): Promise<void> {
  const config = { roles: readers, session: 'only' } as const
  const tags = ['people']

  app.post<{ Body: Static<typeof passwordBody> }>(
    '/me/password',
    {
      config,
      schema: {
        operationId: 'changePassword',
        tags,
        summary: 'Change one’s password; every other session of the person ends',
        body: passwordBody,
        response: answers(200, currentSessionSchema, 'Changed; a new cookie and csrfToken stand for the session'),
      },
    },
    async (request, reply) => {
      const { person, personId } = sessionOf(request)
      const { current, password } = request.body
      // Who found a session open may not try passwords on it either.
      const subject = `password:${personId}`
      await take(db, subject, ofBoth)
      const before = await credentialsOf(db.pool, person)
      if (before === undefined || !(await passwordFits(before.passwordHash, current))) throw wrongPassword()
      await clearAttempts(db.pool, [subject])
      checkPassword(password, person)
      if (current.normalize('NFKC') === password.normalize('NFKC')) {
        throw new Problem('weak-password', 'The new password is the old one', { status: 422, where: '/password' })
      }
      const hash = await hashPassword(password)
      const token = await renewed(request, reply, async (client, actor) => {
        // Who was disabled or reset meanwhile has another password, or none.
        if (!(await lockCredentials(client, before))) throw wrongPassword()
        await setPassword(client, personId, hash)
        await appendAudit(client, { actor, act: 'password.change', subject: actor })
      })
      return currentSession(db, token)
    },
  )

  app.post(
    '/me/second-factor',
    {
      config,
      schema: {
        operationId: 'proposeSecondFactor',
        tags,
        summary: 'A new TOTP secret (RFC 6238), which counts when a code of it was confirmed',
        response: answers(201, proposalSchema, 'For the authenticator; it is shown only now'),
      },
    },
    async (request, reply) => {
      const { person, personId } = sessionOf(request)
      const { sealed, ...shown } = newSecret(sealOr503(seal), personId, person)
      if (await proposeSecondFactor(db.pool, personId, sealed)) return reply.code(201).send(shown)
      throw new Problem('second-factor-stands', 'A second factor is set up already', {
        status: 409,
        hint: 'Who lost it asks an administrator to reset him: POST /v1/people/{id}/reset.',
      })
    },
  )

  app.post<{ Body: Static<typeof confirmBody> }>(
    '/me/second-factor/confirm',
    {
      config,
      schema: {
        operationId: 'confirmSecondFactor',
        tags,
        summary: 'Show that the second factor works; from then on every sign-in needs it',
        body: confirmBody,
        response: answers(200, confirmedSchema, 'It counts; a new cookie and csrfToken stand for the session'),
      },
    },
    async (request, reply) => {
      const { personId } = sessionOf(request)
      const { codes, hashes } = newRecoveryCodes()
      const token = await renewed(request, reply, async (client, actor) => {
        const sealed = await proposedSecret(client, personId)
        if (sealed === undefined) {
          throw new Problem('no-second-factor', 'There is no second factor to confirm', {
            status: 409,
            hint: 'POST /v1/me/second-factor first.',
          })
        }
        const step = stepOf(sealOr503(seal), personId, sealed, request.body.code, Date.now())
        if (step === undefined) {
          throw new Problem('wrong-code', 'This is not a code of it at this moment', {
            status: 422,
            where: '/code',
            hint: 'Codes change every 30 seconds: the clock of the telephone has to be right.',
          })
        }
        await confirmSecondFactor(client, personId, step, hashes)
        await appendAudit(client, { actor, act: 'second-factor.confirm', subject: actor })
      })
      return { ...(await currentSession(db, token)), recoveryCodes: codes }
    },
  )

  /** Does it, and lets one new session stand for all that the person had: whoever held an old token is out. */
  async function renewed(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (client: Client, actor: string) => Promise<void>,
  ): Promise<string> {
    const { person, personId } = sessionOf(request)
    const actor = `person:${person}`
    const token = await transaction(db.pool, async (client) => {
      await endSessionsOf(client, personId)
      await work(client, actor)
      return openSession(client, personId, actor)
    })
    setSession(request, reply, token)
    return token
  }
}
