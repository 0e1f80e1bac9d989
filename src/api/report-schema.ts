import Type from 'typebox'
import { counts, nullable, timestamp } from './schemas.ts'

const share = nullable(Type.Number())
const shares = Type.Object(
  { p50: share, p90: share, p95: share, p99: share },
  { description: 'Seconds from the launch until so many of those that were due; null: so many never came so far' },
)

const line = {
  due: Type.Integer({ description: 'MSISDNs of the first selection that some carrier reaches' }),
  handedOver: Type.Integer({ description: 'The SMSC took it' }),
  delivered: Type.Integer(),
  handedOverSeconds: shares,
  deliveredSeconds: shares,
  curve: Type.Object(
    { handedOver: Type.Array(Type.Integer()), delivered: Type.Array(Type.Integer()) },
    { description: 'How many by each of `seconds`' },
  ),
}

const deliverySchema = Type.Object({
  seconds: Type.Array(Type.Number(), {
    description: 'The times of the curves, s after the launch: until 99 % of what came so far had',
  }),
  all: Type.Object(line),
  carriers: Type.Record(Type.String(), Type.Object(line)),
  countries: Type.Array(
    Type.Object({
      country: Type.String({
        description: 'ISO 3166-1 alpha-2; *: several of fewer than five people; empty: not known any more',
      }),
      matched: Type.Integer({ description: 'As selection counted them, late entrants included' }),
      ...line,
    }),
  ),
  countriesBy: Type.String({
    description:
      'selection: exact; registers: looked up in the registers of now, because messages do not hold their country',
  }),
  lateEntrants: Type.Object(
    { seconds: Type.Array(Type.Number()), n: Type.Array(Type.Integer()) },
    { description: 'How many were told late by each of `seconds`' },
  ),
})

const broadcastSchema = Type.Object({
  id: Type.Integer(),
  identifier: Type.String(),
  msgType: Type.String(),
  matched: Type.Integer({ description: 'MSISDNs; always the sum of states' }),
  states: counts('MSISDNs by state'),
  segments: Type.Integer(),
  seconds: Type.Number({
    description:
      'From the launch to the last answer or receipt that changed the state of a message so far; 0 before the first',
  }),
  firstSubmitMs: nullable(Type.Integer()),
  carriers: Type.Record(
    Type.String(),
    Type.Object({
      submitted: Type.Integer(),
      delivered: Type.Integer(),
      receiptP50Ms: nullable(Type.Number()),
      receiptP95Ms: nullable(Type.Number()),
    }),
  ),
  launchedAt: timestamp('The launch'),
  selectedAt: nullable(timestamp('When everybody was found')),
  expected: nullable(Type.Integer({ description: 'Counted before the first message' })),
  refused: nullable(Type.String({ description: 'Why selection stopped' })),
  audience: Type.Array(
    Type.Object({
      reason: Type.String(),
      country: Type.String({ description: '*: not told apart' }),
      n: Type.Integer(),
    }),
  ),
  lateEntrants: Type.Integer(),
  delivery: deliverySchema,
  failures: Type.Array(
    Type.Object({
      carrier: nullable(Type.String({ description: 'null: none; *: several' })),
      state: Type.String(),
      cause: Type.String(),
      n: Type.Integer(),
    }),
    { description: 'What was not delivered and why, the most frequent cause first' },
  ),
  tallies: Type.Object(
    {
      holds: Type.Boolean(),
      differences: Type.Array(Type.Object({ state: Type.String(), tally: Type.Integer(), messages: Type.Integer() })),
    },
    { description: 'Whether the sums agree with the messages, counted one by one' },
  ),
})

/** Of src/reporting/after-action.ts. */
export const afterActionSchema = Type.Object(
  {
    chainId: Type.String({ format: 'uuid' }),
    at: timestamp('When it was made'),
    timeline: Type.Array(
      Type.Object({
        at: timestamp('When'),
        who: Type.String({ description: 'person:NAME or engine' }),
        what: Type.String({ description: 'alert.approve, broadcast.selected, …' }),
        alertId: Type.String(),
        identifier: Type.String(),
        reason: Type.Optional(Type.String()),
        until: Type.Optional(
          nullable(timestamp('Of alert.pause: when it was reviewed, or ended without; null: it still pauses')),
        ),
      }),
    ),
    alerts: Type.Array(
      Type.Object({
        id: Type.String({ format: 'uuid' }),
        identifier: Type.String(),
        sender: Type.String(),
        msgType: Type.String(),
        status: Type.String(),
        exercise: Type.Boolean({ description: 'Exercise or Test: no live carrier was used' }),
        rehearses: nullable(Type.String({ description: 'The real alert that it is a copy of' })),
        severity: Type.String(),
        allClear: Type.Boolean(),
        phase: Type.String(),
        ended: nullable(Type.Object({ reason: Type.String(), at: timestamp('When') })),
        sent: timestamp('As the alert says'),
        expires: timestamp('Nothing is sent after it'),
        event: Type.String(),
        area: Type.String(),
        texts: Type.Array(Type.Object({ language: Type.String(), text: Type.String() })),
        rules: Type.Record(Type.String(), Type.Unknown(), { description: 'Approved with the alert' }),
        authors: Type.Array(Type.String()),
        approval: nullable(
          Type.Object({
            by: Type.String(),
            at: timestamp('When'),
            glassBroken: Type.Optional(Type.String({ description: 'Why one person did it alone' })),
          }),
        ),
        forecast: nullable(
          Type.Record(Type.String(), Type.Unknown(), {
            description: 'What was expected when it was submitted: matched, upTo, segments, seconds (p50, p90, p99)',
          }),
        ),
        broadcast: nullable(broadcastSchema),
      }),
      { description: 'Each alert of the chain with its broadcast' },
    ),
  },
  { title: 'AfterActionReport' },
)
