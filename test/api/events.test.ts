import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noteEvent } from '../../src/store/alerts/alert-events.ts'
import { type Desk, openDesk } from './desk.ts'
import { acts, listening } from './followed.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi
let desk: Desk
let listen: Awaited<ReturnType<typeof listening>>

beforeAll(async () => {
  api = await startApi()
  desk = openDesk(api)
  listen = await listening(api)
})

afterAll(() => api.close())

const follow = (query = '', lastEventId?: string) =>
  listen(`/v1/events${query}`, {
    authorization: `Bearer ${api.keys.viewer}`,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  })

test('tells what is done to alerts from now on, beginning with where it begins', async () => {
  await desk.draft()
  const followed = await follow()
  await expect.poll(() => followed.events.map(({ name }) => name)).toEqual(['ready'])
  const alert = await desk.submitted()
  await expect.poll(() => acts(followed), { timeout: 10_000 }).toEqual(['create', 'submit'])
  expect(followed.events.at(-1)?.data).toMatchObject({ alertId: alert, act: 'submit', phase: 'submitted' })
  followed.end()
})

test('who comes back with the last id misses nothing, whatever happened meanwhile', async () => {
  const before = await follow()
  await expect.poll(() => before.events.length).toBe(1)
  await desk.submitted()
  await expect.poll(() => acts(before), { timeout: 10_000 }).toHaveLength(2)
  before.end()
  const seen = before.events.at(-1)?.id as number
  await desk.submitted()
  await desk.draft()
  const after = await follow('?after=0', String(seen))
  await expect.poll(() => acts(after), { timeout: 10_000 }).toEqual(['create', 'submit', 'create'])
  expect(after.events[0]).toMatchObject({ id: seen, name: 'ready' })
  after.end()
})

test('an act whose transaction ends later than that of the next is not missed', async () => {
  const { id, version } = (await desk.view(await desk.draft())).body
  const followed = await follow()
  await expect.poll(() => followed.events.length).toBe(1)
  const row = { id, version, phase: 'draft' as const }
  const slow = await api.db.pool.connect()
  await slow.query('BEGIN')
  await noteEvent(slow, 'edit', row)
  const quick = await api.db.pool.connect()
  await quick.query('BEGIN')
  const noted = noteEvent(quick, 'submit', row).then(() => quick.query('COMMIT'))
  // Long enough for the quick one to be read if it could overtake.
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  await slow.query('COMMIT')
  await noted
  slow.release()
  quick.release()
  await expect.poll(() => acts(followed), { timeout: 10_000 }).toEqual(['edit', 'submit'])
  followed.end()
})

test('as NDJSON: all that has happened, an event a line, or what is after one', async () => {
  const all = await api.call('auditor', 'GET', '/v1/events', { headers: { accept: 'application/x-ndjson' } })
  expect([all.status, all.headers['content-type']]).toEqual([200, 'application/x-ndjson; charset=utf-8'])
  const ids = all.text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: number }).id)
  expect(ids.length).toBeGreaterThan(5)
  expect(ids).toEqual([...ids].sort((a, b) => a - b))
  const rest = await api.call('auditor', 'GET', `/v1/events?after=${ids.at(-3)}`, {
    headers: { accept: 'application/x-ndjson' },
  })
  expect(rest.text.trim().split('\n')).toHaveLength(2)
})

test.each(['abc', '-5', '999999'])(
  'who comes back with what is no event is told, and does not wait: %s',
  async (id) => {
    const answered = await api.call('viewer', 'GET', '/v1/events', { headers: { 'last-event-id': id } })
    expect([answered.status, codeOf(answered), answered.body.where]).toEqual([400, 'event-unknown', 'Last-Event-ID'])
  },
)

test('the server closes although somebody follows', async () => {
  const own = await startApi()
  await own.app.listen({ port: 0, host: '127.0.0.1' })
  const port = (own.app.server.address() as AddressInfo).port
  const request = get(`http://127.0.0.1:${port}/v1/events`, {
    headers: { authorization: `Bearer ${own.keys.viewer}` },
    agent: false,
  })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const ended = once(response.resume(), 'end')
  await own.close()
  await ended
})
