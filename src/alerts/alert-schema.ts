import Type, { type TSchema } from 'typebox'
import { inForm } from '../lib/schema-hint.ts'
import { correctionsSchema } from './corrections-schema.ts'
import * as model from './model.ts'
import { rulesSchema } from './rule-schema.ts'

/** JSON Schema of an alert in our own JSON: the model, shapes also as GeoJSON or as zones by id, what has a default optional. */

const closed = { additionalProperties: false }
const text = (description?: string) => Type.String(description === undefined ? {} : { description })
const name = (description: string) =>
  Type.String({
    ...inForm('a text without white space, commas, < and &', description),
    minLength: 1,
    pattern: model.IDENTIFIER_PATTERN,
  })
const time = (description: string) => Type.String({ description: `${description}; RFC 3339 with seconds and offset` })
const list = <Item extends TSchema>(item: Item) => Type.Optional(Type.Array(item))
const oneOf = (values: readonly string[]) => Type.Enum([...values])

const namedValue = Type.Object({ valueName: Type.String({ minLength: 1 }), value: Type.String() }, closed)

const resource = Type.Object(
  {
    resourceDesc: Type.String({ minLength: 1 }),
    mimeType: Type.String({ minLength: 1 }),
    size: Type.Optional(Type.Integer({ minimum: 0, description: 'octets' })),
    uri: Type.Optional(Type.String({ minLength: 1, description: 'where the file is; never fetched' })),
    digest: Type.Optional(Type.String({ minLength: 1, description: 'SHA-1 of the file' })),
  },
  closed,
)

const position = Type.Array(Type.Number(), { minItems: 2, maxItems: 3, description: 'lon, lat in degrees' })
const ring = Type.Array(position)

const operand = Type.Object(
  {},
  { description: 'A shape of any of these kinds, itself put together perhaps; no zone by its id' },
)

/** What an item of `shapes` may be, by what tells them apart. */
export const shapeSchemas = {
  polygon: Type.Object({ kind: Type.Literal('polygon'), rings: Type.Array(ring, { minItems: 1 }) }, closed),
  multipolygon: Type.Object(
    { kind: Type.Literal('multipolygon'), polygons: Type.Array(Type.Array(ring, { minItems: 1 }), { minItems: 1 }) },
    closed,
  ),
  circle: Type.Object(
    { kind: Type.Literal('circle'), lon: Type.Number(), lat: Type.Number(), radiusKm: Type.Number() },
    closed,
  ),
  country: Type.Object(
    { kind: Type.Literal('country'), iso2: Type.String({ description: 'ISO 3166-1 alpha-2: the whole country' }) },
    closed,
  ),
  union: Type.Object(
    {
      kind: Type.Literal('union'),
      of: Type.Array(operand, { minItems: 1 }),
      country: Type.Optional(
        Type.String({ description: 'Ground of this country (alpha-2): whoever is reported in another is not meant' }),
      ),
    },
    closed,
  ),
  intersection: Type.Object({ kind: Type.Literal('intersection'), of: Type.Array(operand, { minItems: 2 }) }, closed),
  difference: Type.Object(
    { kind: Type.Literal('difference'), of: operand, minus: Type.Array(operand, { minItems: 1 }) },
    closed,
  ),
  buffer: Type.Object(
    {
      kind: Type.Literal('buffer'),
      of: operand,
      metres: Type.Number({ exclusiveMinimum: 0, maximum: 200_000, description: 'over the ground, all around' }),
    },
    closed,
  ),
  zone: Type.Object({ zone: name('id of a zone of the zone library') }, closed),
  Polygon: Type.Object(
    { type: Type.Literal('Polygon'), coordinates: Type.Array(ring, { minItems: 1 }), bbox: list(Type.Number()) },
    closed,
  ),
  MultiPolygon: Type.Object(
    {
      type: Type.Literal('MultiPolygon'),
      coordinates: Type.Array(Type.Array(ring, { minItems: 1 }), { minItems: 1 }),
      bbox: list(Type.Number()),
    },
    closed,
  ),
}

/** The schema with any schema for an item of `shapes`: a validator looks at these one by one, to say what is wrong with which. */
export function alertSchemaWith<Item extends TSchema>(shape: Item) {
  const area = Type.Object(
    {
      areaDesc: Type.Optional(Type.String({ minLength: 1, description: 'May be left out where `zone` is given' })),
      zone: Type.Optional(name('id of a zone of the zone library')),
      shapes: list(shape),
      geocode: list(namedValue),
      altitude: Type.Optional(Type.Number({ description: 'feet above mean sea level' })),
      ceiling: Type.Optional(Type.Number({ description: 'feet above mean sea level' })),
    },
    closed,
  )
  const info = Type.Object(
    {
      language: Type.String({ minLength: 2, description: 'BCP 47: ko, en-US' }),
      category: Type.Optional(Type.Array(oneOf(model.CATEGORIES), { minItems: 1, default: ['Safety'] })),
      event: Type.String({ minLength: 1 }),
      responseType: list(oneOf(model.RESPONSE_TYPES)),
      urgency: oneOf(model.URGENCIES),
      severity: oneOf(model.SEVERITIES),
      certainty: oneOf(model.CERTAINTIES),
      audience: Type.Optional(text()),
      eventCode: list(namedValue),
      effective: Type.Optional(time('from when it holds')),
      onset: Type.Optional(time('when the event begins')),
      expires: Type.Optional(time('after this nothing is sent; needed for a launch')),
      senderName: Type.Optional(text()),
      headline: Type.Optional(text('first line of the message where no parameter gives its text')),
      description: Type.Optional(text()),
      instruction: Type.Optional(text('second line of the message where no parameter gives its text')),
      web: Type.Optional(text()),
      contact: Type.Optional(text()),
      parameter: Type.Optional(
        Type.Array(namedValue, { description: 'SMS, CMAMlongtext or CMAMtext hold the text of the message' }),
      ),
      resources: list(resource),
      areas: list(area),
    },
    closed,
  )
  return Type.Object(
    {
      identifier: Type.Optional(name('unique for the sender; made by the server where it is left out')),
      sender: Type.Optional(name('who issues the alert; left out: BONGSU_SENDER of the server')),
      sent: Type.Optional(time('when it was issued; now by default')),
      status: oneOf(model.STATUSES),
      msgType: Type.Optional(Type.Enum([...model.MSG_TYPES], { default: 'Alert' })),
      source: Type.Optional(text()),
      scope: Type.Optional(Type.Enum([...model.SCOPES], { default: 'Public' })),
      restriction: Type.Optional(text()),
      addresses: list(Type.String({ minLength: 1 })),
      code: list(Type.String({ minLength: 1 })),
      note: Type.Optional(text()),
      references: list(
        Type.Object(
          {
            sender: name('of the earlier alert'),
            identifier: name('of the earlier alert'),
            sent: time('of the earlier alert'),
          },
          closed,
        ),
      ),
      incidents: list(Type.String({ minLength: 1 })),
      infos: Type.Array(info, { description: 'one a language; the first is the fall-back' }),
      rules: Type.Optional(rulesSchema),
      corrections: Type.Optional(correctionsSchema),
    },
    closed,
  )
}

/** As published by the API. */
export const alertSchema = alertSchemaWith(Type.Union(Object.values(shapeSchemas)))
