import Type from 'typebox'
import { correctionsSchema } from '../alerts/corrections-schema.ts'
import { issuerOf } from '../alerts/issuer.ts'
import type { Alert, Warning } from '../alerts/model.ts'
import { REVIEW_NOTICE_MS } from '../alerts/rules.ts'
import { messageText } from '../alerts/text.ts'
import type { Problem } from '../lib/problem.ts'
import type { AlertRow } from '../store/alerts/alert-row.ts'
import { type Glance, nothingToSay } from '../store/alerts/at-a-glance.ts'
import { BECAUSE, DECISIONS, type Overlap } from '../store/alerts/overlaps.ts'
import { counts, nullable, timestamp } from './schemas.ts'

/** Who issues an alert; of its preview as well. */
export const issuedBySchema = {
  sender: Type.String({ description: 'Who issues it, as CAP names him' }),
  issuer: nullable(
    Type.String({ description: 'Who issues it, in the words of its first language; null: nothing in it says so' }),
  ),
}

const head = {
  id: Type.String({ format: 'uuid' }),
  chainId: Type.String({ format: 'uuid', description: 'The first alert of the chain of references' }),
  identifier: Type.String(),
  ...issuedBySchema,
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
  glassBroken: nullable(Type.String({ description: 'Why one person approved it alone' })),
  schedule: nullable(
    Type.Object(
      {
        at: nullable(timestamp('When it is launched; null: it was to be, and was refused')),
        by: nullable(Type.String({ description: 'Who asked for that' })),
        failed: nullable(
          Type.Object(
            { at: timestamp('When that was'), code: Type.String(), message: Type.String() },
            {
              description:
                'Why it was refused; launch-failing: it was not, and is tried again at least every 30 seconds',
            },
          ),
        ),
      },
      { description: 'A launch at a time to come, or one that was refused when its time had come' },
    ),
  ),
  review: nullable(
    Type.Object(
      {
        at: timestamp('From then on nobody who enters is told, until an approver has looked at it again'),
        state: Type.Enum(['later', 'due', 'paused'], { description: 'due: within 24 hours' }),
      },
      { description: 'Of a live alert that outlives its rule `reviewHours`' },
    ),
  ),
}

/** An alert in a list: with what somebody who looks at it at a glance has to see. */
export const listedAlertSchema = Type.Object(
  {
    ...head,
    approvedBy: nullable(Type.String({ description: 'Who approved it; alone where the glass was broken' })),
    rehearses: nullable(Type.String({ format: 'uuid', description: 'The alert that this Exercise is a copy of' })),
    undecided: Type.Array(
      Type.Object({
        otherId: Type.String({ format: 'uuid' }),
        sender: Type.String(),
        identifier: Type.String(),
        phase: Type.String({ description: 'Where merely submitted, it does not hold up the launch of this one' }),
      }),
      { description: "Other issuers' alerts for the same people, about which nobody has decided" },
    ),
    unreachable: counts(
      'Messages that wait for a carrier which is down or paused, and that no other can take over now; by carrier',
    ),
  },
  { title: 'AlertHead' },
)

export const warningSchema = Type.Object({
  code: Type.String(),
  message: Type.String(),
  where: Type.Optional(Type.String()),
  hint: Type.Optional(Type.String()),
})

const forecastSchema = Type.Object(
  {
    at: timestamp('When it was counted'),
    matched: Type.Integer({ description: 'MSISDNs' }),
    upTo: Type.Integer({ description: 'A launch that would reach more is refused' }),
    segments: Type.Integer(),
    seconds: Type.Object({ p50: Type.Number(), p90: Type.Number(), p99: Type.Number() }),
    missingLanguages: Type.Array(Type.Object({ language: Type.String(), people: Type.Integer() }), {
      description: 'Languages of the audience in which it says nothing: these people get its first text',
    }),
  },
  { description: 'Whom it reached when it was submitted: approved with the text; null before' },
)

const overlapSchema = Type.Object({
  otherId: Type.String({ format: 'uuid' }),
  sender: Type.String(),
  identifier: Type.String(),
  event: Type.String(),
  because: Type.Enum([...BECAUSE], {
    description:
      '`area`: their areas meet; `unplaced`: they do not, but both tell those of a country of whom only the country is known',
  }),
  phase: Type.String(),
  active: Type.Boolean({ description: 'Whether the other is submitted, approved or live, and has not expired' }),
  foundAt: timestamp('When it was found'),
  decision: nullable(Type.Enum([...DECISIONS], { description: 'Which of them go out; null: nobody has decided' })),
  decidedBy: nullable(Type.String()),
  decidedAt: nullable(timestamp('When')),
  reason: nullable(Type.String()),
})

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
    warnings: Type.Array(warningSchema, {
      description: 'What does not stand against it, but should be looked at before it is approved',
    }),
    forecast: nullable(forecastSchema),
    overlaps: Type.Array(overlapSchema, {
      description: "Other issuers' alerts for the same people: not launched until an approver has decided",
    }),
    corrections: nullable(correctionsSchema),
    template: nullable(Type.String({ description: 'The template that it was made of: ID@VERSION' })),
    rehearses: nullable(Type.String({ format: 'uuid', description: 'The alert that this Exercise is a copy of' })),
  },
  { title: 'Alert' },
)

export const issuedBy = (document: Alert) => ({
  sender: document.sender,
  issuer: issuerOf(document, document.infos[0]?.language ?? '') ?? null,
})

function alertHead(row: AlertRow) {
  const { infos } = row.document
  return {
    id: row.id,
    chainId: row.chainId,
    identifier: row.identifier,
    ...issuedBy(row.document),
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
    glassBroken: row.lifecycle.approval?.glassBroken ?? null,
    schedule: scheduleOf(row),
    review: reviewOf(row),
  }
}

function scheduleOf({ launchAt, launchBy, launchFailed }: AlertRow) {
  if (!launchAt && !launchFailed) return null
  return { at: launchAt, by: launchBy?.person ?? null, failed: launchFailed }
}

function reviewOf({ phase, reviewAt }: AlertRow) {
  if (phase !== 'live' || !reviewAt) return null
  const left = reviewAt.getTime() - Date.now()
  return { at: reviewAt, state: left <= 0 ? 'paused' : left <= REVIEW_NOTICE_MS ? 'due' : 'later' }
}

export function listedAlert(row: AlertRow, { undecided, unreachable }: Glance = nothingToSay) {
  return {
    ...alertHead(row),
    approvedBy: row.lifecycle.approval?.by ?? null,
    rehearses: row.rehearses,
    undecided,
    unreachable,
  }
}

export function alertView(row: AlertRow, overlaps: readonly Overlap[] = []) {
  return {
    ...alertHead(row),
    digest: row.digest,
    lifecycle: row.lifecycle,
    rules: row.rules,
    notes: row.notes,
    texts: row.document.infos.map((info) => ({ language: info.language, text: messageText(row.document, info) })),
    document: row.document,
    warnings: row.warnings,
    forecast: row.forecast,
    overlaps,
    corrections: row.corrections,
    template: row.template,
    rehearses: row.rehearses,
  }
}

/** A finding that does not stand against a launch, but should be seen before approval. */
export const warningView = ({ code, message, where, hint }: Problem): Warning => ({
  code,
  message,
  ...(where === undefined ? {} : { where }),
  ...(hint === undefined ? {} : { hint }),
})
