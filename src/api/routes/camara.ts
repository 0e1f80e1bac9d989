import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Role } from '../../alerts/lifecycle.ts'
import type { CamaraOperator } from '../../carriers/camara/operator-schema.ts'
import { maskMsisdn } from '../../lib/mask.ts'
import { Problem } from '../../lib/problem.ts'
import { camaraBell } from '../../queue/names.ts'
import { appendAudit } from '../../store/audit.ts'
import { forgetNumbers, watchNumbers } from '../../store/camara/numbers.ts'
import { operatorStates, subscriptionPage } from '../../store/camara/views.ts'
import { transaction } from '../../store/database.ts'
import { parseMsisdn } from '../../subscribers/msisdn.ts'
import { readNumbers } from '../../subscribers/number-file.ts'
import { holderOf, readers } from '../authenticate.ts'
import { type BodyStream, streamOf, takeStream } from '../body-stream.ts'
import {
  addedSchema,
  numbersBody,
  operatorQuery,
  operatorSchema,
  pageQuery,
  removedSchema,
  subscriptionSchema,
} from '../camara-schemas.ts'
import type { ApiDeps } from '../deps.ts'
import { checkNumbers } from '../numbers.ts'
import { nextOf, nextText } from '../page.ts'
import { Rejects } from '../rejects.ts'
import { answers, noContent } from '../schemas.ts'
import { bodyUnchecked } from '../validate.ts'

const managers: readonly Role[] = ['administrator']
const batchSize = 5_000

