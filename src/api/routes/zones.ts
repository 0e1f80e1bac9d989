import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { readZoneShapes } from '../../alerts/zone-shapes.ts'
import { compileShapes } from '../../geo/compile.ts'
import { outlineOf, verticesOf } from '../../geo/outline.ts'
import { REFERENCE_KINDS } from '../../geo/reference-zones.ts'
import { isComposition, zoneIdForm, zoneIdPattern } from '../../geo/zone.ts'
import { inForm } from '../../lib/schema-hint.ts'
import { addZone } from '../../store/zones/add-zone.ts'
import { versionsOf, zoneHeads } from '../../store/zones/find-zones.ts'
import type { KnownZone } from '../../store/zones/zone-book.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { afterText, nextOf, nextText } from '../page.ts'
import { answers, idParams, limit, nullable, timestamp } from '../schemas.ts'

const KINDS = ['library', ...REFERENCE_KINDS] as const

const sourceSchema = Type.Object(
  {
    author: Type.String({ minLength: 1 }),
    basis: Type.String({ minLength: 1, description: 'The published facts that the outline follows' }),
    licence: Type.String({ minLength: 1, description: 'SPDX identifier' }),
    date: Type.String({ format: 'date', description: 'Of the facts, not of the drawing' }),
  },
  { additionalProperties: false, title: 'ZoneSource' },
)

const head = {
  kind: Type.Enum([...KINDS]),
  id: Type.String(),
  version: Type.Integer(),
  name: Type.String(),
  source: nullable(sourceSchema),
  madeBy: nullable(Type.String({ description: 'person:NAME, or file; null for what is found by reference' })),
  madeAt: nullable(timestamp('When this version came into the library')),
}

const zoneSchema = Type.Object(
  {
    ...head,
    versions: Type.Array(Type.Integer(), { description: 'All that there are, the newest first' }),
    areaKm2: Type.Number({ description: 'Of regions and jurisdictions without the 5 km of sea that belong to them' }),
    vertices: Type.Integer(),
    countries: Type.Array(Type.String(), { description: 'ISO 3166-1 alpha-2, whose ground it holds' }),
    shapes: Type.Array(Type.Object({}), { description: 'As in an alert; lon before lat' }),
  },
  { title: 'Zone' },
)

const addedSchema = Type.Interface([zoneSchema], {
  unchanged: Type.Boolean({ description: 'No version was made: this one is there already' }),
  notes: Type.Array(Type.String(), { description: 'What was repaired' }),
})

const listQuery = Type.Object(
  {
    kind: Type.Optional(Type.Enum([...KINDS], { default: 'library' })),
    search: Type.Optional(
      Type.String({ maxLength: 100, description: 'In the id or the name; of a city, how its name begins' }),
    ),
    after: afterText,
    limit: limit(100, 1000),
  },
  { additionalProperties: false },
)

const versionQuery = Type.Object(
  { version: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'The newest by default' })) },
  { additionalProperties: false },
)

const zoneBody = Type.Object(
  {
    id: Type.String({ pattern: zoneIdPattern, ...inForm(zoneIdForm, 'Never given to another zone') }),
    version: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'The next one by default' })),
    name: Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '\\S',
      'x-form': 'words, not white space alone',
      description: 'For people',
    }),
    source: Type.Optional(sourceSchema),
    // Read one by one, which says better what is wrong with which.
    shapes: Type.Array(Type.Unknown(), { minItems: 1, description: 'As in an alert, but no zone by its id' }),
  },
  { additionalProperties: false },
)

/** 100,000 vertices are about 4 MB of JSON. */
const bodyLimit = 8 * 1024 * 1024

const headOf = ({ kind, id, version, name, source, madeBy, madeAt }: Omit<KnownZone, 'shapes'>) => ({
  kind,
  id,
  version,
  name,
  source: source ?? null,
  madeBy: madeBy ?? null,
  madeAt: madeAt ?? null,
})

