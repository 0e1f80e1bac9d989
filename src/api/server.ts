import { randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify'
import { authenticate } from './authenticate.ts'
import { consoleFiles } from './console-files.ts'
import type { ApiDeps } from './deps.ts'
import { addHeaders } from './headers.ts'
import { takeIdempotencyKeys } from './idempotency.ts'
import { answerUnknown } from './not-found.ts'
import { openApiOptions } from './openapi.ts'
import { sendProblem } from './problem-json.ts'
import { alertActRoutes } from './routes/alert-acts.ts'
import { alertDensityRoutes } from './routes/alert-density.ts'
import { alertExplainRoutes } from './routes/alert-explain.ts'
import { alertFromTemplateRoutes } from './routes/alert-from-template.ts'
import { alertOverlapRoutes } from './routes/alert-overlaps.ts'
import { alertPreviewRoutes } from './routes/alert-preview.ts'
import { alertRehearsalRoutes } from './routes/alert-rehearsal.ts'
import { alertScheduleRoutes } from './routes/alert-schedule.ts'
import { alertTakeBackRoutes } from './routes/alert-take-back.ts'
import { alertTemplateRoutes } from './routes/alert-templates.ts'
import { alertRoutes } from './routes/alerts.ts'
import { auditRoutes } from './routes/audit.ts'
import { camaraRoutes } from './routes/camara.ts'
import { capFeedRoutes } from './routes/cap-feed.ts'
import { carrierRoutes } from './routes/carriers.ts'
import { entryCampaignRoutes } from './routes/entry-campaigns.ts'
import { entryCheckRoutes } from './routes/entry-check.ts'
import { entryFactRoutes } from './routes/entry-facts.ts'
import { entryPolicyRoutes } from './routes/entry-policies.ts'
import { entryPreviewRoutes } from './routes/entry-preview.ts'
import { entryTemplateRoutes } from './routes/entry-templates.ts'
import { eventRoutes } from './routes/events.ts'
import { feedRoutes } from './routes/feeds.ts'
import { healthRoutes } from './routes/health.ts'
import { inboxRoutes } from './routes/inbox.ts'
import { keyRoutes } from './routes/keys.ts'
import { lockedTermRoutes } from './routes/locked-terms.ts'
import { meRoutes } from './routes/me.ts'
import { messageReceiptRoutes } from './routes/message-receipts.ts'
import { messageSourceRoutes } from './routes/message-source.ts'
import { messageRoutes } from './routes/messages.ts'
import { peopleRoutes } from './routes/people.ts'
import { privacyRoutes } from './routes/privacy.ts'
import { progressRoutes } from './routes/progress.ts'
import { quarantineRoutes } from './routes/quarantine.ts'
import { recipientRoutes } from './routes/recipients.ts'
import { reportRoutes } from './routes/reports.ts'
import { residentRoutes } from './routes/residents.ts'
import { residentsExportRoutes } from './routes/residents-export.ts'
import { residentsImportRoutes } from './routes/residents-import.ts'
import { roamingRoutes } from './routes/roaming-notifications.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { travelLevelRoutes } from './routes/travel-levels.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { zoneRoutes } from './routes/zones.ts'
import { keepWithinMissions } from './tenancy.ts'
import { validatorCompiler } from './validate.ts'

/** The largest JSON body; alerts and streams have limits of their own. */
const bodyLimit = 1024 * 1024

const routes = [
  alertRoutes,
  alertActRoutes,
  alertScheduleRoutes,
  alertOverlapRoutes,
  alertTakeBackRoutes,
  alertRehearsalRoutes,
  alertTemplateRoutes,
  alertFromTemplateRoutes,
  lockedTermRoutes,
  alertPreviewRoutes,
  alertDensityRoutes,
  alertExplainRoutes,
  progressRoutes,
  eventRoutes,
  recipientRoutes,
  reportRoutes,
  residentRoutes,
  residentsImportRoutes,
  residentsExportRoutes,
  roamingRoutes,
  feedRoutes,
  camaraRoutes,
  zoneRoutes,
  travelLevelRoutes,
  entryPolicyRoutes,
  entryTemplateRoutes,
  entryCampaignRoutes,
  entryFactRoutes,
  entryPreviewRoutes,
  entryCheckRoutes,
  capFeedRoutes,
  carrierRoutes,
  messageRoutes,
  messageSourceRoutes,
  messageReceiptRoutes,
  inboxRoutes,
  quarantineRoutes,
  auditRoutes,
  webhookRoutes,
  privacyRoutes,
  peopleRoutes,
  keyRoutes,
  sessionRoutes,
  meRoutes,
]

/** The REST API, ready to listen or to be injected into. Closing it ends open event streams. */
export async function buildServer(deps: ApiDeps): Promise<FastifyInstance> {
  // Without a logger of fastify's: it would log paths, which may hold a number. headers.ts logs routes.
  const app = fastify({
    bodyLimit,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    // A proxy on this machine says who asks, and whether by TLS; nobody else is believed.
    trustProxy: 'loopback',
    // Of addresses that lead to no route, because a part of them is too long or cannot be read.
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply as FastifyReply, deps.log),
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, deps.log))
  // Text is no body here: without this it would be taken and fail with a worse error.
  app.removeContentTypeParser('text/plain')
  answerUnknown(app)
  addHeaders(app, deps.log)
  await app.register(cookie)
  authenticate(app, deps)
  keepWithinMissions(app, deps)
  takeIdempotencyKeys(app, deps)
  await app.register(swagger, openApiOptions)
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
  await app.register(consoleFiles)
  await app.register(healthRoutes, deps)
  for (const plugin of routes) await app.register(plugin, { ...deps, prefix: '/v1' })
  closeConnections(app)
  await app.ready()
  return app
}

/**
 * A connection whose last answer ends while the server is closing (an event stream, a long list) would stay for the rest of its
 * keep-alive time, over a minute, and hold up the stop of the engine.
 */
function closeConnections(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    const timer = setInterval(() => app.server.closeIdleConnections(), 50)
    app.server.once('close', () => clearInterval(timer))
    timer.unref()
  })
}
