import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { FastifyInstance } from 'fastify'

type Schema = Record<string, unknown>

interface Operation {
  readonly operationId: string
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: Schema }> }>
}

export interface Answered {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly text: string
}

/** What an answer may look like is what /docs/json says: nothing missing, nothing else, no other status or type. */
export class AnswerCheck {
  readonly #app: FastifyInstance
  #routes: { pattern: RegExp; literal: number; operations: Record<string, Operation> }[] | undefined
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true })
  readonly #compiled = new Map<Schema, ValidateFunction>()

  constructor(app: FastifyInstance) {
    this.#app = app
    this.#ajv.addFormat('uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    this.#ajv.addFormat('uri', (text: string) => URL.canParse(text))
    this.#ajv.addFormat(
      'date-time',
      (text: string) => /^\d{4}-\d\d-\d\dT\S+(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
    )
    this.#ajv.addFormat('date', /^\d{4}-\d\d-\d\d$/)
  }

  /** @throws Error that says in what an answer differs from the document */
  check(method: string, url: string, answer: Answered): void {
    const operation = this.#operationOf(method, url)
    if (operation === undefined) return
    const wrong = this.#wrongIn(operation, answer)
    if (wrong === undefined) return
    throw new Error(
      `${operation.operationId} answers otherwise than /docs/json says: ${wrong}\n${answer.status} ${answer.text.slice(0, 2000)}`,
    )
  }

  #wrongIn({ responses }: Operation, { status, headers, text }: Answered): string | undefined {
    const documented = responses[status] ?? responses[`${Math.floor(status / 100)}XX`]
    if (documented === undefined) return `no status ${status}`
    if (documented.content === undefined) return text === '' ? undefined : `a body with ${status}`
    const type = String(headers['content-type'] ?? '').split(';')[0] as string
    const schema = documented.content[type]?.schema
    if (schema === undefined) return `no "${type}" with ${status}`
    if (!/json$/.test(type)) return undefined
    const validate = this.#compile(schema)
    const wrong = (json: string) =>
      validate(JSON.parse(json)) ? undefined : this.#ajv.errorsText(validate.errors, { dataVar: '' })
    if (!type.endsWith('ndjson')) return wrong(text)
    return text
      .split('\n')
      .filter(Boolean)
      .map(wrong)
      .find((one) => one !== undefined)
  }

  #compile(schema: Schema): ValidateFunction {
    const known = this.#compiled.get(schema)
    if (known !== undefined) return known
    const made = this.#ajv.compile(closed(schema) as Schema)
    this.#compiled.set(schema, made)
    return made
  }

  #operationOf(method: string, url: string): Operation | undefined {
    const path = url.split('?')[0] as string
    this.#routes ??= this.#read()
    return this.#routes.find(({ pattern }) => pattern.test(path))?.operations[method.toLowerCase()]
  }

  #read() {
    const { paths = {} } = this.#app.swagger() as unknown as { paths?: Record<string, Record<string, Operation>> }
    return Object.entries(paths)
      .map(([path, operations]) => ({
        pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
        literal: path.replace(/\{\w+\}/g, '').length,
        operations,
      }))
      .sort((a, b) => b.literal - a.literal)
  }
}

/** Objects whose members are listed have no others; `{}` may hold anything. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const copy = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)])) as Schema
  const listed = copy.type === 'object' && Object.keys((copy.properties as Schema | undefined) ?? {}).length > 0
  return listed && !('additionalProperties' in copy) && !('allOf' in copy)
    ? { ...copy, additionalProperties: false }
    : copy
}
