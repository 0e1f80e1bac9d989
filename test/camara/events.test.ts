import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addKey } from '../../src/store/people/keys.ts'
import type { Held } from './operator-server.ts'
import { CamaraRig, day, hour, type Row } from './rig.ts'

let rig: CamaraRig
beforeEach(async () => {
  rig = await CamaraRig.start(['concurrency: 1'])
  await rig.subscribe(number)
  await rig.work()
})
afterEach(() => rig.close())

const number = '821012345678'
const held = () => rig.operator.active[0] as Held
const japan = { roaming: true, countryCode: 440, countryName: ['JP'] }

/** Posts an event with the key of a carrier of another home network than the operator's. */
async function tellWithOtherKey(name: string, data: object): Promise<number> {
  const key = await addKey(rig.api.db, 'other', 'carrier', 'test', { hplmns: ['45005'] })
  return (await tellAt(rig.now, key, name, data)).statusCode
}

function tellAt(time: Date, key: string, name: string, data: object) {
  return rig.api.app.inject({
    method: 'POST',
    url: '/v1/roaming-notifications',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/cloudevents+json' },
    payload: {
      id: 'foreign',
      source: 'https://other.example',
      specversion: '1.0',
      type: `org.camaraproject.device-roaming-status-subscriptions.v0.${name}`,
      time: time.toISOString(),
      data,
    },
  })
}

describe('an event of a subscription', () => {
  test('comes to the inbox with the home network of its operator, which it does not tell', async () => {
    expect(await rig.operator.tell(held(), 'roaming-status', japan)).toBe(204)
    expect(await rig.inbox()).toMatchObject([{ msisdn: number, hplmn: '45008', countries: ['JP'], event: 'enter' }])
  })

  test('that names no number is that of the number it was made for', async () => {
    rig.operator.tellsDevice = false
    expect(await rig.operator.tell(held(), 'roaming-status', japan)).toBe(204)
    expect(await rig.operator.tell(held(), 'roaming-status', { roaming: false })).toBe(204)
    expect(await rig.inbox()).toMatchObject([
      { msisdn: number, event: 'enter', countries: ['JP'] },
      { msisdn: number, event: 'leave', countries: [] },
    ])
  })

  test("is known by the operator's own id where its sink holds none", async () => {
    rig.operator.tellsDevice = false
    const plain = { ...held(), sink: held().sink.replace(/\?.*/, '') }
    expect(await rig.operator.tell(plain, 'roaming-status', japan)).toBe(204)
    expect(await rig.inbox()).toMatchObject([{ msisdn: number }])
  })

  test('whose id another operator uses too is known by its sink, and without that not at all', async () => {
    rig.operator.tellsDevice = false
    await rig.api.db.pool.query(
      `INSERT INTO camara_subscription (operator, msisdn, type, state, remote_id, next_try_at, changed_at)
       VALUES ('skt', 821055555555, 'roaming-status', 'requested', $1, now(), now())`,
      [held().id],
    )
    await rig.operator.tell(held(), 'roaming-status', japan)
    await rig.operator.tell({ ...held(), sink: held().sink.replace(/\?.*/, '') }, 'roaming-status', japan)
    expect((await rig.inbox()).map(({ msisdn }) => msisdn)).toEqual([number])
  })

  test('that comes before the answer to the request for it is not lost, and tells that it was made', async () => {
    rig.operator.tellsDevice = false
    const other = '821098765432'
    await rig.subscribe(other)
    let told = 0
    let meanwhile: Row[] = []
    rig.operator.faults.push({
      call: 'create',
      after: true,
      fault: async (response) => {
        const made = [...rig.operator.held.values()].at(-1) as Held
        told = await rig.operator.tell(made, 'roaming-status', japan)
        meanwhile = await rig.rows(`msisdn = ${other}`)
        response.destroy()
      },
    })
    await rig.work()
    expect(told).toBe(204)
    const made = rig.operator.active.find(({ phone }) => phone === `+${other}`)
    expect(meanwhile).toMatchObject([{ state: 'requested', remote_id: made?.id }])
    expect(await rig.inbox()).toMatchObject([{ msisdn: other, countries: ['JP'] }])
    await rig.after(hour)
    expect(await rig.rows(`msisdn = ${other}`)).toMatchObject([{ state: 'active' }])
    expect(rig.operator.calls('create').length).toBe(2)
  })

  test('of a second one that was made for the same request has that one deleted', async () => {
    const twin: Held = { ...held(), id: 'twin' }
    rig.operator.held.set(twin.id, twin)
    expect(await rig.operator.tell(twin, 'roaming-status', japan)).toBe(204)
    await rig.work()
    expect(rig.operator.active.map(({ id }) => id)).not.toContain('twin')
    expect(rig.operator.active.length).toBe(1)
    expect(await rig.inbox()).toMatchObject([{ msisdn: number }])
  })

  test.each([
    ['subscription-ended', { terminationReason: 'SUBSCRIPTION_DELETED' }],
    ['subscription-updated', { updateReason: 'SUBSCRIPTION_INACTIVE' }],
    ['roaming-status', japan],
  ])('changes nothing where it comes with a key of another home network (%s)', async (name, data) => {
    const before = await rig.rows()
    expect(await tellWithOtherKey(name, { ...data, subscriptionId: held().id })).toBe(204)
    await rig.work()
    expect(await rig.rows()).toEqual(before)
    expect([rig.operator.active.length, rig.operator.calls('create').length]).toEqual([1, 1])
    expect(await rig.inbox()).toEqual([])
  })

  test('that it is suspended is shown until it is not', async () => {
    await rig.operator.tell(held(), 'subscription-updated', { updateReason: 'SUBSCRIPTION_INACTIVE' })
    const list = '/v1/camara/subscriptions?problem=true'
    const { subscriptions } = (await rig.api.call('viewer', 'GET', list)).body
    expect(subscriptions).toMatchObject([
      { msisdn: '8210******78', state: 'active', problem: expect.stringContaining('consent') },
    ])
    await rig.operator.tell(held(), 'subscription-updated', { updateReason: 'SUBSCRIPTION_ACTIVE' })
    expect((await rig.api.call('viewer', 'GET', list)).body.subscriptions).toEqual([])
  })
})

