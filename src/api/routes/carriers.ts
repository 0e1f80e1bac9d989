import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../../store/audit.ts'
import { carrierRows, registerCarriers, setPaused } from '../../store/chunks/carriers.ts'
import { transaction } from '../../store/database.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { answers, idParams, nullable, timestamp } from '../schemas.ts'

const carrierSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    live: Type.Boolean({ description: 'false: Exercise and Test only' }),
    throughput: Type.Integer({ description: 'What the contract allows a second' }),
    bindsWanted: Type.Integer(),
    pausedAt: nullable(timestamp('Since when it is paused')),
    binds: nullable(Type.Integer({ description: 'Binds that are up; null where this process does not dispatch' })),
    held: nullable(Type.Boolean({ description: 'Whether this process sends through the account' })),
    downMs: nullable(Type.Integer({ description: 'For how long no bind has been up' })),
  },
  { title: 'Carrier' },
)

export async function carrierRoutes(app: FastifyInstance, { db, profiles, carrierStatus }: ApiDeps): Promise<void> {
  const view = async () => {
    const rows = await carrierRows(db.pool)
    const statuses = new Map(carrierStatus().map((status) => [status.id, status]))
    return profiles.map(({ id, name, live, throughput, binds }) => {
      const status = statuses.get(id)
      return {
        id,
        name,
        live,
        throughput,
        bindsWanted: binds,
        pausedAt: rows.get(id)?.pausedAt ?? null,
        binds: status?.binds ?? null,
        held: status?.held ?? null,
        downMs: status?.downMs ?? null,
      }
    })
  }

  app.get(
    '/carriers',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listCarriers',
        tags: ['carriers'],
        summary: 'The carriers and how they are',
        response: answers(200, Type.Object({ carriers: Type.Array(carrierSchema) }), 'The carriers'),
      },
    },
    async () => ({ carriers: await view() }),
  )

  for (const act of ['pause', 'resume'] as const) {
    app.post<{ Params: Static<typeof idParams> }>(
      `/carriers/:id/${act}`,
      {
        config: { roles: ['approver', 'administrator'] },
        schema: {
          operationId: `${act}Carrier`,
          tags: ['carriers'],
          summary:
            act === 'pause'
              ? 'Send nothing more through it, within a second; what waits for it goes on waiting'
              : 'Send through it again',
          params: idParams,
          response: answers(200, carrierSchema, 'The carrier as it stands now'),
        },
      },
      async (request) => {
        const { id } = request.params
        if (!profiles.some((profile) => profile.id === id)) {
          throw new Problem('unknown-carrier', 'There is no carrier with this id', {
            status: 404,
            hint: `There are: ${profiles.map((profile) => profile.id).join(', ')}.`,
          })
        }
        await transaction(db.pool, async (client) => {
          await registerCarriers(client, [id])
          await setPaused(client, id, act === 'pause')
          await appendAudit(client, {
            actor: `person:${holderOf(request).person}`,
            act: `carrier.${act}`,
            subject: `carrier:${id}`,
          })
        })
        return (await view()).find((carrier) => carrier.id === id)
      },
    )
  }
}
