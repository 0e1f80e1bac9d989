import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { broadcastOfAlert } from '../../store/reports/broadcast-head.ts'
import { previewAlert } from '../../targeting/preview.ts'
import { issuedBy, issuedBySchema } from '../alert-view.ts'
import type { ApiDeps } from '../deps.ts'
import { alertOr404 } from '../find-alert.ts'
import { previewDeps } from '../preview-deps.ts'
import { answers, counts, idParams, nullable } from '../schemas.ts'

const seconds = (what: string) => Type.Number({ description: `Seconds until ${what} are handed over` })
const forecast = Type.Object(
  { p50: seconds('half of the messages'), p90: seconds('nine tenths'), p99: seconds('99 %') },
  {
    description:
      'From the contracts: `throughput` is used in full (or, where binds and windows hold a carrier back now, what they let through), in segments or PDUs as it counts. What waits in the same lane and in more urgent ones leaves first, in the longest text of its broadcast; the lanes behind get their shares (entry texts 5 %, the rest 1 % each). Long and short texts are mixed evenly. Messages are handed over once: nothing is thrown back, nobody pauses, fails or launches anything more urgent. Counted from the moment when the first message could leave.',
  },
)

const carrierSchema = Type.Object({
  messages: Type.Integer(),
  segments: Type.Integer(),
  seconds: Type.Number({ description: 'By its contract, if nothing else were to be sent' }),
  queuedAhead: Type.Number({ description: 'What waits in the same lane and in more urgent ones: segments, or PDUs' }),
  forecast: nullable(forecast),
  heldBy: nullable(
    Type.Enum(['paused', 'down'], { description: 'Nothing leaves now; the forecast counts from when it goes on' }),
  ),
  cost: nullable(
    Type.Object(
      { amount: Type.Number(), currency: Type.String() },
      { description: 'By `price` of the profile; null without one' },
    ),
  ),
})

const writingSchema = Type.Object({
  encoding: Type.String(),
  segments: Type.Integer(),
  characters: Type.Integer(),
  pdus: Type.Integer({ description: 'submit_sm: fewer than segments where one carries a long text' }),
  sender: Type.String({ description: 'As the phone shows it' }),
})

const previewSchema = Type.Object(
  {
    ...issuedBySchema,
    matched: Type.Integer({ description: 'Different MSISDNs now: exact, also where they are few' }),
    byReason: counts('resident, roamer, resident-unplaced, roamer-unplaced'),
    byCountry: counts('ISO 3166-1 alpha-2; empty where several come into question'),
    byPopulation: counts('residents, roamers'),
    byLanguage: counts('Primary language subtags; `und`: not known; roamers count as that'),
    byStanding: counts(
      '`country`: in a country that is meant as a whole; `inside`: surely inside; `ring`: the border may lie within the uncertainty of their place; `unplaced`: only the country is known; `holder`: may have the text that is corrected',
    ),
    byCarrier: Type.Record(Type.String(), carrierSchema, {
      description: 'Whom the messages would go to first; `none`: nobody reaches them, or they asked for no more texts',
    }),
    segments: Type.Integer(),
    cost: Type.Record(Type.String(), Type.Number(), { description: 'By currency, of carriers that have a price' }),
    unpricedSegments: Type.Integer({ description: 'Segments through carriers without a price' }),
    forecast,
    unplaced: Type.Enum(['include', 'exclude']),
    unplacedOf: Type.Array(Type.String(), { description: 'Countries of which `unplaced` is said' }),
    apart: Type.Integer({ description: 'MSISDNs whom `unplaced: exclude` leaves out; not in matched' }),
    uncertainApart: Type.Integer({
      description: 'MSISDNs near the border whom the rule `uncertain` leaves out; not in matched',
    }),
    otherNumbers: Type.Integer({
      description: 'Further numbers of people who are told on another first; not in matched',
    }),
    texts: Type.Array(
      Type.Object({
        language: Type.String(),
        text: Type.String(),
        phone: Type.Array(Type.String(), { description: 'The lines that a small phone shows' }),
        messages: Type.Integer({ description: 'Who gets it' }),
        carriers: Type.Record(Type.String(), writingSchema),
      }),
    ),
  },
  { title: 'Preview' },
)

export async function alertPreviewRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db } = deps
  app.post<{ Params: Static<typeof idParams> }>(
    '/alerts/:id/preview',
    {
      config: { roles: ['viewer', 'composer', 'approver'] },
      schema: {
        operationId: 'previewAlert',
        tags: ['alerts'],
        summary: 'Who would get it now, in which words, through whom, at what cost and for how long',
        params: idParams,
        response: answers(200, previewSchema, 'The audience and the texts'),
      },
    },
    async ({ params }) => {
      const { id: alertId, document, rules, chainId, rehearses } = await alertOr404(db, params.id)
      const own = await broadcastOfAlert(db.pool, alertId)
      const preview = await previewAlert(previewDeps(deps), document, rules, {
        alertId,
        chainId,
        rehearses,
        ...(own && { before: own.id }),
      })
      return { ...issuedBy(document), ...preview }
    },
  )
}