describe('a bare roaming-on', () => {
  test('is followed by the question where, and its answer is the notification', async () => {
    rig.operator.abroad.set(`+${number}`, { countryCode: 340, countryName: ['GP', 'MQ'] })
    const at = rig.now
    expect(await rig.operator.tell(held(), 'roaming-on')).toBe(204)
    expect(await rig.inbox()).toEqual([])
    await rig.work()
    expect(await rig.inbox()).toMatchObject([
      { msisdn: number, hplmn: '45008', countries: ['GP', 'MQ'], event: 'enter', at: at.toISOString() },
    ])
    expect(rig.operator.calls('retrieve').length).toBe(1)
    await rig.work()
    expect(rig.operator.calls('retrieve').length).toBe(1)
  })

  test('that comes with a key of another home network asks nothing', async () => {
    expect(
      await tellWithOtherKey('roaming-on', { device: { phoneNumber: `+${number}` }, subscriptionId: 'foreign' }),
    ).toBe(204)
    await rig.work()
    expect(rig.operator.calls('retrieve')).toEqual([])
    expect(await rig.inbox()).toEqual([])
  })

  test('of one who is home again by then is a coming home', async () => {
    await rig.operator.tell(held(), 'roaming-on')
    await rig.after(hour)
    expect(await rig.inbox()).toMatchObject([{ msisdn: number, event: 'leave', at: rig.now.toISOString() }])
  })

  test('of one who is home again by an operator whose clock is wrong is a coming home of now', async () => {
    const wrong = JSON.stringify({ lastStatusTime: '2099-01-01T00:00:00Z', roaming: false })
    const fault = (response: ServerResponse) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(wrong)
    rig.operator.faults.push({ call: 'retrieve', fault })
    await rig.operator.tell(held(), 'roaming-on')
    await rig.after(hour)
    expect(await rig.inbox()).toMatchObject([{ msisdn: number, event: 'leave', at: rig.now.toISOString() }])
  })

  test('of the future asks nothing', async () => {
    const data = { device: { phoneNumber: `+${number}` }, subscriptionId: held().id }
    const time = new Date(rig.now.getTime() + 9 * hour)
    const answered = await tellAt(time, held().credential.accessToken, 'roaming-on', data)
    expect([answered.statusCode, answered.json().type]).toEqual([400, expect.stringMatching(/\/bad-time$/)])
    await rig.work()
    expect(rig.operator.calls('retrieve')).toEqual([])
  })

  test('is asked again where the operator does not answer, for a day', async () => {
    rig.operator.abroad.set(`+${number}`, {})
    await rig.operator.tell(held(), 'roaming-on')
    rig.operator.faults.push({ call: 'retrieve', fault: (response) => void response.writeHead(503).end() })
    await rig.work()
    await rig.work()
    expect(rig.operator.calls('retrieve').length).toBe(1)
    rig.operator.abroad.set(`+${number}`, { countryName: ['FR'] })
    await rig.after(hour)
    expect(await rig.inbox()).toMatchObject([{ countries: ['FR'] }])
    await rig.operator.tell(held(), 'roaming-on')
    await rig.after(2 * day)
    expect((await rig.inbox()).length).toBe(1)
    expect((await rig.api.db.pool.query('SELECT FROM camara_question')).rowCount).toBe(0)
  })

  test('that may not be asked about holds up no subscription', async () => {
    rig.operator.faults.push({ call: 'retrieve', fault: (response) => void response.writeHead(403).end() })
    await rig.operator.tell(held(), 'roaming-on')
    await rig.subscribe('821098765432')
    await rig.work()
    expect(rig.operator.active.length).toBe(2)
  })

  test('of a number that no operator of ours has stays unused, and is counted', async () => {
    const stranger = {
      ...held(),
      id: 'x',
      phone: '+821055555555',
      sink: 'https://alerts.example/v1/roaming-notifications',
    }
    expect(await rig.operator.tell(stranger, 'roaming-on')).toBe(204)
    await rig.work()
    expect(rig.operator.calls('retrieve')).toEqual([])
  })
})

