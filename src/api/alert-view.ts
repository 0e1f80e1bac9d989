import Type from 'typebox'
import { messageText } from '../alerts/text.ts'
import type { Problem } from '../lib/problem.ts'
import type { AlertRow } from '../store/alerts/alert-row.ts'
import { nullable, timestamp } from './schemas.ts'

const head = {
  id: Type.String({ format: 'uuid' }),
  chainId: Type.String({ format: 'uuid', description: 'The first alert of the chain of references' }),
  identifier: Type.String(),
  sender: Type.String(),
  sent: timestamp('As the alert says'),
  msgType: Type.String(),
  status: Type.String({ description: 'Actual, Exercise or Test' }),
  severity: Type.String({ description: 'The worst of any info' }),
  allClear: Type.Boolean(),
  event: Type.String(),
  area: Type.Array(Type.String(), { description: 'The names of its areas' }),
  expires: timestamp('Nothing is sent after it'),
  phase: Type.String({ description: 'draft, submitted, approved, live or ended' }),
  version: Type.Integer({ description: 'Raised by every act' }),
  createdAt: timestamp('When it came'),
  launchedAt: nullable(timestamp('When it was launched')),
}

export const alertHeadSchema = Type.Object(head, { title: 'AlertHead' })

export const alertViewSchema = Type.Object(
  {
    ...head,
    digest: Type.String({
      description: 'SHA-256 of what would be sent, to whom and until when: what an approval is bound to',
    }),
    lifecycle: Type.Object(
      {},
      {
        description:
          'phase, authors, approval (by, at, digest, glassBroken: why one person did it alone), ended (reason, at)',
      },
    ),
    rules: Type.Object(
      {},
      { description: 'Whom it is for, and what becomes of those who are in doubt: approved with the alert' },
    ),
    notes: Type.Array(Type.Object({ where: Type.String(), message: Type.String() }), {
      description: 'What was taken otherwise than it was written',
    }),
    texts: Type.Array(Type.Object({ language: Type.String(), text: Type.String() }), {
      description: 'What people will read, whole; the first is the fall-back',
    }),
    document: Type.Object({}, { description: 'The alert in our own JSON' }),
  },
  { title: 'Alert' },
)

export function alertHead(row: AlertRow) {
  const { infos } = row.document
  return {
    id: row.id,
    chainId: row.chainId,
    identifier: row.identifier,
    sender: row.sender,
    sent: row.sent,
    msgType: row.msgType,
    status: row.status,
    severity: row.severity,
    allClear: row.allClear,
    event: infos[0]?.event ?? '',
    area: [...new Set(infos.flatMap((info) => info.areas.map((area) => area.areaDesc)))],
    expires: row.expires,
    phase: row.phase,
    version: row.version,
    createdAt: row.createdAt,
    launchedAt: row.launchedAt,
  }
}

export function alertView(row: AlertRow) {
  return {
    ...alertHead(row),
    digest: row.digest,
    lifecycle: row.lifecycle,
    rules: row.rules,
    notes: row.notes,
    texts: row.document.infos.map((info) => ({ language: info.language, text: messageText(row.document, info) })),
    document: row.document,
  }
}

/** A finding that does not stand against a launch, but should be seen before approval. */
export const warningView = ({ code, message, where, hint }: Problem) => ({
  code,
  message,
  ...(where === undefined ? {} : { where }),
  ...(hint === undefined ? {} : { hint }),
})

export const warningSchema = Type.Object({
  code: Type.String(),
  message: Type.String(),
  where: Type.Optional(Type.String()),
  hint: Type.Optional(Type.String()),
})
