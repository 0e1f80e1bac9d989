import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { type PublishedAlert, writeFeed } from '../../alerts/cap-feed.ts'
import { writeCapXml } from '../../alerts/cap-write.ts'
import type { Status } from '../../alerts/model.ts'
import { type SignedDocument, SignedDocuments } from '../../alerts/signed-documents.ts'
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
/** Pages that are kept for that time. */
const maxPages = 32

const feedQuery = Type.Object(
  {
    status: Type.Optional(
      Type.Enum(['Actual', 'Exercise', 'Test'], { default: 'Actual', description: 'Each status is a feed of its own' }),
    ),
    after: Type.Optional(
      Type.String({
        format: 'uuid',
        description: `A page has ${maxEntries} entries; the next one, which its link \`next\` names, begins after this alert`,
      }),
    ),
  },
  { additionalProperties: false },
)
const fileParams = Type.Object({ id: Type.String({ description: 'id of the alert' }) })

interface Page {
  readonly updated: Date
  readonly document: SignedDocument
}

/** What was launched, for everybody: no key, and nothing about people. */
const notModified = { 304: { description: 'It is what If-None-Match names', type: 'null' } }

export async function capFeedRoutes(app: FastifyInstance, { db, capSigner }: ApiDeps): Promise<void> {
  const config = { roles: 'everybody' } as const
  const documents = new SignedDocuments(capSigner)
  const pages = new BoundedMap<string, { at: number; page: Promise<Page> }>(maxPages)
  const versionOf = ({ hash }: SignedDocument) => `${hash} ${capSigner?.fingerprint}`

  const published = async (id: string): Promise<PublishedAlert> => {
    const alert = await publishedAlert(db.pool, id)
    if (alert !== undefined) return alert
    throw new Problem('alert-unknown', 'No alert with this id was published', {
      status: 404,
      hint: 'GET /v1/feeds/cap.atom lists those in force.',
    })
  }

  const read = async (status: Status, after: string | undefined): Promise<Page> => {
    if (after !== undefined) await published(after)
    const [found, updated, installation] = await Promise.all([
      publishedAlerts(db.pool, status, maxEntries + 1, after),
      publishedChange(db.pool, status),
      installationOf(db.pool),
    ])
    const alerts = found.slice(0, maxEntries)
    const more = found.length > maxEntries
    const content = writeFeed({ status, alerts, updated, installation, signed: capSigner !== undefined, after, more })
    const key = createHash('sha256').update(content).digest('base64url')
    return { updated, document: await documents.get(key, () => content) }
  }

  const pageOf = (status: Status, after: string | undefined): Promise<Page> => {
    const key = `${status} ${after}`
    const last = pages.get(key)
    if (last !== undefined && Date.now() - last.at < askedEveryMs) return last.page
    const asked = { at: Date.now(), page: read(status, after) }
    pages.set(key, asked)
    // A failure is not kept: the next one asks again.
    asked.page.catch(() => {
      asked.at = 0
    })
    return asked.page
  }

  app.get<{ Querystring: Static<typeof feedQuery> }>(
    '/feeds/cap.atom',
    {
      config,
      schema: {
        operationId: 'readCapFeed',
        tags: ['feeds'],
        summary: 'The alerts in force, and what was taken back, as a signed Atom feed, the newest first',
        querystring: feedQuery,
        response: {
          ...answers(
            200,
            Type.String(),
            'RFC 4287; each entry links to its alert, a page to the next (RFC 5005)',
            'application/atom+xml',
          ),
          ...notModified,
        },
      },
    },
    async (request, reply) => {
      const { document, updated } = await pageOf(request.query.status as Status, request.query.after)
      if (unchanged(request, reply, versionOf(document), updated)) return reply.send()
      return reply.type('application/atom+xml; charset=utf-8').send(document.xml)
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
        response: { ...answers(200, Type.String(), 'A CAP 1.2 document', 'application/cap+xml'), ...notModified },
      },
    },
    async (request, reply) => {
      const alert = await published(request.params.id)
      // What was launched is never edited.
      const document = await documents.get(alert.id, () => writeCapXml(alert.document))
      if (unchanged(request, reply, versionOf(document), alert.launchedAt)) return reply.send()
      return reply.type('application/cap+xml; charset=utf-8').send(document.xml)
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