describe('the API', () => {
  test('shows numbers in full to approvers and auditors only, and writes that down', async () => {
    const url = '/v1/camara/subscriptions?numbers=full'
    expect((await rig.api.call('administrator', 'GET', url)).status).toBe(403)
    expect((await rig.api.call('auditor', 'GET', `${url}&msisdn=%2B${number}`)).body).toMatchObject({
      subscriptions: [{ msisdn: number, state: 'active', operator: 'kt' }],
      next: null,
    })
    const { rows } = await rig.api.db.pool.query(`SELECT act, subject FROM audit WHERE act LIKE 'camara%' ORDER BY id`)
    expect(rows).toEqual([
      { act: 'camara.subscribe', subject: 'camara:kt' },
      { act: 'camara.view', subject: expect.stringMatching(/^subscriber:~/) },
    ])
  })

  test('gives pages', async () => {
    await rig.subscribe(...Array.from({ length: 6 }, (_, i) => `8210${10_000_000 + i}`))
    const seen: string[] = []
    for (let after = ''; ; ) {
      const { body } = await rig.api.call('viewer', 'GET', `/v1/camara/subscriptions?limit=3${after}`)
      seen.push(...body.subscriptions.map(({ id }: { id: string }) => id))
      if (body.next === null) break
      after = `&after=${body.next}`
    }
    expect(new Set(seen).size).toBe(7)
    expect(seen.length).toBe(7)
  })

  test.each([
    ['composer', 'kt', 403, 'forbidden'],
    ['administrator', 'skt', 404, 'unknown-operator'],
  ] as const)('takes numbers from a %s for %s: %i', async (role, operator, status, code) => {
    const url = `/v1/camara/subscriptions?operator=${operator}`
    const answer = await rig.api.call(role, 'POST', url, { body: number, type: 'text/csv' })
    expect(answer.status).toBe(status)
    expect(answer.body.type).toContain(code)
  })

  test('does not know a number that is not watched', async () => {
    const answer = await rig.api.call('administrator', 'DELETE', '/v1/camara/subscriptions/821055555555')
    expect(answer.status).toBe(404)
    expect(answer.text).not.toContain('821055555555')
  })
})
