import Type, { type TSchema } from 'typebox'
import { problemMediaType } from './problem-json.ts'

const detail = Type.Object({
  code: Type.String(),
  detail: Type.String(),
  where: Type.Optional(Type.String()),
  hint: Type.Optional(Type.String()),
})

const problemSchema = Type.Object(
  {
    type: Type.String({ format: 'uri', description: 'https://bongsu.example/problems/<code>' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: 'This occurrence: urn:uuid: and the request id' }),
    where: Type.Optional(
      Type.String({ description: 'A JSON pointer, query/… or path/…, an XML path, a column or a line' }),
    ),
    hint: Type.Optional(Type.String({ description: 'What to do about it' })),
    errors: Type.Optional(Type.Array(detail, { description: 'Every finding, where there are several' })),
  },
  { title: 'Problem', description: 'RFC 9457' },
)

/**
 * The answers of a route for its OpenAPI operation: the good one, and problems. Answers are not checked against it.
 *
 * @param texts media types in which the same is to be had as text
 */
export function answers(
  status: number,
  schema: TSchema,
  description: string,
  mediaType = 'application/json',
  texts: readonly string[] = [],
) {
  return {
    [status]: {
      description,
      content: {
        [mediaType]: { schema },
        ...Object.fromEntries(texts.map((type) => [type, { schema: Type.String() }])),
      },
    },
    ...problems,
  }
}

export const noContent = (description: string) => ({ 204: { description, type: 'null' }, ...problems })

const problems = {
  '4xx': { description: 'What is wrong with the request', content: { [problemMediaType]: { schema: problemSchema } } },
  '5xx': { description: 'What is wrong here', content: { [problemMediaType]: { schema: problemSchema } } },
}

/** Bodies by media type; `schema` is for the document alone unless the route is validated. */
export const body = (content: Readonly<Record<string, TSchema>>) => ({
  content: Object.fromEntries(Object.entries(content).map(([mediaType, schema]) => [mediaType, { schema }])),
})

export const idParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) })

/** A UUID that PostgreSQL can be asked with. */
export const uuid = Type.String({
  format: 'uuid',
  pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
  'x-form': 'a UUID like 6f1c2a4e-93d0-4b57-8e21-0c5d7a9b3f14',
})

export const limit = (byDefault: number, maximum: number) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, default: byDefault, description: 'At most so many' }))

export const timestamp = (description: string) => Type.String({ format: 'date-time', description })
export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])
export const counts = (description: string) => Type.Record(Type.String(), Type.Integer(), { description })
