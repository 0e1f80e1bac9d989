import { afterAll, beforeAll, expect, test } from 'vitest'
import { addKey } from '../../src/store/people/keys.ts'
import { openDesk } from './desk.ts'
import { type Followed, listening } from './followed.ts'
import { newcomer, testSeal } from './people-support.ts'
import { startApi, type TestApi } from './support.ts'

let api: TestApi
let listen: Awaited<ReturnType<typeof listening>>
let live: string

beforeAll(async () => {
  api = await startApi({ seal: testSeal })
  listen = await listening(api)
  live = await openDesk(api).live()
})

afterAll(() => api.close())

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
/** Both streams that there are, open. */
async function both(headers: Record<string, string>): Promise<Followed[]> {
  const streams = [await listen('/v1/events', headers), await listen(`/v1/alerts/${live}/events`, headers)]
  await expect.poll(() => streams.every(({ events }) => events.length > 0)).toBe(true)
  expect(streams.map(({ ended }) => ended)).toEqual([false, false])
  return streams
}
const ended = (streams: readonly Followed[]) =>
  expect.poll(() => streams.map(({ ended }) => ended), { timeout: 20_000 }).toEqual(streams.map(() => true))
const cookieOf = ({ cookie }: { cookie: string | undefined }) => ({ cookie: `bongsu_session=${cookie}` })
const admin = async (method: 'PATCH' | 'DELETE', url: string, body?: object) => {
  const answered = await api.call('administrator', method, url, body === undefined ? {} : { body })
  expect(answered.status, answered.text).toBeLessThan(300)
}

test('the streams of a key end when it is revoked, and those of others go on', async () => {
  const others = await both(bearer(api.keys.viewer))
  const body = { name: 'Leaver', role: 'viewer' }
  const made = (await api.call('administrator', 'POST', '/v1/keys', { body })).body
  const streams = await both(bearer(made.key))
  await admin('DELETE', `/v1/keys/${made.id}`)
  await ended(streams)
  expect(others.map(({ ended }) => ended)).toEqual([false, false])
  const before = others[0]?.events.length as number
  await openDesk(api).draft()
  await expect.poll(() => others[0]?.events.length, { timeout: 10_000 }).toBe(before + 1)
  for (const other of others) other.end()
})

test('they end when the key expires', async () => {
  const streams = await both(bearer(await addKey(api.db, 'Temporary', 'viewer', 'test')))
  await api.db.pool.query(`UPDATE api_key SET expires_at = now()
    WHERE person_id = (SELECT id FROM person WHERE name = 'Temporary')`)
  await ended(streams)
})

test('when a person is disabled, those of his keys and sessions end', async () => {
  const { id, browser } = await newcomer(api, 'Dismissed', { roles: ['viewer'] })
  const key = await addKey(api.db, 'Dismissed', 'viewer', 'test')
  const streams = [...(await both(bearer(key))), ...(await both(cookieOf(browser)))]
  await admin('PATCH', `/v1/people/${id}`, { disabled: true })
  await ended(streams)
})

test('those of a session end with it: by sign-out, by an administrator, and when it was not used for too long', async () => {
  const { browser: left } = await newcomer(api, 'Signs out', { roles: ['viewer'] })
  const { browser: thrown } = await newcomer(api, 'Is thrown out', { roles: ['viewer'] })
  const { browser: idle } = await newcomer(api, 'Falls asleep', { roles: ['viewer'] })
  const streams = [...(await both(cookieOf(left))), ...(await both(cookieOf(thrown))), ...(await both(cookieOf(idle)))]
  expect((await left.ask('DELETE', '/v1/sessions/current')).status).toBe(204)
  const { sessions } = (await api.call('administrator', 'GET', '/v1/sessions')).body
  const whose = sessions.find(({ person }: { person: string }) => person === 'Is thrown out')
  await admin('DELETE', `/v1/sessions/${whose.id}`)
  await api.db.pool.query(`UPDATE session s SET seen_at = now() - interval '29 minutes 57 seconds'
    FROM person p WHERE p.id = s.person_id AND p.name = 'Falls asleep'`)
  // Also because that it is looked at whether he may still is no use of the session.
  await ended(streams)
})

test('who has other rights than when his stream began comes back with these', async () => {
  const { id, browser } = await newcomer(api, 'Is moved', { roles: ['viewer'] })
  const key = await addKey(api.db, 'Is moved', 'viewer', 'test')
  const streams = [...(await both(bearer(key))), ...(await both(cookieOf(browser)))]
  await admin('PATCH', `/v1/people/${id}`, { missions: ['tokyo'] })
  await ended(streams)
})
