import type { FastifyInstance, InjectOptions } from 'fastify'
import type { Prng } from '../../../src/lib/prng.ts'
import type { Memory } from './memory.ts'
import { type Asked, recipes } from './recipes.ts'
import { damaged, type Known, likely, nasty, nastyTexts, type Schema } from './values.ts'

export interface Operation {
  readonly method: string
  readonly path: string
  readonly operationId: string
  /** Who may; empty: everybody. */
  readonly roles: readonly string[]
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly schema: Schema
    readonly required?: boolean
  }[]
  /** By media type. */
  readonly bodies: Readonly<Record<string, Schema>>
}

/** Everything that /docs/json lists. */
export function operationsOf(app: FastifyInstance): Operation[] {
  const { paths } = app.swagger() as unknown as {
    paths: Record<
      string,
      Record<
        string,
        {
          operationId: string
          description?: string
          parameters?: Operation['parameters']
          requestBody?: { content: Record<string, { schema: Schema }> }
        }
      >
    >
  }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, description = '', parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      operationId,
      roles: /Roles: (.*)\./.exec(description)?.[1]?.split(', ') ?? [],
      parameters,
      bodies: Object.fromEntries(
        Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => [type, schema]),
      ),
    })),
  )
}

/** Bodies that are taken, by operation: what is nearly right goes deeper than what is wrong at once. */
export type Corpus = Readonly<Record<string, readonly { readonly type: string; readonly body: unknown }[]>>

const mediaTypes = [
  'application/json',
  'application/json; charset=utf-16',
  'application/cap+xml',
  'text/csv',
  'application/x-ndjson',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'text/plain',
  'nonsense',
]

const accepts = [
  '*/*',
  'application/json',
  'text/plain',
  'text/html',
  'application/x-ndjson',
  'text/event-stream',
  'text/csv',
  ';;;',
  'x'.repeat(2000),
]

export type Request = InjectOptions & { headers: Record<string, string> }

export interface Right {
  readonly request: Request
  readonly asked: Asked
  /** Before it was written down. */
  readonly body: unknown
}

/** A request that should be taken: about what is there, in the state where it may be done, with a body that is right. */
export function rightRequest(
  random: Prng,
  operation: Operation,
  memory: Memory,
  corpus: Corpus,
  n: number,
): Right | undefined {
  const { operationId, path, parameters, bodies, method } = operation
  const recipe = recipes[operationId]
  const asked = recipe?.(memory, random, n) ?? (recipe === undefined && !path.includes('{') ? {} : undefined)
  if (asked === undefined) return undefined
  const headers: Record<string, string> = { ...asked.headers }
  const params = path.replace(/\{(\w+)\}/g, (_, name: string) => encoded(String(asked.params?.[name])))
  const given = parameters.flatMap(({ in: where, name, schema, required }) => {
    if (where !== 'query') return []
    const value =
      asked.query?.[name] ??
      (required === true && !('default' in schema) ? likely(random, schema, memory.known, name) : undefined)
    return value === undefined ? [] : [`${name}=${encoded(String(value))}`]
  })
  const samples = corpus[operationId] ?? []
  const sample = 'body' in asked || samples.length === 0 ? asked : random.pick(samples)
  const request: Request = {
    method: method as 'GET',
    url: `${params}${given.length > 0 ? '?' : ''}${given.join('&')}`,
    headers,
  }
  if (sample.body === undefined || Object.keys(bodies).length === 0) return { request, asked, body: undefined }
  headers['content-type'] = sample.type ?? 'application/json'
  const payload = typeof sample.body === 'string' ? sample.body : JSON.stringify(sample.body)
  return { request: { ...request, payload }, asked, body: sample.body }
}

