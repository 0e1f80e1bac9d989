import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { answering, type Held } from './operator-server.ts'
import { CamaraRig, day, hour, minute } from './rig.ts'

let rig: CamaraRig
beforeEach(async () => {
  rig = await CamaraRig.start()
})
afterEach(() => rig.close())

const number = '821012345678'
const other = '821098765432'
const only = (): Held => {
  const [held, ...more] = rig.operator.active
  if (held === undefined || more.length > 0) throw new Error(`${rig.operator.active.length} subscriptions work`)
  return held
}

describe('a number', () => {
  test('is subscribed to as the published API wants it, in the sink that leads to us', async () => {
    expect(await rig.subscribe(number, 'nonsense', number)).toMatchObject({
      status: 202,
      body: { added: 1, known: 0, rejected: 1, rejects: [{ line: 2, code: 'bad-msisdn' }] },
    })
    await rig.work()
    const held = only()
    const [row] = await rig.rows()
    expect(held).toMatchObject({
      phone: `+${number}`,
      type: 'roaming-status',
      initialEvent: true,
      sink: `https://alerts.example/v1/roaming-notifications?subscription=${row?.id}`,
      credential: { accessToken: rig.api.keys.carrier },
    })
    expect(held.expiresAt.getTime() - rig.now.getTime()).toBe(30 * day)
    // An operator ends a subscription shortly before its credential, if that is first.
    expect(Date.parse(held.credential.accessTokenExpiresUtc)).toBeGreaterThan(held.expiresAt.getTime() + hour)
    expect(row).toMatchObject({ state: 'active', remote_id: held.id, expires_at: held.expiresAt, problem: null })
    expect(await rig.subscribe(number)).toMatchObject({ body: { added: 0, known: 1 } })
    await rig.work()
    expect(rig.operator.calls('create').length).toBe(1)
  })

  test('that the operator takes on for later is asked about until it works', async () => {
    rig.operator.asynchronous = true
    await rig.subscribe(number)
    await rig.work()
    expect(await rig.states()).toEqual({ requested: 1 })
    await rig.after(minute)
    expect(await rig.states()).toEqual({ requested: 1 })
    for (const held of rig.operator.held.values()) held.status = 'ACTIVE'
    await rig.after(5 * minute)
    expect(await rig.rows()).toMatchObject([{ state: 'active', expires_at: only().expiresAt }])
    expect(rig.operator.calls('create').length).toBe(1)
  })

  test('that the operator took on and does not know after ten minutes is asked for again', async () => {
    rig.operator.asynchronous = true
    await rig.subscribe(number)
    await rig.work()
    rig.operator.held.clear()
    // Operators may know it only a little later.
    await rig.after(minute)
    expect(await rig.states()).toEqual({ requested: 1 })
    await rig.after(15 * minute)
    expect(await rig.states()).toEqual({ due: 1 })
    await rig.after(hour)
    expect(rig.operator.calls('create').length).toBe(2)
  })

  test('that is no subscriber any more has its subscription deleted, and none made', async () => {
    await rig.subscribe(number, other)
    await rig.work()
    expect((await rig.api.call('administrator', 'DELETE', `/v1/camara/subscriptions/${number}`)).status).toBe(204)
    await rig.work()
    expect(only().phone).toBe(`+${other}`)
    const end = { body: `msisdn\n${other}\n${number}\n`, type: 'text/csv' }
    expect((await rig.api.call('administrator', 'POST', '/v1/camara/subscriptions/end', end)).body).toMatchObject({
      removed: 1,
      unknown: 1,
    })
    await rig.work()
    expect(rig.operator.active).toEqual([])
    expect(await rig.states()).toEqual({})
    await rig.after(40 * day)
    expect(rig.operator.calls('create').length).toBe(2)
  })

  test('that is forgotten while the operator is being asked has what was made deleted', async () => {
    await rig.subscribe(number)
    rig.operator.faults.push({
      call: 'create',
      after: true,
      fault: async (response) => {
        await rig.api.call('administrator', 'DELETE', `/v1/camara/subscriptions/${number}`)
        const [held] = rig.operator.held.values()
        response
          .writeHead(201, { 'content-type': 'application/json' })
          .end(JSON.stringify({ id: held?.id, status: 'ACTIVE' }))
      },
    })
    await rig.work()
    await rig.work()
    expect(rig.operator.active).toEqual([])
    expect(await rig.states()).toEqual({})
  })

  test('that the operator refuses is left for a day, and says why; the others go on', async () => {
    rig.operator.faults.push({ call: 'create', fault: answering(422, 'SERVICE_NOT_APPLICABLE') })
    await rig.subscribe(number, other)
    await rig.work()
    expect(rig.operator.active.length).toBe(1)
    const [refused] = await rig.rows("state = 'due'")
    expect(refused?.problem).toContain('422 SERVICE_NOT_APPLICABLE')
    expect(refused?.problem).toContain('does not offer this for the number')
    await rig.after(hour)
    expect(rig.operator.calls('create').length).toBe(2)
    // Whoever hands it in again wants to know now.
    await rig.subscribe(number, other)
    await rig.work()
    expect(rig.operator.active.length).toBe(2)
    expect(await rig.rows('problem IS NOT NULL')).toEqual([])
  })
})

