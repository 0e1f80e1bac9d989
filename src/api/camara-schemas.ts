import Type from 'typebox'
import { rejectSchema } from './rejects.ts'
import { body, counts, limit, nullable, timestamp } from './schemas.ts'

const states = ['due', 'asked', 'requested', 'active', 'ending', 'ended'] as const

export const operatorQuery = Type.Object(
  {
    operator: Type.Optional(
      Type.String({ minLength: 1, maxLength: 63, description: 'May be left out where there is only one' }),
    ),
  },
  { additionalProperties: false },
)
export const pageQuery = Type.Object(
  {
    operator: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
    state: Type.Optional(Type.Enum([...states])),
    msisdn: Type.Optional(Type.String({ minLength: 7, maxLength: 32 })),
    problem: Type.Optional(Type.Boolean({ default: false, description: 'Only those with a problem' })),
    numbers: Type.Optional(
      Type.Enum(['masked', 'full'], { default: 'masked', description: 'full: approver and auditor; in the audit log' }),
    ),
    after: Type.Optional(
      Type.String({
        format: 'uuid',
        pattern: '^[0-9a-f-]{36}$',
        'x-form': 'a UUID, the `next` of the page before',
        description: '`next` of the page before',
      }),
    ),
    limit: limit(100, 1_000),
  },
  { additionalProperties: false },
)

export const operatorSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    types: Type.Array(Type.String()),
    numbers: Type.Integer({ description: 'That are watched' }),
    states: counts('Subscriptions by state: due, asked, requested, active, ending'),
    heldUntil: nullable(timestamp('Nothing is asked of the operator before')),
    problem: nullable(Type.String({ description: 'What it last refused, with what to do' })),
    listedAt: nullable(timestamp('When its list was last compared with ours')),
  },
  { title: 'CamaraOperator' },
)
export const subscriptionSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    operator: Type.String(),
    msisdn: nullable(Type.String()),
    type: Type.String(),
    state: Type.Enum([...states]),
    remoteId: nullable(Type.String({ description: "The operator's id" })),
    expiresAt: nullable(timestamp('When it ends')),
    nextTryAt: nullable(timestamp('When something is next done about it')),
    tries: Type.Integer({ description: 'Failures in a row' }),
    problem: nullable(Type.String()),
    changedAt: timestamp('When it came into its state'),
  },
  { title: 'CamaraSubscription' },
)
const rejectsOf = { rejected: Type.Integer(), rejects: Type.Array(rejectSchema, { description: 'The first 1000' }) }
export const addedSchema = Type.Object({ added: Type.Integer(), known: Type.Integer(), ...rejectsOf })
export const removedSchema = Type.Object({ removed: Type.Integer(), unknown: Type.Integer(), ...rejectsOf })
export const numbersBody = body({
  'text/csv': Type.String({ description: 'A number a line; the first column counts; of any length' }),
})