/** Subscriptions at operators' CAMARA APIs: whom they are to report, and how they are. */
export async function camaraRoutes(app: FastifyInstance, { db, queues, camara }: ApiDeps): Promise<void> {
  const operators = camara?.operators ?? []
  const now = camara?.now ?? (() => new Date())
  app.addContentTypeParser('text/csv', takeStream)
  const ring = () => void queues.ring(camaraBell, {}, { id: 'camara' })

  app.get(
    '/camara/operators',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listCamaraOperators',
        tags: ['subscribers'],
        summary: 'Accounts with CAMARA operators and how they are',
        response: answers(200, Type.Object({ operators: Type.Array(operatorSchema) }), 'The operators'),
      },
    },
    async () => {
      const found = await operatorStates(db.pool)
      return {
        operators: operators.map(({ id, name, types }) => {
          const state = found.get(id)
          return {
            id,
            name,
            types,
            numbers: state?.numbers ?? 0,
            states: state?.states ?? {},
            heldUntil: state?.heldUntil ?? null,
            problem: state?.problem ?? null,
            listedAt: state?.listedAt ?? null,
          }
        }),
      }
    },
  )

  app.get<{ Querystring: Static<typeof pageQuery> }>(
    '/camara/subscriptions',
    {
      config: { roles: readers },
      schema: {
        operationId: 'listCamaraSubscriptions',
        tags: ['subscribers'],
        summary: 'Subscriptions at CAMARA operators, by id',
        querystring: pageQuery,
        response: answers(
          200,
          Type.Object({
            subscriptions: Type.Array(subscriptionSchema),
            next: nextText,
          }),
          'A page',
        ),
      },
    },
    async (request) => {
      const { msisdn, problem, numbers = 'masked', limit = 100, ...filter } = request.query
      const { person, roles } = holderOf(request)
      checkNumbers(numbers, roles)
      const number = msisdn === undefined ? undefined : parseMsisdn(msisdn).msisdn
      const rows = await subscriptionPage(db.pool, { ...filter, msisdn: number, troubled: problem, limit })
      if (numbers === 'full') {
        await transaction(db.pool, (client) =>
          appendAudit(client, {
            actor: `person:${person}`,
            act: 'camara.view',
            subject: number === undefined ? 'camara' : `subscriber:${number}`,
            detail: { rows: rows.length },
          }),
        )
      }
      const shown = (one: string | null) => (one === null || numbers === 'full' ? one : maskMsisdn(one))
      return {
        subscriptions: rows.map((row) => ({ ...row, msisdn: shown(row.msisdn) })),
        next: nextOf(rows, limit, ({ id }) => id),
      }
    },
  )

  app.post<{ Body: BodyStream; Querystring: Static<typeof operatorQuery> }>(
    '/camara/subscriptions',
    {
      validatorCompiler: bodyUnchecked,
      config: { roles: managers },
      schema: {
        operationId: 'addCamaraSubscriptions',
        tags: ['subscribers'],
        summary: 'Have an operator report these numbers; one that was refused is tried again',
        querystring: operatorQuery,
        body: numbersBody,
        response: answers(202, addedSchema, 'Kept; the operator is asked at the rate of its profile'),
      },
    },
    async (request, reply) => {
      const operator = operatorFor(operators, request.query.operator)
      const { id, types } = operator
      const { count, of, rejects } = await inBatches(request, 'camara.subscribe', operator, (client, msisdns, by) =>
        watchNumbers(client, { operator: id, msisdns, types, by, now: now() }),
      )
      return reply.code(202).send({ added: count, known: of - count, rejected: rejects.count, rejects: rejects.list })
    },
  )

  app.post<{ Body: BodyStream; Querystring: Static<typeof operatorQuery> }>(
    '/camara/subscriptions/end',
    {
      validatorCompiler: bodyUnchecked,
      config: { roles: managers },
      schema: {
        operationId: 'endCamaraSubscriptions',
        tags: ['subscribers'],
        summary: 'Have an operator report these numbers no more',
        querystring: operatorQuery,
        body: numbersBody,
        response: answers(202, removedSchema, 'Kept; the subscriptions are deleted at the operator'),
      },
    },
    async (request, reply) => {
      const operator = operatorFor(operators, request.query.operator)
      const { count, of, rejects } = await inBatches(request, 'camara.unsubscribe', operator, (client, msisdns) =>
        forgetNumbers(client, operator.id, msisdns, now()),
      )
      return reply
        .code(202)
        .send({ removed: count, unknown: of - count, rejected: rejects.count, rejects: rejects.list })
    },
  )

  const params = Type.Object({ msisdn: Type.String({ minLength: 7, maxLength: 32 }) })
  app.delete<{ Params: Static<typeof params>; Querystring: Static<typeof operatorQuery> }>(
    '/camara/subscriptions/:msisdn',
    {
      config: { roles: managers },
      schema: {
        operationId: 'endCamaraSubscription',
        tags: ['subscribers'],
        summary: 'Have an operator report a number no more',
        params,
        querystring: operatorQuery,
        response: noContent('Its subscriptions are deleted at the operator'),
      },
    },
    async (request, reply) => {
      const operator = operatorFor(operators, request.query.operator)
      const { msisdn } = parseMsisdn(request.params.msisdn)
      await transaction(db.pool, async (client) => {
        if ((await forgetNumbers(client, operator.id, [msisdn], now())) === 0) {
          throw new Problem('number-unknown', `${operator.name} is not to report this number`, { status: 404 })
        }
        await appendAudit(client, {
          actor: `person:${holderOf(request).person}`,
          act: 'camara.unsubscribe',
          subject: `subscriber:${msisdn}`,
          detail: { operator: operator.id },
        })
      })
      ring()
      return reply.code(204).send()
    },
  )

  /** Reads the numbers of a body and has them worked off some thousand at a time, each with its line in the audit log. */
  async function inBatches(
    request: FastifyRequest<{ Body: BodyStream }>,
    act: string,
    operator: CamaraOperator,
    work: (client: Parameters<typeof forgetNumbers>[0], msisdns: string[], by: string) => Promise<number>,
  ): Promise<{ count: number; of: number; rejects: Rejects }> {
    const body = streamOf(request, 'Send numbers, one a line, as text/csv.')
    const rejects = new Rejects()
    let batch = new Set<string>()
    let count = 0
    let of = 0
    const flush = async () => {
      if (batch.size === 0) return
      const msisdns = [...batch]
      batch = new Set()
      count += await transaction(db.pool, async (client) => {
        const done = await work(client, msisdns, holderOf(request).person)
        await appendAudit(client, acted(request, act, operator, done))
        return done
      })
      of += msisdns.length
      ring()
    }
    try {
      for await (const row of readNumbers(body)) {
        if ('problem' in row) rejects.add({ line: row.line }, row.problem)
        else if (batch.add(row.msisdn).size >= batchSize) await flush()
      }
      await flush()
    } finally {
      await body.return(undefined)
    }
    return { count, of, rejects }
  }
}

const acted = (request: FastifyRequest, act: string, operator: CamaraOperator, numbers: number) => ({
  actor: `person:${holderOf(request).person}`,
  act,
  subject: `camara:${operator.id}`,
  detail: { numbers },
})

/** @throws Problem where it is not known, or left out though there are several */
function operatorFor(operators: readonly CamaraOperator[], id: string | undefined): CamaraOperator {
  const known = operators.map((operator) => operator.id).join(', ')
  const only = operators.length === 1 ? operators[0] : undefined
  const found = id === undefined ? only : operators.find((operator) => operator.id === id)
  if (found !== undefined) return found
  if (operators.length === 0) {
    throw new Problem('no-camara-operators', 'No CAMARA operator is configured', {
      status: 409,
      hint: 'Set BONGSU_CAMARA_DIR to a folder of their profiles (docs/camara.md).',
    })
  }
  if (id === undefined) {
    throw new Problem('missing-operator', 'There are several CAMARA operators', {
      where: 'operator',
      hint: `Name one: ${known}.`,
    })
  }
  throw new Problem('unknown-operator', `There is no CAMARA operator "${id}"`, {
    status: 404,
    where: 'operator',
    hint: `Known: ${known}.`,
  })
}
