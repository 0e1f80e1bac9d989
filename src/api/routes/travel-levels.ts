import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { Findings } from '../../alerts/findings.ts'
import { compileShapes } from '../../geo/compile.ts'
import { isCountry } from '../../geo/iso3166.ts'
import { areaElsewhere } from '../../geo/travel-levels.ts'
import { Problem } from '../../lib/problem.ts'
import {
  confirmLevels,
  levelAt,
  levelHistory,
  levelsOf,
  setLevel,
  type TravelLevelRow,
} from '../../store/zones/travel-levels.ts'
import { warningSchema, warningView } from '../alert-view.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { answers, nullable, timestamp } from '../schemas.ts'
import { dayNotAfterToday } from '../times.ts'

const country = Type.String({
  pattern: '^[A-Z]{2}$',
  'x-form': 'two capital letters of ISO 3166-1, like JP',
  description: 'ISO 3166-1 alpha-2',
})
const level = nullable(
  Type.Integer({
    minimum: 1,
    maximum: 4,
    description:
      '1 caution, 2 restraint, 3 departure recommended, 4 travel ban; null without special: nothing any more',
  }),
)
const since = Type.String({ format: 'date', description: 'The day from which it holds; today at the latest' })
const given = {
  country,
  area: Type.String({
    minLength: 1,
    maxLength: 100,
    description: 'The id of a zone: the country itself, a region of it, or a zone of the library',
  }),
  level,
  special: Type.Optional(
    Type.Boolean({ default: false, description: 'The special travel advisory, between levels 2 and 3' }),
  ),
  since,
  source: Type.String({ minLength: 1, maxLength: 500, description: 'What it was taken from' }),
  verified: Type.Optional(Type.Boolean({ default: false, description: 'Compared with what the ministry published' })),
}
const levelBody = Type.Object(given, { additionalProperties: false })
const levelSchema = Type.Object(
  {
    ...given,
    madeBy: Type.String({ description: 'person:NAME, or file' }),
    madeAt: timestamp('When it was set'),
  },
  { title: 'TravelLevel' },
)
const confirmBody = Type.Object(
  {
    country: Type.String({
      pattern: '^(\\*|[A-Z]{2})$',
      'x-form': 'two capital letters of ISO 3166-1, like JP, or * for all',
      description: 'ISO 3166-1 alpha-2, or * for all',
    }),
    source: Type.String({ minLength: 1, maxLength: 500, description: 'What they were compared with' }),
  },
  { additionalProperties: false },
)
const listQuery = Type.Object(
  {
    country: Type.Optional(country),
    history: Type.Optional(
      Type.Boolean({ default: false, description: 'Everything that was ever said of the country, the newest first' }),
    ),
  },
  { additionalProperties: false },
)
const placeQuery = Type.Object(
  {
    lon: Type.Number({ minimum: -180, maximum: 180 }),
    lat: Type.Number({ minimum: -90, maximum: 90 }),
    country: Type.Optional(country),
  },
  { additionalProperties: false },
)

