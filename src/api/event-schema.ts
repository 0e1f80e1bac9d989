import Type from 'typebox'
import { nullable, timestamp } from './schemas.ts'

/** What followers and webhooks are told of one act. */
export const alertEventSchema = Type.Object(
  {
    id: Type.Integer({ description: 'Rises with time' }),
    at: timestamp('When it was done'),
    act: Type.String({
      description:
        'create, submit, approve, break-glass, launch, launch-refused, cancel, all-clear, supersede, expire, …',
    }),
    phase: Type.String({ description: 'Where the alert stood then: draft, submitted, approved, live or ended' }),
    version: Type.Integer({ description: 'Of the alert then' }),
    alertId: Type.String({ format: 'uuid' }),
    chainId: Type.String({ format: 'uuid' }),
    identifier: Type.String(),
    sender: Type.String(),
    msgType: Type.String(),
    status: Type.String({ description: 'Actual, Exercise or Test' }),
    severity: Type.String(),
    event: Type.String(),
    glassBroken: nullable(Type.String({ description: 'Why one person approved it alone, where the approval stands' })),
  },
  { title: 'AlertEvent' },
)
