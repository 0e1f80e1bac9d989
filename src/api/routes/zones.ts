import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Zone } from '../../geo/zone.ts'
import { nearest } from '../../lib/nearest.ts'
import { Problem } from '../../lib/problem.ts'
import { readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { answers, idParams, nullable } from '../schemas.ts'

const head = {
  id: Type.String(),
  version: Type.Integer(),
  name: Type.String(),
  source: nullable(
    Type.Object({ author: Type.String(), basis: Type.String(), licence: Type.String(), date: Type.String() }),
  ),
}

const headOf = ({ id, version, name, source }: Zone) => ({ id, version, name, source: source ?? null })

export async function zoneRoutes(app: FastifyInstance, { zones: { zones } }: ApiDeps): Promise<void> {
  app.get(
    '/zones',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listZones',
        tags: ['zones'],
        summary: 'The zone library, without outlines',
        response: answers(200, Type.Object({ zones: Type.Array(Type.Object(head)) }), 'The zones'),
      },
    },
    async () => ({ zones: zones.map(headOf) }),
  )

  app.get<{ Params: Static<typeof idParams> }>(
    '/zones/:id',
    {
      config: { roles: readers },
      schema: {
        operationId: 'getZone',
        tags: ['zones'],
        summary: 'One zone with its outline',
        params: idParams,
        response: answers(
          200,
          Type.Object({
            ...head,
            shapes: Type.Array(Type.Object({}), { description: 'As in an alert; lon before lat' }),
          }),
          'The zone',
        ),
      },
    },
    async ({ params }) => {
      const zone = zones.find(({ id }) => id === params.id)
      if (zone !== undefined) return { ...headOf(zone), shapes: zone.shapes }
      const near = nearest(
        params.id,
        zones.map(({ id }) => id),
      )
      throw new Problem('unknown-zone', 'There is no zone with this id', {
        status: 404,
        ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
      })
    },
  )
}
