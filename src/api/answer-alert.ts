import type { FastifyReply } from 'fastify'
import type { AlertRow } from '../store/alerts/alert-row.ts'
import { overlapsOf } from '../store/alerts/overlaps.ts'
import { jurisdictionOf } from '../store/people/jurisdiction.ts'
import { alertView } from './alert-view.ts'
import { holderOf } from './authenticate.ts'
import type { ApiDeps } from './deps.ts'
import { etagOf } from './etag.ts'
import { alertOr404 } from './find-alert.ts'

/**
 * Answers with an alert as it stands after an act: what was found about it since is shown as well, to mission staff of
 * other alerts those that touch a country of theirs.
 * @param more what the act has to say beside
 */
export async function answerAlert(
  { db }: Pick<ApiDeps, 'db'>,
  reply: FastifyReply,
  { id }: Pick<AlertRow, 'id'>,
  more: object = {},
) {
  const row = await alertOr404(db, id)
  const seen = await jurisdictionOf(db.pool, holderOf(reply.request).missions)
  const overlaps = await overlapsOf(db.pool, id, seen?.countries)
  return reply.header('etag', etagOf(row)).send({ ...alertView(row, overlaps), ...more })
}
