import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type TestApi } from './support.ts'

let api: TestApi
// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
let document: any

beforeAll(async () => {
  api = await startApi()
  document = (await api.call(undefined, 'GET', '/docs/json')).body
})

afterAll(() => api.close())

interface Operation {
  operationId: string
  summary: string
  description: string
  tags: string[]
  parameters?: { name: string; in: string; required?: boolean; schema: object }[]
  requestBody?: { content: Record<string, { schema: object }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
  security: object[]
}

const operations = (): [string, Operation][] =>
  Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  )

test('is OpenAPI 3.1 and says of every operation what it is, who may, and how it fails', () => {
  expect(document.openapi).toBe('3.1.0')
  expect(operations().length).toBeGreaterThan(30)
  for (const [name, operation] of operations()) {
    expect(operation.summary, name).toBeTruthy()
    expect(operation.tags, name).toHaveLength(1)
    expect(operation.description, name).toMatch(/Roles: |Needs no key/)
    const security = operation.security.map((one) => Object.keys(one).join()).join(' or ')
    expect(['', 'key or session', 'session'], name).toContain(security)
    expect(security === '', name).toBe(operation.description.includes('Needs no key'))
    const good = Object.keys(operation.responses).filter((status) => status.startsWith('2'))
    expect(good.length, name).toBeGreaterThan(0)
    for (const status of ['4XX', '5XX']) {
      expect(Object.keys(operation.responses[status]?.content ?? {}), `${name} ${status}`).toEqual([
        'application/problem+json',
      ])
    }
    for (const { description } of Object.values(operation.responses)) expect(description, name).toBeTruthy()
  }
})

test('each operation has a name of its own, and each part of a path its parameter', () => {
  const names = operations().map(([, { operationId }]) => operationId)
  expect(new Set(names).size).toBe(names.length)
  for (const [name, { parameters = [] }] of operations()) {
    const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
    expect(
      parameters.filter((one) => one.in === 'path').map((one) => one.name),
      name,
    ).toEqual(inPath)
  }
})

test('its schemas are valid JSON Schema 2020-12', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  for (const [name, { parameters = [], requestBody, responses }] of operations()) {
    const schemas = [
      ...parameters.map(({ schema }) => schema),
      ...[requestBody, ...Object.values(responses)].flatMap((one) =>
        Object.values(one?.content ?? {}).map(({ schema }) => schema),
      ),
    ]
    for (const schema of schemas) {
      expect(ajv.validateSchema(schema), `${name} ${JSON.stringify(ajv.errors)}`).toBe(true)
      expect(() => ajv.compile(schema), name).not.toThrow()
    }
  }
})

test('lists every type of body that is taken', () => {
  const bodies = (path: string) => Object.keys(document.paths[path].post.requestBody.content).sort()
  expect(bodies('/v1/alerts')).toEqual(['application/cap+xml', 'application/json', 'application/xml', 'text/xml'])
  expect(bodies('/v1/residents/import')).toEqual(['application/x-ndjson', 'text/csv'])
  expect(bodies('/v1/roaming-notifications')).toEqual([
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
    'application/json',
    'application/x-ndjson',
  ])
})

test('is shown to people at /docs', async () => {
  const { status, headers, text } = await api.call(undefined, 'GET', '/docs/')
  expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  expect(text).toContain('swagger')
})
