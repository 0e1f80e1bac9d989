import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { acceptAlert } from '../../alerts/accept.ts'
import { parseAlertJson } from '../../alerts/alert-json.ts'
import { alertSchema } from '../../alerts/alert-schema.ts'
import { askAbout } from '../../alerts/cap-questions.ts'
import { formatTime } from '../../alerts/cap-time.ts'
import { writeCapXml } from '../../alerts/cap-write.ts'
import { parseCapXml } from '../../alerts/cap-xml.ts'
import { PHASES } from '../../alerts/lifecycle.ts'
import type { Alert } from '../../alerts/model.ts'
import { ruleQuerySchema, rulesOfQuery } from '../../alerts/rule-schema.ts'
import { type ChosenRules, rulesFor } from '../../alerts/rules.ts'
import { MAX_XML_BYTES } from '../../alerts/xml-text.ts'
import { resolveZones, zoneIds } from '../../alerts/zones.ts'
import { listAlerts } from '../../store/alerts/alert-row.ts'
import { createAlert } from '../../store/alerts/create-alert.ts'
import type { ZoneBook } from '../../store/zones/zone-book.ts'
import { checkRules } from '../../targeting/check-rules.ts'
import { alertHead, alertHeadSchema, alertView, alertViewSchema, warningSchema, warningView } from '../alert-view.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { alertOr404 } from '../find-alert.ts'
import { answers, body, idParams, limit } from '../schemas.ts'
import { bodyUnchecked } from '../validate.ts'

const xmlTypes = ['application/cap+xml', 'application/xml', 'text/xml']

/** Who issues alerts that do not say so themselves. */
const defaultSender = 'bongsu'

const createQuery = Type.Interface(
  [ruleQuerySchema],
  {
    confirm: Type.Optional(
      Type.String({
        pattern: '^(area|signature)(,(area|signature))*$',
        description:
          'What the author was asked about and is sure of: `area` (it lies where it is meant to), `signature` (of somebody whose key is not known here); separated by commas',
      }),
    ),
  },
  { additionalProperties: false },
)

const listQuery = Type.Object(
  {
    limit: limit(50, 500),
    identifier: Type.Optional(Type.String({ description: 'Only those with this identifier' })),
    phase: Type.Optional(Type.Enum([...PHASES], { description: 'Only those; `live` are the alerts in force' })),
  },
  { additionalProperties: false },
)

/** So many ids that are not known are looked up for their like: a hostile alert may name 100,000. */
const looksForLike = 5

async function withZones(alert: Alert, zones: ZoneBook): Promise<Alert> {
  const ids = zoneIds(alert)
  const named = await zones.zonesOf(ids)
  const like = new Map<string, string[]>()
  for (const id of ids.filter((one) => !named.has(one)).slice(0, looksForLike)) like.set(id, await zones.idsNear(id))
  return resolveZones(
    alert,
    (id) => named.get(id),
    (id) => like.get(id) ?? [],
  )
}

const createdSchema = Type.Interface([alertViewSchema], { warnings: Type.Array(warningSchema) })

export async function alertRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db } = deps
  app.addContentTypeParser(xmlTypes, { parseAs: 'buffer', bodyLimit: MAX_XML_BYTES }, (_request, payload, done) =>
    done(null, payload),
  )

  app.post<{ Body: unknown; Querystring: Static<typeof createQuery> }>(
    '/alerts',
    {
      bodyLimit: MAX_XML_BYTES,
      validatorCompiler: bodyUnchecked,
      config: { roles: ['composer'] },
      schema: {
        operationId: 'createAlert',
        tags: ['alerts'],
        summary: 'Take an alert as a draft',
        description:
          'An Update or a Cancel is an alert of its own that refers to the earlier one. Rules in the query go before rules in the JSON; without either they follow the severity.',
        querystring: createQuery,
        body: body({
          'application/json': alertSchema,
          ...Object.fromEntries(xmlTypes.map((type) => [type, Type.String({ description: 'CAP 1.2' })])),
        }),
        response: answers(
          201,
          createdSchema,
          'The draft, with what was repaired (notes) and what should be looked at (warnings)',
        ),
      },
    },
    async (request, reply) => {
      const now = Date.now()
      const read = Buffer.isBuffer(request.body)
        ? { ...parseCapXml(request.body, deps.trustedKeys, now), rules: {} }
        : {
            ...parseAlertJson(request.body, { identifier: randomUUID(), sender: defaultSender, sent: formatTime(now) }),
            warnings: [],
          }
      const alert = await withZones(read.alert, deps.zones)
      const { confirm, ...ruled } = request.query
      const confirmed = confirm?.split(',') ?? []
      askAbout(read.warnings, confirmed, deps.trustedKeys.length > 0)
      const accepted = acceptAlert(alert, {
        now,
        countryAt: (lon, lat) => deps.countries.countryAt(lon, lat),
        areaConfirmed: confirmed.includes('area'),
      })
      const chosen = { ...read.rules, ...rulesOfQuery(ruled) } as ChosenRules
      const warnings = [...read.warnings, ...accepted, ...(await checkRules(db.pool, alert, chosen))]
      const row = await createAlert(db, alert, rulesFor(alert, chosen), read.notes, holderOf(request).person)
      return reply
        .code(201)
        .header('location', `/v1/alerts/${row.id}`)
        .send({ ...alertView(row), warnings: warnings.map(warningView) })
    },
  )

  app.get<{ Querystring: Static<typeof listQuery> }>(
    '/alerts',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listAlerts',
        tags: ['alerts'],
        summary: 'Alerts, the newest first',
        querystring: listQuery,
        response: answers(200, Type.Object({ alerts: Type.Array(alertHeadSchema) }), 'The alerts'),
      },
    },
    async ({ query }) => ({ alerts: (await listAlerts(db.pool, query, query.limit as number)).map(alertHead) }),
  )

  app.get<{ Params: Static<typeof idParams> }>(
    '/alerts/:id',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getAlert',
        tags: ['alerts'],
        summary: 'One alert',
        params: idParams,
        response: answers(200, alertViewSchema, 'The alert'),
      },
    },
    async ({ params }) => alertView(await alertOr404(db, params.id)),
  )

  app.get<{ Params: Static<typeof idParams> }>(
    '/alerts/:id/cap',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getAlertAsCap',
        tags: ['alerts'],
        summary: 'One alert as CAP 1.2',
        params: idParams,
        response: answers(200, Type.String(), 'A CAP 1.2 document', 'application/cap+xml'),
      },
    },
    async ({ params }, reply) => {
      const { document } = await alertOr404(db, params.id)
      return reply.type('application/cap+xml; charset=utf-8').send(writeCapXml(document))
    },
  )
}
