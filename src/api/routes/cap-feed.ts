import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { type Feed, writeFeed } from '../../alerts/cap-feed.ts'
import { writeCapXml } from '../../alerts/cap-write.ts'
import type { Status } from '../../alerts/model.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { Problem } from '../../lib/problem.ts'
import {
  installationOf,
  publishedAlert,
  publishedAlerts,
  publishedChange,
} from '../../store/alerts/published-alerts.ts'
import { unchanged } from '../conditional.ts'
import type { ApiDeps } from '../deps.ts'
import { answers } from '../schemas.ts'

/** A feed is read by everybody, as often as they like: the database is asked once in this time. */
const askedEveryMs = 1000
const maxEntries = 200
/** Signed documents that are kept: signing one of 5,000 vertices takes some 20 ms. */
const maxKept = 64

const feedQuery = Type.Object(
  {
    status: Type.Optional(
      Type.Enum(['Actual', 'Exercise', 'Test'], { default: 'Actual', description: 'Each status is a feed of its own' }),
    ),
  },
  { additionalProperties: false },
)
const fileParams = Type.Object({ id: Type.String({ description: 'id of the alert' }) })

/** What was launched, for everybody: no key, and nothing about people. */
export async function capFeedRoutes(app: FastifyInstance, { db, capSigner }: ApiDeps): Promise<void> {
  const config = { roles: 'everybody' } as const
  const signedDocuments = new BoundedMap<string, string>(maxKept)
  const asked = new Map<Status, { at: number; feed: Promise<Feed> }>()

  /** Signed once for as long as it is kept. */
  const signed = (content: string): string => {
    if (capSigner === undefined) return content
    const kept = signedDocuments.get(content)
    if (kept !== undefined) return kept
    const fresh = capSigner.sign(content)
    signedDocuments.set(content, fresh)
    return fresh
  }

  const read = async (status: Status): Promise<Feed> => {
    const [alerts, updated, installation] = await Promise.all([
      publishedAlerts(db.pool, status, maxEntries),
      publishedChange(db.pool, status),
      installationOf(db.pool),
    ])
    return { status, alerts, updated, installation, signed: capSigner !== undefined }
  }

  const feedOf = (status: Status): Promise<Feed> => {
    const last = asked.get(status)
    if (last !== undefined && Date.now() - last.at < askedEveryMs) return last.feed
    const feed = read(status)
    asked.set(status, { at: Date.now(), feed })
    // A failure is not kept: the next one asks again.
    feed.catch(() => asked.delete(status))
    return feed
  }

  app.get<{ Querystring: Static<typeof feedQuery> }>(
    '/feeds/cap.atom',
    {
      config,
      schema: {
        operationId: 'readCapFeed',
        tags: ['feeds'],
        summary: 'The alerts in force, and what was taken back, as a signed Atom feed',
        querystring: feedQuery,
        response: answers(200, Type.String(), 'RFC 4287; each entry links to its alert', 'application/atom+xml'),
      },
    },
    async (request, reply) => {
      const feed = await feedOf(request.query.status as Status)
      const content = writeFeed(feed)
      if (unchanged(request, reply, `${content}${capSigner?.fingerprint}`, feed.updated)) return reply.send()
      return reply.type('application/atom+xml; charset=utf-8').send(signed(content))
    },
  )

  app.get<{ Params: Static<typeof fileParams> }>(
    '/feeds/cap/:id.xml',
    {
      config,
      schema: {
        operationId: 'readPublishedAlert',
        tags: ['feeds'],
        summary: 'One launched alert as signed CAP 1.2',
        params: fileParams,
        response: answers(200, Type.String(), 'A CAP 1.2 document', 'application/cap+xml'),
      },
    },
    async (request, reply) => {
      const alert = await publishedAlert(db.pool, request.params.id)
      if (alert === undefined) {
        throw new Problem('alert-unknown', 'No alert with this id was published', {
          status: 404,
          hint: 'GET /v1/feeds/cap.atom lists those in force.',
        })
      }
      const content = writeCapXml(alert.document)
      if (unchanged(request, reply, `${content}${capSigner?.fingerprint}`, alert.launchedAt)) return reply.send()
      return reply.type('application/cap+xml; charset=utf-8').send(signed(content))
    },
  )

  app.get(
    '/feeds/cap/key.pem',
    {
      config,
      schema: {
        operationId: 'readCapFeedKey',
        tags: ['feeds'],
        summary: 'The public key that the feed and its alerts are signed with',
        response: answers(200, Type.String(), 'SubjectPublicKeyInfo, PEM', 'application/x-pem-file'),
      },
    },
    async (_request, reply) => {
      if (capSigner !== undefined) return reply.type('application/x-pem-file').send(capSigner.publicPem)
      throw new Problem('feed-not-signed', 'The feed is not signed', {
        status: 404,
        hint: 'With DATABASE_URL the same key has to be given to every process: set BONGSU_CAP_KEY_FILE.',
      })
    },
  )
}