/** A request of an operation: what its parameters and bodies are said to be, or nearly that, or nothing like it. */
export function requestOf(random: Prng, operation: Operation, known: Known, corpus: Corpus): Request {
  const headers: Record<string, string> = {}
  // A body that is right is wasted on a query that is wrong.
  const plain = operation.operationId in corpus && random.next() < 0.6
  const url = `${pathOf(random, operation, known)}${plain ? '' : queryOf(random, operation, known)}`
  const sometimes = (share: number, name: string, value: () => string) => {
    if (random.next() < share) headers[name] = value()
  }
  const header = () =>
    String(nasty(random))
      .replace(/[^\x20-\x7e]/g, '?')
      .slice(0, 4000)
  sometimes(0.25, 'accept', () => random.pick(accepts))
  sometimes(0.1, 'idempotency-key', () => random.pick(['a', 'b', 'c', header()]))
  sometimes(0.3, 'if-match', () => random.pick(['*', '"1"', '"2"', 'W/"1"', header()]))
  sometimes(0.1, 'if-none-match', () => random.pick(['*', header()]))
  sometimes(0.1, 'last-event-id', () => random.pick(['0', '1', '99999999999999999999', header()]))
  sometimes(0.05, 'x-correlator', header)
  sometimes(0.03, 'cookie', () => `bongsu_session=${header()}`)
  const payload = bodyOf(random, operation, known, corpus, headers)
  return { method: operation.method as 'GET', url, headers, ...(payload === undefined ? {} : { payload }) }
}

function pathOf(random: Prng, { path, parameters }: Operation, known: Known): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const schema = parameters.find((one) => one.in === 'path' && one.name === name)?.schema ?? { type: 'string' }
    // Each kind of id has a name of its own in what is known: alerts/{id}, people/{id}.
    const kind = `${/\/([\w-]+)\/\{/.exec(path)?.[1]}.${name}`
    const value =
      random.next() < 0.85 ? likely(random, schema, known, kind in known ? kind : name) : random.pick(nastyTexts)
    return encoded(String(value)).slice(0, 2000) || '-'
  })
}

function queryOf(random: Prng, { parameters }: Operation, known: Known): string {
  const given = parameters.flatMap((one) =>
    one.in === 'query' && random.next() < (one.required === true ? 0.9 : 0.35)
      ? [`${one.name}=${encoded(String(likely(random, one.schema, known, one.name)))}`]
      : [],
  )
  if (random.next() < 0.05) given.push(`${encoded(random.pick(nastyTexts))}=${encoded(random.pick(nastyTexts))}`)
  if (random.next() < 0.05 && given[0] !== undefined) given.push(given[0])
  if (random.next() < 0.02) given.push('%zz=%')
  return given.length === 0 ? '' : `?${given.join('&').slice(0, 8_000)}`
}

/** A lone surrogate cannot be written in a URL. */
const encoded = (text: string): string => encodeURIComponent(text.replace(/[\ud800-\udfff]/g, '?'))

function bodyOf(
  random: Prng,
  { operationId, bodies, method }: Operation,
  known: Known,
  corpus: Corpus,
  headers: Record<string, string>,
): string | undefined {
  const types = Object.keys(bodies)
  // A type without a body is a request that parsers do not see.
  if (random.next() < 0.02) headers['content-type'] = random.pick([...types, ...mediaTypes])
  if (random.next() < 0.03 || (types.length === 0 && random.next() < 0.9)) return undefined
  if (method === 'GET') return undefined
  const type = types.length > 0 && random.next() < 0.95 ? random.pick(types) : random.pick(mediaTypes)
  const samples = corpus[operationId] ?? []
  if (samples.length > 0 && random.next() < 0.7) {
    const sample = random.pick(samples)
    headers['content-type'] = random.next() < 0.97 ? sample.type : type
    if (typeof sample.body === 'string') return random.next() < 0.3 ? sample.body : torn(random, sample.body)
    let { body } = sample
    for (let changes = random.pick([0, 0, 1, 2]); changes > 0; changes--) body = damaged(random, body)
    return JSON.stringify(body) ?? ''
  }
  headers['content-type'] = type
  if (random.next() < 0.03)
    return random.pick(['', '{', '[', '"', 'null', '{"a":1,"a":2}', '\ufeff{}', `${'['.repeat(5_000)}`])
  const body = likely(random, bodies[type] ?? {}, known)
  const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? '')
  return random.next() < 0.05 ? torn(random, text) : text
}

/** Text that was cut, or in which something stands that should not. */
function torn(random: Prng, text: string): string {
  const at = random.int(text.length + 1)
  if (random.next() < 0.3) return text.slice(0, at)
  return `${text.slice(0, at)}${random.pick(nastyTexts).slice(0, 100)}${text.slice(at + random.int(4))}`
}
