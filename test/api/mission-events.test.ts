import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventPages } from '../../src/api/event-pages.ts'
import { eventsWithin } from '../../src/store/alerts/event-pages.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { alertBody, type Desk, openDesk } from './desk.ts'
import { acts, type Followed, listening } from './followed.ts'
import { startApi, type TestApi } from './support.ts'

let api: TestApi
let desk: Desk
let listen: Awaited<ReturnType<typeof listening>>
let key: string

beforeAll(async () => {
  api = await startApi()
  desk = openDesk(api)
  listen = await listening(api)
  await api.call('administrator', 'POST', '/v1/people', { body: { name: 'Tokyo', missions: ['tokyo'] } })
  key = await addKey(api.db, 'Tokyo', 'viewer', 'test')
})

afterAll(() => api.close())

const inCountry = (...iso2: string[]) => {
  const areas = [{ areaDesc: iso2.join(), shapes: iso2.map((one) => ({ kind: 'country', iso2: one })) }]
  return alertBody({}, { areas })
}
const follow = (lastEventId?: string): Promise<Followed> =>
  listen('/v1/events', {
    authorization: `Bearer ${key}`,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  })
const told = ({ events }: Followed) => events.filter(({ name }) => name === 'alert').map(({ data }) => data.alertId)
const lastId = async () =>
  (await api.db.pool.query<{ id: number }>('SELECT max(id) id FROM alert_event')).rows[0]?.id as number

test('mission staff follow what is done to alerts that touch a country of theirs, and nothing else', async () => {
  const followed = await follow()
  await expect.poll(() => followed.events.length).toBe(1)
  await desk.submitted(inCountry('CN'))
  const both = await desk.draft(inCountry('CN', 'JP'))
  const here = await desk.submitted(inCountry('JP'))
  await expect.poll(() => told(followed), { timeout: 10_000 }).toEqual([both, here, here])
  expect(acts(followed)).toEqual(['create', 'create', 'submit'])
  followed.end()
})

test('who comes back with the last id misses nothing, whatever befell others meanwhile', async () => {
  const before = await follow()
  const first = await desk.draft(inCountry('JP'))
  await expect.poll(() => told(before), { timeout: 10_000 }).toEqual([first])
  const seen = before.events.at(-1)?.id as number
  before.end()
  await desk.submitted(inCountry('CN'))
  const second = await desk.draft(inCountry('JP'))
  await desk.draft(inCountry('CN'))
  const after = await follow(String(seen))
  await expect.poll(() => told(after), { timeout: 10_000 }).toEqual([second])
  expect(after.events[0]).toMatchObject({ id: seen, name: 'ready' })
  after.end()
})

test('an alert whose area comes to touch their country is told with that edit', async () => {
  const id = await desk.draft(inCountry('CN'))
  const followed = await follow()
  await expect.poll(() => followed.events.length).toBe(1)
  const etag = (await desk.view(id)).headers.etag as string
  const body = inCountry('CN', 'JP')
  const edited = await api.call('composer', 'PUT', `/v1/alerts/${id}`, { body, headers: { 'if-match': etag } })
  expect(edited.status, edited.text).toBe(200)
  await expect.poll(() => acts(followed), { timeout: 10_000 }).toEqual(['edit'])
  followed.end()
})

test('a page ends before an alert of which nobody has reckoned what it touches, and goes on when somebody has', async () => {
  const start = await lastId()
  const ids = [await desk.draft(inCountry('JP')), await desk.draft(inCountry('JP')), await desk.draft(inCountry('JP'))]
  const page = () => eventsWithin(api.db.pool, start, 500, ['JP'])
  // Nobody of a mission has asked since.
  expect(await page()).toEqual({ events: [], last: start })
  const all: string[] = []
  for await (const { events } of eventPages(api.deps, ['tokyo'])(start))
    all.push(...events.map(({ alertId }) => alertId))
  expect(all).toEqual(ids)
  await api.db.pool.query('UPDATE alert SET countries = NULL WHERE id = $1', [ids[1]])
  const { events, last } = await page()
  expect(events.map(({ alertId }) => alertId)).toEqual([ids[0]])
  expect(last).toBe(start + 1)
})

test('as NDJSON they get theirs too', async () => {
  const headers = { accept: 'application/x-ndjson' }
  const { text } = await api.call(undefined, 'GET', '/v1/events', { key, headers })
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { alertId: string })
  const seen = new Set(lines.map(({ alertId }) => alertId))
  const { rows } = await api.db.pool.query<{ id: string }>(`SELECT id FROM alert WHERE 'JP' = ANY (countries)`)
  expect([...seen].sort()).toEqual(rows.map(({ id }) => id).sort())
})
