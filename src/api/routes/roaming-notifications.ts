import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Role } from '../../alerts/lifecycle.ts'
import { metrics } from '../../lib/metrics.ts'
import { Problem } from '../../lib/problem.ts'
import { parseCamara, parseCamaraBatch } from '../../subscribers/camara.ts'
import { IgnoredFields } from '../../subscribers/ignored-fields.ts'
import { parseNotification, readNotifications } from '../../subscribers/notification.ts'
import { holderOf } from '../authenticate.ts'
import { type BodyStream, mediaTypeOf, takeStream } from '../body-stream.ts'
import { usableOf } from '../camara-events.ts'
import type { ApiDeps } from '../deps.ts'
import { Rejects, rejectSchema } from '../rejects.ts'
import { RoamingInbox } from '../roaming-inbox.ts'
import { answers, body } from '../schemas.ts'
import { bodyUnchecked } from '../validate.ts'

const feeds: readonly Role[] = ['carrier', 'administrator']
const ndjson = 'application/x-ndjson'
const cloudEvent = 'application/cloudevents+json'
const cloudEvents = 'application/cloudevents-batch+json'
const bodyLimit = 16 * 1024 * 1024

const notificationSchema = Type.Object(
  {
    msisdn: Type.String({ description: 'E.164' }),
    event: Type.Enum(['enter', 'leave', 'location']),
    at: Type.String({ format: 'date-time' }),
    country: Type.Optional(Type.String({ description: 'ISO 3166-1 alpha-2; this or vplmn is needed' })),
    vplmn: Type.Optional(Type.String({ description: 'MCC and MNC of the visited network' })),
    hplmn: Type.Optional(Type.String({ description: 'MCC and MNC of the home network' })),
    lat: Type.Optional(Type.Number()),
    lon: Type.Optional(Type.Number()),
    radius: Type.Optional(Type.Number({ description: 'Uncertainty of the place, metres' })),
    id: Type.Optional(Type.String({ description: 'The same id is the same event' })),
  },
  {
    title: 'RoamingNotification',
    description:
      'Other fields are taken and ignored, so that a carrier may add what it likes; `ignored` of the answer names them.',
    additionalProperties: true,
  },
)

const acceptedSchema = Type.Object({
  accepted: Type.Integer({ description: 'Committed; what becomes of each is in reports/entry-texts' }),
  rejected: Type.Integer(),
  rejects: Type.Array(rejectSchema, { description: 'The first 1000' }),
  ignored: Type.Array(Type.String(), {
    description:
      'Fields of any notification that are not known and were ignored, each once, the first 20: is one of them misspelt?',
  }),
})

export async function roamingRoutes(app: FastifyInstance, { db, queues, log }: ApiDeps): Promise<void> {
  app.addContentTypeParser(ndjson, takeStream)
  app.addContentTypeParser([cloudEvent, cloudEvents], { parseAs: 'string', bodyLimit }, (_request, text, done) => {
    try {
      done(null, JSON.parse(text as string))
    } catch {
      done(new Problem('bad-json', 'The body is not JSON'))
    }
  })

  app.post<{ Body: unknown }>(
    '/roaming-notifications',
    {
      bodyLimit,
      validatorCompiler: bodyUnchecked,
      config: { roles: feeds },
      schema: {
        operationId: 'takeRoamingNotifications',
        tags: ['subscribers'],
        summary: "A home carrier's reports of its subscribers abroad",
        description:
          'One object, an array, or NDJSON of any length, answered 202; CAMARA CloudEvents, one or a batch, answered 204. What is answered is committed. A row that cannot be used costs that row.',
        body: body({
          'application/json': Type.Union([notificationSchema, Type.Array(notificationSchema)]),
          [ndjson]: Type.String({ description: 'A RoamingNotification a line' }),
          [cloudEvent]: Type.Object({}, { description: 'A CAMARA CloudEvent' }),
          [cloudEvents]: Type.Array(Type.Object({}), { description: 'CAMARA CloudEvents' }),
        }),
        response: {
          ...answers(202, acceptedSchema, 'Kept'),
          204: { description: 'CloudEvents are kept, or need nothing to be done', type: 'null' },
        },
      },
    },
    async (request, reply) => {
      const inbox = new RoamingInbox(db, queues, holderOf(request).person)
      const rejects = new Rejects()
      const ignored = new IgnoredFields()
      const type = mediaTypeOf(request)
      try {
        if (type === cloudEvent || type === cloudEvents) return await takeEvents(request, reply, inbox, rejects, type)
        if (type === ndjson) await takeLines(request.body as BodyStream, inbox, rejects, ignored)
        else await takeArray(request.body, inbox, rejects, ignored)
      } catch (error) {
        // A stream that broke off: what came whole is kept, and known again by its ids when it is sent again.
        await inbox.flush().catch(() => undefined)
        throw error
      } finally {
        for (const [outcome, n] of rejects.byCode) metrics.notifications.inc({ outcome }, n)
        metrics.ignoredFields.inc(ignored.count)
      }
      return reply.code(202).send({
        accepted: inbox.accepted,
        rejected: rejects.count,
        rejects: rejects.list,
        ignored: ignored.names,
      })
    },
  )

  async function takeLines(
    stream: BodyStream,
    inbox: RoamingInbox,
    rejects: Rejects,
    ignored: IgnoredFields,
  ): Promise<void> {
    try {
      for await (const row of readNotifications(stream, ignored)) {
        if ('problem' in row) rejects.add({ line: row.line }, row.problem)
        else await inbox.add(row.notification)
      }
    } finally {
      await stream.return(undefined)
    }
    await inbox.flush()
  }

  async function takeArray(
    values: unknown,
    inbox: RoamingInbox,
    rejects: Rejects,
    ignored: IgnoredFields,
  ): Promise<void> {
    const many = Array.isArray(values)
    for (const [index, value] of (many ? values : [values]).entries()) {
      try {
        await inbox.add(parseNotification(value, ignored))
      } catch (error) {
        // One object alone that is wrong is a wrong request.
        if (!(error instanceof Problem) || !many) throw error
        rejects.add({ index }, error)
      }
    }
    await inbox.flush()
  }

  /** A sender of CloudEvents reads no body: it learns that all is well (204), or that nothing of it could be read (400). */
  async function takeEvents(
    request: FastifyRequest,
    reply: FastifyReply,
    inbox: RoamingInbox,
    rejects: Rejects,
    type: string,
  ): Promise<FastifyReply> {
    const read = type === cloudEvent ? [{ index: 0, event: parseCamara(request.body) }] : parseCamaraBatch(request.body)
    const unreadable: Problem[] = []
    for (const row of read) {
      const usable = 'problem' in row ? row.problem : usableOf(row.event, log)
      if ('problem' in row) unreadable.push(row.problem)
      if (usable instanceof Problem) rejects.add({ index: row.index }, usable)
      else if (usable !== undefined) await inbox.add(usable)
    }
    await inbox.flush()
    const [first] = unreadable
    if (first !== undefined) {
      if (unreadable.length === read.length) throw first
      log.warn(
        { rejected: rejects.list.slice(0, 10), source: holderOf(request).person },
        'CAMARA events could not be read',
      )
    }
    return reply.code(204).send()
  }
}