describe('the end of a subscription', () => {
  test('is never reached: another one works before, and only then is the old one deleted', async () => {
    await rig.subscribe(number)
    await rig.work()
    const first = only()
    await rig.after(23 * day)
    expect(only().id).toBe(first.id)
    let together: string[] = []
    rig.operator.faults.push({
      call: 'delete',
      fault: (response) => {
        together = rig.operator.active.map(({ id }) => id)
        return answering(503, 'UNAVAILABLE')(response)
      },
    })
    await rig.after(4 * day)
    await rig.work()
    await rig.after(hour)
    const second = only()
    expect(together).toEqual([first.id, second.id])
    expect(first.status).toBe('DELETED')
    // Where he is was reported all the time.
    expect([first.initialEvent, second.initialEvent]).toEqual([true, false])
    expect(rig.operator.faults).toEqual([])
    expect(await rig.rows("state <> 'ended'")).toMatchObject([{ state: 'active', remote_id: second.id }])
  })

  test('goes on for a year with one at each moment, and no more than two', async () => {
    await rig.subscribe(number)
    await rig.work()
    for (let hours = 0; hours < 365 * 24; hours += 12) {
      await rig.after(12 * hour)
      expect(rig.operator.active.length).toBeGreaterThan(0)
      expect(rig.operator.active.length).toBeLessThan(3)
    }
    expect(rig.operator.calls('create').length).toBeLessThan(18)
  })

  test.each(['NETWORK_TERMINATED', 'MAX_EVENTS_REACHED', 'SUBSCRIPTION_EXPIRED', 'ACCESS_TOKEN_EXPIRED'])(
    'by the operator (%s) is followed by a new one, which asks where he is',
    async (reason) => {
      await rig.subscribe(number)
      await rig.work()
      const first = only()
      await rig.after(day)
      await rig.operator.end(first, reason)
      await rig.work()
      expect(only()).toMatchObject({ phone: `+${number}`, initialEvent: true })
      expect(await rig.rows("state = 'ended'")).toMatchObject([
        { remote_id: first.id, problem: expect.stringContaining(reason) },
      ])
    },
  )

  test('right after its beginning is followed by a new one later and later', async () => {
    await rig.subscribe(number)
    for (let i = 0; i < 5; i++) {
      await rig.after(hour)
      for (const held of rig.operator.active) await rig.operator.end(held, 'NETWORK_TERMINATED')
      await rig.work()
      expect(rig.operator.calls('create').length).toBe(i + 1)
    }
    const [waiting] = await rig.rows("state = 'due'")
    expect((waiting?.next_try_at?.getTime() ?? 0) - rig.now.getTime()).toBe(4 * minute)
  })

  test('that we asked for is not followed by any', async () => {
    await rig.subscribe(number)
    await rig.work()
    const held = only()
    await rig.api.call('administrator', 'DELETE', `/v1/camara/subscriptions/${number}`)
    await rig.operator.tell(held, 'subscription-ended', { terminationReason: 'SUBSCRIPTION_DELETED' })
    await rig.after(day)
    expect(await rig.states()).toEqual({})
    expect(rig.operator.calls('create').length).toBe(1)
  })

  test('of which no word came is found in the list, once a day', async () => {
    await rig.subscribe(number, other)
    await rig.work()
    const lost = rig.operator.active.find(({ phone }) => phone === `+${number}`) as Held
    rig.operator.held.delete(lost.id)
    await rig.after(25 * hour)
    await rig.work()
    expect(rig.operator.active.map(({ phone }) => phone).sort()).toEqual([`+${number}`, `+${other}`])
    expect(rig.operator.calls('create').length).toBe(3)
  })

  test('is not taken for one because a list is cut short', async () => {
    await rig.subscribe(number)
    await rig.work()
    rig.operator.faults.push({
      call: 'list',
      fault: (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('[]'),
    })
    await rig.after(25 * hour)
    expect(rig.operator.faults).toEqual([])
    expect(rig.operator.calls('get').length).toBe(1)
    expect(rig.operator.calls('create').length).toBe(1)
    expect(await rig.states()).toEqual({ active: 1 })
  })
})

test('event types that come into the profile are subscribed to for all numbers, those that leave it are ended', async () => {
  await rig.subscribe(number, other)
  await rig.work()
  const profile = { ...rig.profile, types: ['roaming-change-country' as const] }
  Object.assign(rig.profile, profile)
  await rig.work()
  await rig.work()
  expect(rig.operator.active.map(({ type }) => type)).toEqual(['roaming-change-country', 'roaming-change-country'])
  expect(await rig.states()).toEqual({ active: 2 })
})

test('two processes make each subscription once', async () => {
  await rig.subscribe(...Array.from({ length: 60 }, (_, i) => `8210${10_000_000 + i}`))
  const second = rig.newWorker()
  await Promise.all([rig.worker.work(), second.work()])
  // One at a time works on an operator, or both would send at its rate.
  expect(rig.operator.calls('token').length).toBe(1)
  await second.work()
  await rig.work()
  expect(rig.operator.active.length).toBe(60)
  expect(rig.operator.calls('create').length).toBe(60)
})
