import Type from 'typebox'
import { correctionsSchema } from './corrections-schema.ts'
import { CATEGORIES, CERTAINTIES, RESPONSE_TYPES, SEVERITIES, URGENCIES } from './model.ts'

const closed = { additionalProperties: false }
const tag = '[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*'
const texts = (description: string, maxLength = 2000) =>
  Type.Record(Type.String({ pattern: `^${tag}$` }), Type.String({ minLength: 1, maxLength }), { description })
const description = Type.String({ minLength: 1, maxLength: 200 })
const oneOf = (values: readonly string[]) => Type.Enum([...values])

const field = Type.Union([
  Type.Object(
    { kind: Type.Literal('text'), description, maxLength: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) },
    closed,
  ),
  Type.Object(
    {
      kind: Type.Literal('number'),
      description,
      min: Type.Optional(Type.Number()),
      max: Type.Optional(Type.Number()),
      decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 6 })),
    },
    closed,
  ),
  Type.Object({ kind: Type.Literal('time'), description }, closed),
  Type.Object(
    {
      kind: Type.Literal('choice'),
      description,
      options: Type.Record(Type.String({ pattern: '^[a-z0-9-]{1,40}$' }), texts('The sentence'), { minProperties: 1 }),
    },
    closed,
  ),
])

/** JSON Schema of `AlertTemplate`. */
export const templateSchema = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 100 }),
    languages: Type.Array(Type.String({ pattern: `^${tag}$`, 'x-form': 'a language tag like ko or en-US' }), {
      minItems: 1,
      maxItems: 20,
      uniqueItems: true,
      description: 'In the order of the infos: the first is the fall-back',
    }),
    senderName: texts('Who issues it', 100),
    event: texts('The hazard', 100),
    category: Type.Array(oneOf(CATEGORIES), { minItems: 1 }),
    responseType: Type.Array(oneOf(RESPONSE_TYPES), { minItems: 1 }),
    urgency: oneOf(URGENCIES),
    severity: oneOf(SEVERITIES),
    certainty: oneOf(CERTAINTIES),
    expiresHours: Type.Number({ exclusiveMinimum: 0, maximum: 720 }),
    fields: Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9]{0,39}$' }), field, {
      description: 'What is filled in, by its name in the texts: {place}',
    }),
    texts: texts('What people read'),
    corrections: correctionsSchema,
  },
  { ...closed, title: 'AlertTemplateBody' },
)

const areas = Type.Array(Type.Unknown(), {
  minItems: 1,
  maxItems: 1000,
  description: 'As in the JSON of an alert; the same for all languages',
})

/** What makes an alert of a template. */
export const fromTemplateSchema = Type.Object(
  {
    template: Type.String({ minLength: 1, maxLength: 63, description: 'Its id' }),
    fields: Type.Record(
      Type.String(),
      Type.Union([Type.String(), Type.Number(), Type.Record(Type.String(), Type.String())]),
      {
        description:
          'By name: a text by language ({"ko": …, "en": …}), a number, a time with offset, or the id of an option',
      },
    ),
    areas,
    status: Type.Enum(['Actual', 'Exercise', 'Test']),
    identifier: Type.Optional(Type.String()),
    sender: Type.Optional(Type.String()),
    expires: Type.Optional(Type.String({ description: 'Left out: the hours of the template from now' })),
    onset: Type.Optional(Type.String()),
    severity: Type.Optional(oneOf(SEVERITIES)),
    msgType: Type.Optional(Type.Enum(['Alert', 'Update'])),
    references: Type.Optional(Type.Array(Type.Unknown(), { description: 'As in the JSON of an alert' })),
    rules: Type.Optional(Type.Unknown({ description: 'As in the JSON of an alert' })),
  },
  closed,
)
