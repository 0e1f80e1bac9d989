import { randomUUID } from 'node:crypto'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { type FastifyInstance, fastify } from 'fastify'
import { authenticate } from './authenticate.ts'
import { consoleFiles } from './console-files.ts'
import type { ApiDeps } from './deps.ts'
import { addHeaders } from './headers.ts'
import { answerUnknown } from './not-found.ts'
import { openApiOptions } from './openapi.ts'
import { sendProblem } from './problem-json.ts'
import { alertActRoutes } from './routes/alert-acts.ts'
import { alertDensityRoutes } from './routes/alert-density.ts'
import { alertExplainRoutes } from './routes/alert-explain.ts'
import { alertPreviewRoutes } from './routes/alert-preview.ts'
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
import { feedRoutes } from './routes/feeds.ts'
import { healthRoutes } from './routes/health.ts'
import { inboxRoutes } from './routes/inbox.ts'
import { messageReceiptRoutes } from './routes/message-receipts.ts'
import { messageSourceRoutes } from './routes/message-source.ts'
import { messageRoutes } from './routes/messages.ts'
import { peopleRoutes } from './routes/people.ts'
import { progressRoutes } from './routes/progress.ts'
import { quarantineRoutes } from './routes/quarantine.ts'
import { recipientRoutes } from './routes/recipients.ts'
import { reportRoutes } from './routes/reports.ts'
import { residentRoutes } from './routes/residents.ts'
import { residentsImportRoutes } from './routes/residents-import.ts'
import { roamingRoutes } from './routes/roaming-notifications.ts'
import { travelLevelRoutes } from './routes/travel-levels.ts'
import { zoneRoutes } from './routes/zones.ts'
import { validatorCompiler } from './validate.ts'

/** The largest JSON body; alerts and streams have limits of their own. */
const bodyLimit = 1024 * 1024

const routes = [
  alertRoutes,
  alertActRoutes,
  alertPreviewRoutes,
  alertDensityRoutes,
  alertExplainRoutes,
  progressRoutes,
  recipientRoutes,
  reportRoutes,
  residentRoutes,
  residentsImportRoutes,
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
  peopleRoutes,
]

/** The REST API, ready to listen or to be injected into. Closing it ends open event streams. */
export async function buildServer(deps: ApiDeps): Promise<FastifyInstance> {
  // Without a logger of fastify's: it would log paths, which may hold a number. headers.ts logs routes.
  const app = fastify({
    bodyLimit,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, deps.log))
  // Text is no body here: without this it would be taken and fail with a worse error.
  app.removeContentTypeParser('text/plain')
  answerUnknown(app)
  addHeaders(app, deps.log)
  authenticate(app, deps)
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
