import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bongsu, endAll } from '../app/cli-process.ts'
import { openDesk } from './desk.ts'
import { startApi, type TestApi } from './support.ts'

let api: TestApi
let url: string

beforeAll(async () => {
  api = await startApi()
  url = await api.app.listen({ host: '127.0.0.1', port: 0 })
})

afterAll(async () => {
  await endAll()
  await api.close()
})

/** As a process of its own, to its end. */
async function run(key: string, ...args: string[]) {
  const child = bongsu(args, { BONGSU_URL: url, BONGSU_API_KEY: key })
  const code = await child.ended
  return { code, lines: child.out().trimEnd().split('\n'), err: child.err() }
}

test('bongsu webhooks: adds one, pings it, gives it another secret, shows what it was told, and ends it', async () => {
  const key = api.keys.administrator
  const server = createServer((request, response) => request.resume().on('end', () => response.writeHead(418).end()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const hook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const added = await run(key, 'webhooks', 'add', hook, '--acts', 'launch,cancel')
    expect(added).toMatchObject({
      code: 0,
      lines: [expect.stringMatching(/^[0-9a-f-]{36}$/), expect.stringMatching(/^whsec_/)],
    })
    const [id] = added.lines as [string]
    expect((await run(key, 'webhooks', 'list')).lines).toEqual([`${id}  ${hook}  launch,cancel  waiting 0, given up 0`])
    expect(await run(key, 'webhooks', 'ping', id)).toMatchObject({ code: 1, lines: ['It answered 418'] })
    const { lines: rotated } = await run(key, 'webhooks', 'rotate', id, '--overlap', '2h')
    expect(rotated).toEqual([
      expect.stringMatching(/^until 20.*Z the secret before signs too$/),
      expect.stringMatching(/^whsec_/),
    ])
    const { lines: leaked } = await run(key, 'webhooks', 'rotate', id, '--overlap', '0s')
    expect(leaked[0]).toBe('the secret before is void')
    expect(leaked[1]).not.toBe(rotated[1])
    expect((await run(key, 'webhooks', 'end', id)).lines).toEqual(['ended'])
    expect((await run(key, 'webhooks', 'deliveries', id)).err).toContain('There is no webhook with this id')
  } finally {
    server.close()
  }
}, 60_000)

test('bongsu residents export and bongsu events print a line each', async () => {
  const number = '819012345678'
  await api.call('composer', 'POST', '/v1/residents', { body: { msisdn: number, mission: 'tokyo', country: 'JP' } })
  await openDesk(api).submitted()
  const masked = await run(api.keys.composer, 'residents', 'export', '--mission', 'tokyo')
  expect([masked.code, masked.lines.length]).toEqual([0, 1])
  expect(masked.lines[0]).not.toContain(number)
  const full = await run(api.keys.auditor, 'residents', 'export', '--numbers', 'full')
  expect(JSON.parse(full.lines[0] as string)).toMatchObject({ msisdn: number })
  const events = (await run(api.keys.viewer, 'events')).lines.map(
    (line) => JSON.parse(line) as { id: number; act: string },
  )
  expect(events.map(({ act }) => act)).toEqual(['create', 'submit'])
  const [first] = events
  expect((await run(api.keys.viewer, 'events', '--after', String(first?.id))).lines).toHaveLength(1)
}, 60_000)

test('bongsu api asks whatever the API lists, and prints what is answered or what was wrong', async () => {
  const id = await openDesk(api).draft()
  const shown = await run(api.keys.viewer, 'api', 'get', `/v1/alerts/${id}`)
  expect(JSON.parse(shown.lines.join('\n'))).toMatchObject({ id, phase: 'draft', version: 1 })
  const submitted = await run(api.keys.composer, 'api', 'POST', `/v1/alerts/${id}/submit`)
  expect(JSON.parse(submitted.lines.join('\n'))).toMatchObject({ phase: 'submitted' })
  const refused = await run(
    api.keys.composer,
    'api',
    'PUT',
    `/v1/alerts/${id}`,
    '--body',
    '/dev/null',
    '--header',
    'if-match: "9"',
  )
  expect(refused).toMatchObject({ code: 1, lines: [''] })
  expect((await run(api.keys.viewer, 'api', 'GET', 'http://elsewhere/')).err).toContain('is not a path')
}, 60_000)