export async function travelLevelRoutes(app: FastifyInstance, { db, zones, countries }: ApiDeps): Promise<void> {
  const list = Type.Object({ levels: Type.Array(levelSchema) })

  app.get<{ Querystring: Static<typeof listQuery> }>(
    '/travel-levels',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listTravelLevels',
        tags: ['zones'],
        summary: 'Travel-alert levels by country and area',
        querystring: listQuery,
        response: answers(200, list, 'What stands now, or the history of a country'),
      },
    },
    async ({ query }) => {
      if (!query.history) return { levels: await levelsOf(db.pool, query.country) }
      if (query.country === undefined) {
        throw new Problem('missing-country', 'The history is that of one country', { where: 'country' })
      }
      return { levels: await levelHistory(db.pool, query.country) }
    },
  )

  app.get<{ Querystring: Static<typeof placeQuery> }>(
    '/travel-levels/at',
    {
      config: { roles: readers },
      schema: {
        operationId: 'travelLevelAt',
        tags: ['zones'],
        summary: 'The travel-alert level of a place',
        description:
          'The gravest of the areas that hold it. Where no country is given it is the one of the place, with 10 km of sea.',
        querystring: placeQuery,
        response: answers(
          200,
          Type.Object({ country: nullable(country), level: nullable(levelSchema) }),
          'The level; null where there is no advice',
        ),
      },
    },
    async ({ query: { lon, lat, country = countries.countryAt(lon, lat) } }) => {
      if (country === undefined) return { country: null, level: null }
      const holds = async (area: string) => {
        const { regions } = zones.references
        if (regions.headOf(area)) return regions.codesAt(lon, lat, area.slice(0, 2)).includes(area)
        const zone = (await zones.zonesOf([area])).get(area)
        return zone !== undefined && compileShapes(zone.shapes, countries).contains(lon, lat)
      }
      return { country, level: (await levelAt(db.pool, country, holds)) ?? null }
    },
  )

  app.post<{ Body: Static<typeof levelBody> }>(
    '/travel-levels',
    {
      config: { roles: ['composer', 'administrator'] },
      schema: {
        operationId: 'setTravelLevel',
        tags: ['zones'],
        summary: 'Say what stands for an area from now on',
        description: 'Nothing is overwritten: what stood before remains in the history, with who set it.',
        body: levelBody,
        response: answers(
          201,
          Type.Interface([list], {
            warnings: Type.Array(warningSchema, { description: 'What should be looked at: an area on other ground' }),
          }),
          'What stands now in the country',
        ),
      },
    },
    async (request, reply) => {
      const { special = false, verified = false, ...rest } = request.body
      if (!isCountry(rest.country)) {
        throw new Problem('unknown-country', `"${rest.country}" is not a country`, { status: 422, where: '/country' })
      }
      dayNotAfterToday('/since', rest.since)
      const elsewhere = areaElsewhere(rest.country, rest.area, '/area')
      if (elsewhere) throw elsewhere
      const area = await zones.zone(rest.area)
      const level = rest.level as TravelLevelRow['level']
      await setLevel(db, { ...rest, level, special, verified }, holderOf(request).person)
      const ground = zones.references.countriesOf(area.id) ?? compileShapes(area.shapes, countries).countriesTouched()
      const warnings = new Findings()
      if (ground.length > 0 && !ground.includes(rest.country)) {
        warnings.problem(
          'area-elsewhere',
          '/area',
          `The ground of ${area.id} is in ${ground.join(', ')}, not in ${rest.country}: the level holds only for whoever is reported in ${rest.country} all the same`,
          'Is it the right country? Level null takes the row off.',
        )
      }
      return reply
        .code(201)
        .send({ levels: await levelsOf(db.pool, rest.country), warnings: warnings.problems.map(warningView) })
    },
  )

  app.post<{ Body: Static<typeof confirmBody> }>(
    '/travel-levels/confirm',
    {
      config: { roles: ['composer', 'administrator'] },
      schema: {
        operationId: 'confirmTravelLevels',
        tags: ['zones'],
        summary: 'Say that what the file said of a country is what the ministry publishes',
        description:
          'Levels that come with the engine are told to nobody who enters until then. What people set is left alone.',
        body: confirmBody,
        response: answers(
          201,
          Type.Object({
            confirmed: Type.Array(Type.Object(given, { title: 'ConfirmedLevel' }), {
              description: 'None: nothing of the file was left there',
            }),
          }),
          'What is told from now on',
        ),
      },
    },
    async (request, reply) => {
      const { country, source } = request.body
      if (country !== '*' && !isCountry(country)) {
        throw new Problem('unknown-country', `"${country}" is not a country`, { status: 422, where: '/country' })
      }
      const { person } = holderOf(request)
      return reply
        .code(201)
        .send({ confirmed: await confirmLevels(db, country === '*' ? null : country, source, person) })
    },
  )
}
