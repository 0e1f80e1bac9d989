import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { placesOf } from '../../dispatch/roll.ts'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../../store/audit.ts'
import { carrierRows, registerCarriers, setPaused } from '../../store/chunks/carriers.ts'
import { transaction } from '../../store/database.ts'
import { holderOf, readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { answers, idParams, nullable, timestamp } from '../schemas.ts'

const bindSchema = Type.Object(
  {
    kind: Type.Enum(['transceiver', 'transmitter', 'receiver']),
    boundAt: nullable(timestamp('Since when it is up')),
    lastEnd: nullable(
      Type.Object({
        cause: Type.Enum(['credentials', 'already-bound', 'refused', 'network', 'silent', 'unbound'], {
          description: 'credentials: it stays down until the profiles are read again; all others are tried again',
        }),
        reason: Type.String(),
        at: timestamp('When it ended'),
        retryInMs: Type.Optional(Type.Number({ description: 'The pause before the next try, counted from then' })),
      }),
    ),
  },
  { title: 'Bind' },
)

const changeSchema = Type.Object(
  {
    id: Type.String(),
    change: Type.Enum(['unchanged', 'changed', 'added', 'removed']),
    keys: Type.Array(Type.String(), { description: 'The keys of a changed profile' }),
  },
  { title: 'CarrierChange' },
)

const carrierSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    live: Type.Boolean({ description: 'false: Exercise and Test only' }),
    throughput: Type.Integer({ description: 'What the contract allows a second' }),
    rate: nullable(Type.Integer({ description: 'submit_sm of the last second, over all binds' })),
    allowedRate: nullable(
      Type.Integer({
        description: 'What is sent a second at most now: less than the contract after the carrier throttled',
      }),
    ),
    windowBound: nullable(
      Type.Boolean({ description: 'Whether binds and windows, not the contract, hold back what is being sent' }),
    ),
    bindsWanted: Type.Integer({ description: 'A transmitter and a receiver are two' }),
    pausedAt: nullable(timestamp('Since when it is paused')),
    binds: nullable(Type.Integer({ description: 'Binds that are up; null where this process does not dispatch' })),
    held: nullable(Type.Boolean({ description: 'Whether this process sends through the account' })),
    downMs: nullable(Type.Integer({ description: 'For how long no bind has been up' })),
    each: nullable(Type.Array(bindSchema, { description: 'The binds, one by one' })),
    rollHalted: nullable(
      Type.String({ description: 'How the carrier refused new credentials, while binds with the old ones stay up' }),
    ),
  },
  { title: 'Carrier' },
)

export async function carrierRoutes(app: FastifyInstance, { db, carriers, carrierStatus }: ApiDeps): Promise<void> {
  const view = async () => {
    const rows = await carrierRows(db.pool)
    const statuses = new Map(carrierStatus().map((status) => [status.id, status]))
    return carriers.profiles.map((profile) => {
      const { id, name, live, throughput } = profile
      const status = statuses.get(id)
      return {
        id,
        name,
        live,
        throughput,
        rate: status?.rate ?? null,
        allowedRate: status?.allowedRate ?? null,
        windowBound: status?.windowBound ?? null,
        bindsWanted: status?.bindsWanted ?? placesOf(profile).length,
        pausedAt: rows.get(id)?.pausedAt ?? null,
        binds: status?.binds ?? null,
        held: status?.held ?? null,
        downMs: status?.downMs ?? null,
        each: status?.each ?? null,
        rollHalted: status?.rollHalted ?? null,
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

  app.post(
    '/carriers/reload',
    {
      config: { roles: ['administrator'] },
      schema: {
        operationId: 'reloadCarriers',
        tags: ['carriers'],
        summary: 'Read the profiles of this process again, all or nothing; what is being sent goes on',
        response: answers(200, Type.Object({ carriers: Type.Array(changeSchema) }), 'What changed, by carrier'),
      },
    },
    async (request) => ({ carriers: await carriers.reload(`person:${holderOf(request).person}`) }),
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
        const { profiles } = carriers
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
