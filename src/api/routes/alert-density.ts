import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Box } from '../../geo/region.ts'
import { Problem } from '../../lib/problem.ts'
import { densityOf, finestZoom } from '../../targeting/density.ts'
import type { ApiDeps } from '../deps.ts'
import { alertOr404 } from '../find-alert.ts'
import { answers, idParams } from '../schemas.ts'

const query = Type.Object(
  {
    bbox: Type.Optional(
      Type.String({
        description:
          'west,south,east,north in degrees, west > east over the antimeridian: squares of this box, also beyond the zone',
      }),
    ),
    zoom: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: finestZoom,
        description: 'The world halved so often each way; without it about 4,000 squares',
      }),
    ),
  },
  { additionalProperties: false },
)

const densitySchema = Type.Object(
  {
    zoom: Type.Integer(),
    size: Type.Object({ lon: Type.Number(), lat: Type.Number() }, { description: 'Of a square, degrees' }),
    smallest: Type.Integer({ description: 'Squares of fewer people are not given; counts are multiples of it' }),
    cells: Type.Array(Type.Array(Type.Number(), { minItems: 3, maxItems: 3 }), {
      description: 'West and south of a square, degrees, and how many people have their place in it',
    }),
    hidden: Type.Integer({ description: 'People in squares that are not given; a multiple of `smallest`, too' }),
  },
  { title: 'Density' },
)

export async function alertDensityRoutes(app: FastifyInstance, { db, countries }: ApiDeps): Promise<void> {
  app.get<{ Params: Static<typeof idParams>; Querystring: Static<typeof query> }>(
    '/alerts/:id/density',
    {
      config: { roles: ['viewer', 'composer', 'approver'] },
      schema: {
        operationId: 'getAlertDensity',
        tags: ['alerts'],
        summary: 'Where people are in its zone, as a raster for a map: those whom its rules may choose',
        description:
          'Only who has a place is in it: the unplaced are not. Nobody is to be found in it: no square is smaller than about a kilometre, one of fewer than `smallest` people is not given, and all counts are rounded. Exact counts are those of the preview, for the zone as a whole.',
        params: idParams,
        querystring: query,
        response: answers(200, densitySchema, 'Squares with people'),
      },
    },
    async ({ params, query: { bbox, zoom } }) => {
      const { document, rules } = await alertOr404(db, params.id)
      return densityOf(db, countries, document, rules, {
        ...(bbox !== undefined && { bbox: readBox(bbox) }),
        ...(zoom !== undefined && { zoom }),
      })
    },
  )
}

/** @throws Problem `bad-bbox` (400) */
function readBox(text: string): Box {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  const [west, south, east, north] = numbers as [number, number, number, number]
  const fits = Math.abs(west) <= 180 && Math.abs(east) <= 180 && south >= -90 && north <= 90 && south < north
  if (numbers.length === 4 && fits && west !== east) return { west, south, east, north }
  throw new Problem('bad-bbox', 'It is no box', {
    status: 400,
    where: 'bbox',
    hint: 'Write west,south,east,north in degrees: 136,36,138,38. Where west is the greater it goes over the antimeridian.',
  })
}
