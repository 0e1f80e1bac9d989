import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { metrics } from '../../src/lib/metrics.ts'
import { roamingBell } from '../../src/store/roaming/batches.ts'
import { startApi, type TestApi } from './support.ts'

let api: TestApi
const rung: number[] = []

beforeAll(async () => {
  api = await startApi()
  api.queues.work(roamingBell, async ({ id }) => void rung.push(id as number), { concurrency: 1 })
})

afterAll(() => api.close())
afterEach(() => api.db.pool.query('TRUNCATE roaming_batch RESTART IDENTITY'))

const url = '/v1/roaming-notifications'
const enter = (change: object = {}) => ({
  msisdn: '821012345678',
  hplmn: '45008',
  vplmn: '44010',
  country: 'JP',
  at: '2026-11-21T03:04:05Z',
  event: 'enter',
  ...change,
})
const send = (body: unknown, type = 'application/json') => api.call('carrier', 'POST', url, { body, type })
const kept = async () =>
  (await api.db.pool.query('SELECT id, source, events FROM roaming_batch ORDER BY id')).rows as {
    id: number
    source: string
    events: { msisdn: string; countries: string[]; event: string; id?: string }[]
  }[]

describe('notifications', () => {
  test('one or several are kept before they are answered, and a bell is rung', async () => {
    expect(await send(enter())).toMatchObject({ status: 202, body: { accepted: 1, rejected: 0 } })
    expect(await send([enter(), enter({ msisdn: '821099990000' })])).toMatchObject({ body: { accepted: 2 } })
    const batches = await kept()
    expect(batches.map(({ source, events }) => [source, events.length])).toEqual([
      ['carrier', 1],
      ['carrier', 2],
    ])
    expect(batches[0]?.events[0]).toMatchObject({ msisdn: '821012345678', countries: ['JP'], event: 'enter' })
    await expect
      .poll(() => rung, { timeout: 20_000, interval: 10 })
      .toEqual(expect.arrayContaining(batches.map(({ id }) => id)))
  })

  test('may hold fields that are not known, which are counted, and named once for whoever misspelt one', async () => {
    const counted = async () => (await metrics.ignoredFields.get()).values[0]?.value ?? 0
    const before = await counted()
    expect((await send([enter(), enter()])).body.ignored).toEqual([])
    const odd = { raduis: 2_000, imei: null }
    expect((await send([enter(odd), enter({ lac: 7 }), enter({ raduis: 1 })])).body).toMatchObject({
      accepted: 3,
      ignored: ['raduis', 'imei', 'lac'],
    })
    const lines = await send(`${JSON.stringify(enter(odd))}\n${JSON.stringify(enter(odd))}\n`, 'application/x-ndjson')
    expect(lines.body).toMatchObject({ accepted: 2, ignored: ['raduis', 'imei'] })
    expect((await counted()) - before).toBe(8)
    const made = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}`.padEnd(99, 'x'), i]))
    const { ignored } = (await send(enter(made))).body
    expect([ignored.length, ignored[0].length]).toEqual([20, 60])
    expect((await kept()).flatMap(({ events }) => events).filter((event) => 'raduis' in event)).toEqual([])
  })

  test('of an array a wrong one costs itself; one alone that is wrong is a wrong request', async () => {
    const { status, body } = await send([
      enter(),
      enter({ event: 'teleport' }),
      enter({ country: undefined, vplmn: undefined }),
      5,
    ])
    expect(status).toBe(202)
    expect(body).toMatchObject({ accepted: 1, rejected: 3 })
    expect(body.rejects).toMatchObject([
      { index: 1, where: 'event', reason: expect.stringContaining('enter, leave or location') },
      { index: 2, where: 'country' },
      { index: 3, code: 'bad-notification' },
    ])
    expect(await send(enter({ at: 'yesterday' }))).toMatchObject({
      status: 400,
      body: { title: 'Bad time', where: 'at' },
    })
  })

  test('NDJSON is kept a thousand at a time, wrong lines are told', async () => {
    const lines = Array.from({ length: 2_500 }, (_, i) => JSON.stringify(enter({ msisdn: `8210${10_000_000 + i}` })))
    lines.splice(1_200, 0, 'no json', '')
    const { status, body } = await send(lines.join('\n'), 'application/x-ndjson')
    expect(status).toBe(202)
    expect(body).toMatchObject({ accepted: 2_500, rejected: 1, rejects: [{ line: 1_201, code: 'bad-json' }] })
    expect((await kept()).map(({ events }) => events.length)).toEqual([1_000, 1_000, 500])
  })

  test('a number of ours in a refusal is not shown', async () => {
    const { text } = await send([enter({ msisdn: '8210123456789012345' })])
    expect(text).not.toContain('8210123456')
  })
})

describe('CAMARA CloudEvents', () => {
  const event = (name: string, data: object = {}, id = 'e-1') => ({
    specversion: '1.0',
    id,
    source: 'https://operator.example/1',
    type: `org.camaraproject.device-roaming-status-subscriptions.v0.${name}`,
    time: '2026-11-21T03:04:05Z',
    datacontenttype: 'application/json',
    data: { subscriptionId: 's-1', device: { phoneNumber: '+821012345678' }, ...data },
  })
  const one = 'application/cloudevents+json'
  const batch = 'application/cloudevents-batch+json'

  test('one that tells the country is kept and answered 204', async () => {
    const { status, text } = await send(
      event('roaming-status', { roaming: true, countryCode: 440, countryName: ['JP'] }),
      one,
    )
    expect([status, text]).toEqual([204, ''])
    const [{ events } = { events: [] }] = await kept()
    expect(events).toMatchObject([
      { msisdn: '821012345678', countries: ['JP'], event: 'enter', id: 'https://operator.example/1 e-1' },
    ])
  })

  test.each([
    ['does not tell the country', event('roaming-on')],
    ['does not tell the number', event('roaming-status', { roaming: false, device: undefined })],
    ['is about a subscription', event('subscription-ended', { terminationReason: 'NETWORK_TERMINATED' })],
  ])('one that %s is answered 204 and nothing is kept', async (_, body) => {
    expect((await send(body, one)).status).toBe(204)
    expect(await kept()).toEqual([])
  })

  test('a country that is not known is counted as that', async () => {
    const counted = async () =>
      (await metrics.notifications.get()).values.find(({ labels }) => labels.outcome === 'country-unknown')?.value ?? 0
    const before = await counted()
    await send([event('roaming-on'), event('roaming-on')], batch)
    expect(await counted()).toBe(before + 2)
  })

  test('of a batch what can be read is kept; one that cannot be read at all is refused', async () => {
    const good = event('roaming-off', {}, 'e-2')
    expect((await send([good, { specversion: '0.3' }], batch)).status).toBe(204)
    expect((await kept()).flatMap(({ events }) => events)).toMatchObject([{ event: 'leave' }])
    expect((await send([{ specversion: '0.3' }], batch)).status).toBe(400)
    expect((await send({ specversion: '0.3' }, one)).status).toBe(400)
    expect((await send('{', one)).status).toBe(400)
    expect((await send(good, batch)).status).toBe(400)
  })
})
