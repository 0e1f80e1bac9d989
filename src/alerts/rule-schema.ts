import Type from 'typebox'
import { inForm } from '../lib/schema-hint.ts'
import { DEFAULT_REVIEW_HOURS, DEFAULT_TOLERANCE, LEGAL_BASES, NUMBERS, UNCERTAIN, UNKNOWN_LANGUAGE } from './rules.ts'

/** JSON Schemas of an alert's rules, the same for the JSON of an alert and for the query of the request that brings one. */

const choices = {
  unplaced: Type.Optional(
    Type.Enum(['include', 'exclude'], { description: 'people of whom only the country is known' }),
  ),
  uncertain: Type.Optional(
    Type.Enum([...UNCERTAIN], {
      description:
        'people whose place is uncertain, where the border may lie within that: all of them, those whose centre is inside, or none',
    }),
  ),
  numbers: Type.Optional(
    Type.Enum([...NUMBERS], {
      description: 'a person of several numbers is told on each, or on the one last seen and then on the next',
    }),
  ),
  legalBasis: Type.Optional(
    Type.Enum([...LEGAL_BASES], {
      description:
        'by what right people are told; left out: vital-interests of Extreme and Severe alerts, else public-task',
    }),
  ),
  resend: Type.Optional(Type.Enum(['resend', 'keep'], { description: 'messages of unknown fate after a crash' })),
  maxRecipients: Type.Optional(Type.Integer({ minimum: 1, description: 'more numbers than this: refuse' })),
  tolerance: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1000,
      description: `percent by which a launch may exceed the count of the submission, and 100 people always; left out: ${DEFAULT_TOLERANCE}`,
    }),
  ),
  reviewHours: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 8760,
      description: `so long after the launch those who enter are told; then somebody has to look at it again; left out: ${DEFAULT_REVIEW_HOURS}`,
    }),
  ),
  placeMaxAgeHours: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'of roamers: an older place does not count; they are unplaced' }),
  ),
  seenMaxAgeHours: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'of roamers: who was not heard of for longer is left out' }),
  ),
}

interface List {
  /** What an item may be, as a pattern and for people. */
  readonly item: string
  readonly form: string
  /** What the list is for. */
  readonly description: string
}

const lists = {
  populations: { item: 'residents|roamers', form: 'residents or roamers', description: 'only these' },
  languages: {
    item: '[a-z]{2,3}',
    form: 'a primary language subtag: ko, not ko-KR',
    description: `languages of residents; ${UNKNOWN_LANGUAGE}: not known; roamers count as that`,
  },
  missions: {
    item: '[^,\\s]+',
    form: 'the id of a mission, without blanks: tokyo',
    description: 'of residents: registered at one of these; roamers are not concerned',
  },
  homeNetworks: {
    item: '\\d{5,6}',
    form: 'MCC and MNC without anything between them: 45008',
    description: 'of roamers: MCC and MNC of the home network; residents are not concerned',
  },
} as const satisfies Record<string, List>

type Lists = { [Name in keyof typeof lists]: ReturnType<typeof listOf> }
type Listed = { [Name in keyof typeof lists]: ReturnType<typeof textOf> }

const listOf = ({ item, form, description }: List) =>
  Type.Optional(
    Type.Array(Type.String({ pattern: `^(${item})$`, ...inForm(form) }), {
      minItems: 1,
      maxItems: 1000,
      uniqueItems: true,
      description,
    }),
  )

const textOf = ({ item, form, description }: List) =>
  Type.Optional(
    Type.String({
      pattern: `^(${item})(,(${item}))*$`,
      ...inForm(`${form}; several are separated by commas`, description),
    }),
  )

const eachList = <Schema>(of: (list: List) => Schema) =>
  Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, of(list)]))

const closed = { additionalProperties: false }

export const rulesSchema = Type.Object({ ...choices, ...(eachList(listOf) as Lists) }, closed)

export const ruleQuerySchema = Type.Object({ ...choices, ...(eachList(textOf) as Listed) }, closed)

export type RuleQuery = Type.Static<typeof ruleQuerySchema>

/** Rules as a query has them: lists are texts there. */
export function rulesOfQuery(query: RuleQuery): Type.Static<typeof rulesSchema> {
  const { populations, languages, missions, homeNetworks, ...rest } = query
  const given = { populations, languages, missions, homeNetworks }
  return {
    ...rest,
    ...Object.fromEntries(
      Object.entries(given).flatMap(([name, text]) =>
        text === undefined ? [] : [[name, [...new Set(text.split(','))]]],
      ),
    ),
  }
}
