import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Role } from '../../alerts/lifecycle.ts'
import { metrics } from '../../lib/metrics.ts'
import { Problem } from '../../lib/problem.ts'
import { type CamaraEvent, parseCamaraBatch } from '../../subscribers/camara.ts'
import { futureTime } from '../../subscribers/event-time.ts'
import { IgnoredFields } from '../../subscribers/ignored-fields.ts'
import { parseNotification, type RoamingNotification, readNotifications } from '../../subscribers/notification.ts'
import { holderOf } from '../authenticate.ts'
import { type BodyStream, mediaTypeOf, streamOf, takeStream } from '../body-stream.ts'
import { SubscribedEvents } from '../camara-subscribed.ts'
import type { ApiDeps } from '../deps.ts'
import { FeedActivity } from '../feed-activity.ts'
import { FeedIntake } from '../feed-intake.ts'
import { rejectSchema } from '../rejects.ts'
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
    language: Type.Optional(
      Type.String({
        description:
          'BCP 47, of the subscriber, where the home carrier knows it: ko-KR. Entry texts are in Korean or English by it; without it the one last reported holds.',
      }),
    ),
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

export async function roamingRoutes(app: FastifyInstance, { db, queues, camara, log }: ApiDeps): Promise<void> {
  const activity = new FeedActivity(db, log)
  const { operators, now } = camara ?? { operators: [], now: () => new Date() }
  const subscribed = new SubscribedEvents({ db, queues, operators, log, now })
  app.addHook('onClose', () => activity.close())
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
          'One object, an array, or NDJSON of any length, answered 202; CAMARA CloudEvents, one or a batch, answered 204. What is answered is committed. A row that cannot be used costs that row. A key that has home networks writes of their subscribers only (`foreign-hplmn`); where it has one, `hplmn` may be left out.',
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
      const intake = new FeedIntake({ db, queues, activity, now }, holderOf(request))
      const { rejects } = intake
      const ignored = new IgnoredFields()
      const type = mediaTypeOf(request)
      try {
        if (type === cloudEvent || type === cloudEvents) return await takeEvents(request, reply, intake, type)
        if (type === ndjson) await takeLines(streamOf(request, 'Send a notification a line.'), intake, ignored)
        else await takeArray(request.body, intake, ignored)
      } catch (error) {
        // A stream that broke off: what came whole is kept, and known again by its ids when it is sent again.
        await intake.flush().catch(() => undefined)
        throw error
      } finally {
        for (const [outcome, n] of rejects.byCode) metrics.notifications.inc({ outcome }, n)
        metrics.ignoredFields.inc(ignored.count)
      }
      return reply.code(202).send({
        accepted: intake.accepted,
        rejected: rejects.count,
        rejects: rejects.list,
        ignored: ignored.names,
      })
    },
  )

  async function takeLines(stream: BodyStream, intake: FeedIntake, ignored: IgnoredFields): Promise<void> {
    try {
      for await (const row of readNotifications(stream, ignored)) {
        if ('problem' in row) intake.refuse({ line: row.line }, row.problem)
        else await addOrRefuse(intake, { line: row.line }, row.notification)
      }
    } finally {
      await stream.return(undefined)
    }
    await intake.flush()
  }

  async function takeArray(values: unknown, intake: FeedIntake, ignored: IgnoredFields): Promise<void> {
    const many = Array.isArray(values)
    for (const [index, value] of (many ? values : [values]).entries()) {
      try {
        await intake.add(parseNotification(value, ignored))
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        intake.refuse({ index }, error)
        // One object alone that is wrong is a wrong request.
        if (!many) throw error
      }
    }
    await intake.flush()
  }

  /** A sender of CloudEvents reads no body: it learns that all is well (204), or that nothing of it could be read (400). */
  async function takeEvents(
    request: FastifyRequest,
    reply: FastifyReply,
    intake: FeedIntake,
    type: string,
  ): Promise<FastifyReply> {
    const read = parseCamaraBatch(type === cloudEvent ? [request.body] : request.body)
    const unreadable: Problem[] = []
    // Our own id of a subscription: it stands in the sink that the operator was given.
    const { subscription } = request.query as { subscription?: unknown }
    const tag = typeof subscription === 'string' ? subscription : undefined
    const { person, hplmns } = holderOf(request)
    for (const row of read) {
      const event = 'problem' in row ? row.problem : timely(row.event, now())
      if (event instanceof Problem) unreadable.push(event)
      const usable = event instanceof Problem ? event : await subscribed.usable(event, tag, person, hplmns)
      if (usable instanceof Problem) intake.refuse({ index: row.index }, usable)
      else if (usable !== undefined) await addOrRefuse(intake, { index: row.index }, usable)
    }
    await intake.flush()
    const [first] = unreadable
    if (first !== undefined) {
      if (unreadable.length === read.length) throw first
      log.warn({ rejected: intake.rejects.list.slice(0, 10), source: person }, 'CAMARA events could not be read')
    }
    return reply.code(204).send()
  }
}

/** Before anything is done about it: no operator is asked about a time to come. What tells of a subscription alone is true at any time. */
function timely(event: CamaraEvent, now: Date): CamaraEvent | Problem {
  const dated = event.kind === 'notification' || event.kind === 'ask-country'
  return (dated && futureTime(event.at, 'time', now.getTime())) || event
}

async function addOrRefuse(
  intake: FeedIntake,
  at: { line: number } | { index: number },
  notification: RoamingNotification,
): Promise<void> {
  try {
    await intake.add(notification)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    intake.refuse(at, error)
  }
}
