import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { MAX_XML_BYTES } from '../../alerts/xml-text.ts'
import { editAlert } from '../../store/alerts/edit-alert.ts'
import { actingOf } from '../acting.ts'
import { alertView, alertViewSchema } from '../alert-view.ts'
import { holderOf } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { checkIfMatch, etagOf } from '../etag.ts'
import { alertOr404 } from '../find-alert.ts'
import { type AlertQuery, alertBody, alertQuery, readAlert } from '../read-alert.ts'
import { answers, idParams } from '../schemas.ts'
import { bodyUnchecked } from '../validate.ts'

const ifMatch = Type.Object({
  'if-match': Type.Optional(Type.String({ maxLength: 200, description: 'The ETag of what was edited; needed' })),
})

/** In the scope of `alertRoutes`, which has the parser for CAP. */
export function alertEditRoute(app: FastifyInstance, deps: ApiDeps): void {
  app.put<{ Params: Static<typeof idParams>; Body: unknown; Querystring: AlertQuery }>(
    '/alerts/:id',
    {
      bodyLimit: MAX_XML_BYTES,
      validatorCompiler: bodyUnchecked,
      config: { roles: ['composer'] },
      schema: {
        operationId: 'editAlert',
        tags: ['alerts'],
        summary: 'Put another text, area or rule in its place: it is a draft again, and its approval void',
        description:
          'As POST /v1/alerts reads it. What JSON leaves out of identifier, sender and sent stays as it is. What people have read cannot be edited: launch an Update or a Cancel.',
        params: idParams,
        headers: ifMatch,
        querystring: alertQuery,
        body: alertBody,
        response: answers(200, alertViewSchema, 'The draft; its ETag is that of the next edit'),
      },
    },
    async (request, reply) => {
      const header = request.headers['if-match']
      const before = await alertOr404(deps.db, request.params.id)
      checkIfMatch(header, before)
      const { identifier, sender, sent } = before.document
      const edited = await readAlert(deps, holderOf(request), request, {
        id: before.id,
        identifier,
        sender,
        sent,
      })
      const row = await editAlert(deps.db, before.id, edited, actingOf(request), (now) => checkIfMatch(header, now))
      return reply.header('etag', etagOf(row)).send(alertView(row))
    },
  )
}