export async function zoneRoutes(app: FastifyInstance, { db, zones, countries }: ApiDeps): Promise<void> {
  const view = async (zone: KnownZone) => {
    const known = zones.references.countriesOf(zone.id)
    // Of a region the ground, without the sea beside it, which takes seconds to measure where there are thousands of islands.
    const ground = known
      ? zone.shapes
          .flatMap((shape) => (shape.kind === 'union' ? shape.of : shape))
          .filter((shape) => !isComposition(shape))
      : zone.shapes
    const compiled = compileShapes(ground, countries)
    return {
      ...headOf(zone),
      versions: zone.kind === 'library' ? await versionsOf(db.pool, zone.id) : [zone.version],
      areaKm2: Math.round(compiled.areaKm2 * 100) / 100,
      vertices: verticesOf(zone.shapes),
      countries: known ?? compiled.countriesTouched(),
      shapes: zone.shapes,
    }
  }

  app.get<{ Querystring: Static<typeof listQuery> }>(
    '/zones',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listZones',
        tags: ['zones'],
        summary: 'Zones by kind, without outlines',
        description:
          'The library holds what was drawn or imported. Countries, regions, airports, cities and the jurisdictions of missions are zones by reference: an alert names them by the id that is listed here.',
        querystring: listQuery,
        response: answers(
          200,
          Type.Object({ zones: Type.Array(Type.Object(head)), next: nextText }),
          'A page of zones by id; of cities the largest 100, by size',
        ),
      },
    },
    async ({ query }) => {
      const { kind = 'library', search = '', after = '' } = query
      const limit = query.limit as number
      const found =
        kind === 'library'
          ? (await zoneHeads(db.pool, { search, after, limit })).map((zone) => ({ kind, ...zone }))
          : zones.references
              .list(kind, search)
              .filter(({ id }) => kind === 'city' || id > after)
              .slice(0, limit)
      return {
        zones: found.map(headOf),
        next: kind === 'city' ? null : nextOf<{ id: string }, string>(found, limit, ({ id }) => id),
      }
    },
  )

  app.post<{ Body: Static<typeof zoneBody> }>(
    '/zones',
    {
      bodyLimit,
      config: { roles: ['composer', 'administrator'] },
      schema: {
        operationId: 'addZone',
        tags: ['zones'],
        summary: 'Add a zone to the library, or a newer version of one',
        description:
          'A version never changes: alerts that name the zone keep the shapes that they were made with. Without a version, what has name, shapes and source of the newest one already makes none.',
        body: zoneBody,
        response: {
          ...answers(201, addedSchema, 'The zone as it is kept'),
          ...answers(200, addedSchema, 'It is there already: unchanged'),
        },
      },
    },
    async (request, reply) => {
      const { shapes: drawn, ...rest } = request.body
      const { shapes, notes } = readZoneShapes(drawn)
      const given = { ...rest, name: rest.name.trim(), shapes }
      const { id, version, made } = await addZone(db, given, holderOf(request).person)
      return reply
        .code(made ? 201 : 200)
        .header('location', `/v1/zones/${id}`)
        .send({ ...(await view(await zones.zone(id, version))), unchanged: !made, notes })
    },
  )

  app.get<{ Params: Static<typeof idParams>; Querystring: Static<typeof versionQuery> }>(
    '/zones/:id',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getZone',
        tags: ['zones'],
        summary: 'One zone with its shapes',
        params: idParams,
        querystring: versionQuery,
        response: answers(200, zoneSchema, 'The zone'),
      },
    },
    async ({ params, query }) => view(await zones.zone(params.id, query.version)),
  )

  app.get<{ Params: Static<typeof idParams>; Querystring: Static<typeof versionQuery> }>(
    '/zones/:id/geojson',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getZoneOutline',
        tags: ['zones'],
        summary: 'One outline to draw on a map; of shapes put together, what they lie in (exact: false)',
        params: idParams,
        querystring: versionQuery,
        response: answers(200, Type.Object({}), 'A Feature (RFC 7946) with a MultiPolygon', 'application/geo+json'),
      },
    },
    async ({ params, query }, reply) => {
      const zone = await zones.zone(params.id, query.version)
      const { geometry, exact } = outlineOf(zone.shapes, countries)
      const { id, version, name, source } = zone
      return reply.type('application/geo+json').send({
        type: 'Feature',
        properties: { id, version, name, exact, ...(source === undefined ? {} : { source }) },
        geometry,
      })
    },
  )
}
