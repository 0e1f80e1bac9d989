import { afterEach, describe, expect, it } from 'vitest'
import { startSmsc } from '../../src/simulator/smsc.ts'
import { normaliseId } from '../../src/smpp/message-id.ts'
import { encodeText } from '../../src/smpp/text/encode.ts'
import { Esme, submit } from './esme.ts'
import { closeAll, esmeOf, messageIdOf, receiptOf, smscWith, unboundOf } from './rig.ts'

afterEach(closeAll)

const soon = { delayMs: 1 }
const bind = (system_id: string, password: string) =>
  ({ command: 'bind_transceiver', fields: { system_id, password } }) as const

describe('binding', () => {
  it.each([
    ['the right ones', 'us', 'right', 0x00],
    ['a wrong password', 'us', 'wrong', 0x0e],
    ['a wrong system_id', 'them', 'right', 0x0f],
  ])('with %s', async (_, systemId, password, status) => {
    const smsc = await smscWith({ systemId: 'us', password: 'right' })
    const esme = await unboundOf(smsc)
    expect((await esme.request(bind(systemId, password))).status).toBe(status)
    expect(smsc.stats().binds).toBe(status === 0 ? 1 : 0)
    if (status !== 0) await esme.closed
  })

  it('refuses more binds than are sold, and takes one again when another has left', async () => {
    const smsc = await smscWith({ maxBinds: 1 })
    const first = await esmeOf(smsc)
    const second = await unboundOf(smsc)
    expect((await second.request(bind('a', 'b'))).status).toBe(0x05)
    expect((await first.request({ command: 'unbind' })).status).toBe(0)
    await first.closed
    await esmeOf(smsc)
  })

  it('refuses a second bind on one connection and stays bound', async () => {
    const esme = await esmeOf(await smscWith())
    expect((await esme.request(bind('a', 'b'))).status).toBe(0x05)
    expect((await esme.request(submit())).status).toBe(0)
  })

  it('is needed before anything but enquire_link', async () => {
    const esme = await unboundOf(await smscWith())
    expect((await esme.request({ command: 'enquire_link' })).status).toBe(0)
    expect((await esme.request(submit())).status).toBe(0x04)
    expect((await esme.request({ command: 'query_sm' })).status).toBe(0x04)
    expect((await esme.request({ command: 'unbind' })).status).toBe(0x04)
  })

  it('as a receiver does not allow submit_sm', async () => {
    const esme = await esmeOf(await smscWith(), 'bind_receiver')
    expect((await esme.request(submit())).status).toBe(0x04)
  })
})

describe('a submit_sm', () => {
  it('is answered with an id and reported under it', async () => {
    const smsc = await smscWith({ receipts: soon, record: true })
    const esme = await esmeOf(smsc)
    const id = messageIdOf(await esme.request(submit({ source_addr_ton: 1, dest_addr_npi: 1 })))
    await esme.until(() => esme.all('deliver_sm').length === 1)
    const deliver = esme.all('deliver_sm')[0]!
    expect(deliver.fields).toMatchObject({
      esm_class: 4,
      source_addr: '821012345678',
      source_addr_ton: 0,
      source_addr_npi: 1,
      destination_addr: '82232100404',
      dest_addr_ton: 1,
      dest_addr_npi: 0,
    })
    expect(deliver.tlvs).toEqual({ receipted_message_id: id, message_state: 2 })
    expect(receiptOf(deliver)).toMatchObject({ id, state: 'DELIVRD', err: '000' })
    // Without its TLVs it says the same.
    expect(receiptOf({ ...deliver, tlvs: {} })).toMatchObject({ id, state: 'DELIVRD' })
    await esme.request({ command: 'enquire_link' })
    expect(smsc.stats()).toMatchObject({
      submits: 1,
      accepted: 1,
      throttled: 0,
      rejected: 0,
      receiptsSent: 1,
      receiptsAcknowledged: 1,
      perState: { DELIVRD: 1 },
      maxInOneSecond: 1,
      malformed: 0,
    })
    expect(smsc.recorded).toMatchObject([
      {
        messageId: id,
        source: '82232100404',
        destination: '821012345678',
        dataCoding: 0,
        esmClass: 0,
        shortMessage: Buffer.from('Leave the coast now'),
      },
    ])
  })

  it('that asks for no receipt gets none', async () => {
    const esme = await esmeOf(await smscWith({ receipts: { delayMs: 0 } }))
    await esme.request(submit({ registered_delivery: 0 }))
    await esme.request(submit())
    await esme.until(() => esme.all('deliver_sm').length > 0)
    expect(messageIdOf(esme.all('submit_sm_resp')[1]!)).toBe(receiptOf(esme.all('deliver_sm')[0]!).id)
  })

  it.each([
    ['2, on failure only', 2, ['UNDELIV']],
    ['3, on success only', 3, ['DELIVRD']],
  ])('with registered_delivery %s', async (_, registered_delivery, states) => {
    const smsc = await smscWith({ receipts: { ...soon, states: { UNDELIV: 0.5 } } })
    const esme = await esmeOf(smsc)
    for (let i = 0; i < 40; i++) await esme.request(submit({ registered_delivery }))
    await esme.until(() => esme.all('deliver_sm').length > 5)
    expect(Object.keys(smsc.stats().perState)).toEqual(states)
  })

  it('to what is no number is refused', async () => {
    const smsc = await smscWith()
    const esme = await esmeOf(smsc)
    expect((await esme.request(submit({ destination_addr: '' }))).status).toBe(0x0b)
    expect((await esme.request(submit({ destination_addr: '82-10' }))).status).toBe(0x0b)
    expect(smsc.stats()).toMatchObject({ accepted: 0, rejected: 2 })
  })

  it('is answered after the latency, by which time other things are', async () => {
    const esme = await esmeOf(await smscWith({ latencyMs: { mean: 60, jitter: 20 }, receipts: { delayMs: 60_000 } }))
    esme.sendAll([submit(), { command: 'enquire_link' }, submit()])
    await esme.until(() => esme.all('submit_sm_resp').length === 2)
    expect(esme.received.slice(1).map(({ command }) => command)).toEqual([
      'enquire_link_resp',
      'submit_sm_resp',
      'submit_sm_resp',
    ])
  })

  it('meets errors in the shares asked for, the same with the same seed', async () => {
    const statuses = async (seed: number) => {
      const smsc = await smscWith({ errors: { ESME_RMSGQFUL: 0.3, '0x45': 0.2 }, seed })
      const esme = await esmeOf(smsc)
      esme.sendAll(Array.from({ length: 400 }, () => submit({ registered_delivery: 0 })))
      await esme.until(() => esme.all('submit_sm_resp').length === 400)
      expect(smsc.stats().rejected + smsc.stats().accepted).toBe(400)
      return esme.all('submit_sm_resp').map(({ status }) => status)
    }
    const [one, same, other] = [await statuses(1), await statuses(1), await statuses(2)]
    expect(same).toEqual(one)
    expect(other).not.toEqual(one)
    const share = (status: number) => one.filter((got) => got === status).length / 400
    expect(share(0x14)).toBeCloseTo(0.3, 1)
    expect(share(0x45)).toBeCloseTo(0.2, 1)
  })

  it('above the throughput is throttled, over all binds together', async () => {
    const smsc = await smscWith({ tps: 30 })
    const [one, two] = [await esmeOf(smsc), await esmeOf(smsc)]
    const batch = Array.from({ length: 25 }, () => submit({ registered_delivery: 0 }))
    one.sendAll(batch)
    two.sendAll(batch)
    await one.until(() => one.all('submit_sm_resp').length === 25)
    await two.until(() => two.all('submit_sm_resp').length === 25)
    const { accepted, throttled, maxInOneSecond } = smsc.stats()
    // On a machine that stalls the two batches may lie in different seconds; then more is allowed.
    expect(accepted).toBe(maxInOneSecond === 50 ? 30 : 50 - throttled)
    const refused = [...one.all('submit_sm_resp'), ...two.all('submit_sm_resp')].filter(({ status }) => status !== 0)
    expect(refused.map(({ status }) => status)).toEqual(Array(throttled).fill(0x58))
  })
})

describe('receipts', () => {
  it('come in the states asked for', async () => {
    const smsc = await smscWith({ receipts: { ...soon, states: { UNDELIV: 0.3, EXPIRED: 0.2 } } })
    const esme = await esmeOf(smsc)
    esme.sendAll(Array.from({ length: 400 }, () => submit()))
    await esme.until(() => esme.all('deliver_sm').length === 400)
    const { perState } = smsc.stats()
    expect((perState.UNDELIV ?? 0) / 400).toBeCloseTo(0.3, 1)
    expect((perState.EXPIRED ?? 0) / 400).toBeCloseTo(0.2, 1)
    const got = esme.all('deliver_sm').map((pdu) => receiptOf(pdu).state)
    for (const state of ['DELIVRD', 'UNDELIV', 'EXPIRED'] as const) {
      expect(got.filter((each) => each === state).length).toBe(perState[state])
    }
  })

  it.each([
    ['hex', 'decimal'],
    ['decimal', 'hex'],
    ['string', 'string'],
  ] as const)('name in %s what the response named in %s', async (idInReceipt, idInResponse) => {
    const esme = await esmeOf(await smscWith({ receipts: { ...soon, idInReceipt, idInResponse } }))
    const id = normaliseId(messageIdOf(await esme.request(submit())), idInResponse)
    await esme.until(() => esme.all('deliver_sm').length === 1)
    expect(receiptOf(esme.all('deliver_sm')[0]!, idInReceipt).id).toBe(id)
  })

  it.each([
    ['all', [1, 2, 3]],
    ['first', [1]],
    ['last', [3]],
  ] as const)('come for %s of the segments of a long text', async (parts, expected) => {
    for (const long of ['udh', 'sar'] as const) {
      const esme = await esmeOf(await smscWith({ receipts: { delayMs: 0, parts } }))
      const profile = {
        alphabet: 'gsm7',
        unicode: 'ucs2',
        long,
        segmentOctets: 140,
        reserveOctets: 0,
        maxSegments: 6,
      } as const
      const { segments, esmClass } = encodeText('a'.repeat(400), profile, 0x1234)
      const ids: string[] = []
      for (const { shortMessage, tlvs } of segments) {
        const pdu = { ...submit({ short_message: shortMessage, esm_class: esmClass }), ...(tlvs && { tlvs }) }
        ids.push(messageIdOf(await esme.request(pdu)))
      }
      const last = messageIdOf(await esme.request(submit()))
      await esme.until(() => esme.all('deliver_sm').some((pdu) => receiptOf(pdu).id === last))
      const reported = esme.all('deliver_sm').map((pdu) => ids.indexOf(receiptOf(pdu).id) + 1)
      expect(reported.filter((part) => part > 0)).toEqual(expected)
    }
  })

  it('come before the response when asked to', async () => {
    const esme = await esmeOf(await smscWith({ receipts: { early: 1, delayMs: 60_000 } }))
    await esme.request(submit())
    expect(esme.received.slice(-2).map(({ command }) => command)).toEqual(['deliver_sm', 'submit_sm_resp'])
  })

  it('come twice when asked to', async () => {
    const smsc = await smscWith({ receipts: { ...soon, duplicates: 1 } })
    const esme = await esmeOf(smsc)
    await esme.request(submit())
    await esme.until(() => esme.all('deliver_sm').length === 2)
    const [one, two] = esme.all('deliver_sm').map((pdu) => receiptOf(pdu).id)
    expect(one).toBe(two)
    expect(smsc.stats()).toMatchObject({ receiptsSent: 2, perState: { DELIVRD: 1 } })
  })

  it('never come when asked to', async () => {
    const smsc = await smscWith({ receipts: { delayMs: 0, never: 0.5 } })
    const esme = await esmeOf(smsc)
    esme.sendAll(Array.from({ length: 200 }, () => submit()))
    await esme.until(() => esme.all('submit_sm_resp').length === 200 && esme.all('deliver_sm').length > 60)
    await esme.request({ command: 'enquire_link' })
    expect(smsc.stats().receiptsSent / 200).toBeCloseTo(0.5, 0)
    expect(smsc.stats().receiptsSent).toBeLessThan(140)
  })

  it('wait for a bind that can receive', async () => {
    const smsc = await smscWith({ receipts: { delayMs: 0 } })
    const transmitter = await esmeOf(smsc, 'bind_transmitter')
    const id = messageIdOf(await transmitter.request(submit()))
    transmitter.close()
    await transmitter.closed
    const receiver = await esmeOf(smsc, 'bind_receiver')
    await receiver.until(() => receiver.all('deliver_sm').length === 1)
    expect(receiptOf(receiver.all('deliver_sm')[0]!).id).toBe(id)
  })

  it('never exceed the window of a bind', async () => {
    const smsc = await smscWith({ receipts: { delayMs: 0, window: 7 } })
    const esme = await esmeOf(smsc)
    esme.answers = 'not'
    esme.sendAll(Array.from({ length: 30 }, () => submit()))
    await esme.until(() => esme.all('submit_sm_resp').length === 30 && esme.all('deliver_sm').length >= 7)
    await esme.request({ command: 'enquire_link' })
    expect(esme.all('deliver_sm').length).toBe(7)
    // Every answer makes room for one.
    esme.answers = 0
    const [first] = esme.all('deliver_sm')
    esme.socket.write(deliverSmResp(first!.sequence))
    await esme.until(() => esme.all('deliver_sm').length >= 8)
  })

  it('left unanswered when a bind is cut come again on another', async () => {
    const smsc = await smscWith({ receipts: { delayMs: 0 } })
    const one = await esmeOf(smsc)
    one.answers = 'not'
    one.sendAll(Array.from({ length: 20 }, () => submit()))
    await one.until(() => one.all('deliver_sm').length === 20)
    const ids = one.all('deliver_sm').map((pdu) => receiptOf(pdu).id)
    one.close()
    const two = await esmeOf(smsc)
    await two.until(() => two.all('deliver_sm').length === 20)
    expect(two.all('deliver_sm').map((pdu) => receiptOf(pdu).id)).toEqual(ids)
    await two.request({ command: 'enquire_link' })
    expect(smsc.stats()).toMatchObject({ receiptsSent: 40, receiptsAcknowledged: 20, perState: { DELIVRD: 20 } })
  })

  it('refused for now come again, those refused for good do not', async () => {
    const smsc = await smscWith({ receipts: { delayMs: 0 } })
    const esme = await esmeOf(smsc)
    esme.answers = 0x64
    await esme.request(submit())
    await esme.until(() => esme.all('deliver_sm').length === 1)
    esme.answers = 0x65
    await esme.until(() => esme.all('deliver_sm').length === 2)
    esme.answers = 0
    await esme.request(submit())
    await esme.until(() => esme.all('deliver_sm').length === 3)
    await esme.request({ command: 'enquire_link' })
    expect(smsc.stats()).toMatchObject({ receiptsSent: 3, receiptsAcknowledged: 1 })
  })

  it('are shared among the binds', async () => {
    const smsc = await smscWith({ receipts: { delayMs: 0 } })
    const [one, two] = [await esmeOf(smsc), await esmeOf(smsc)]
    one.sendAll(Array.from({ length: 40 }, () => submit()))
    await one.until(() => one.all('deliver_sm').length === 20)
    await two.until(() => two.all('deliver_sm').length === 20)
  })
})

describe('query_sm and cancel_sm', () => {
  it('tell the state and drop what is not delivered yet', async () => {
    const smsc = await smscWith({ receipts: { delayMs: 60_000 } })
    const esme = await esmeOf(smsc)
    const message_id = messageIdOf(await esme.request(submit()))
    const query = { command: 'query_sm', fields: { message_id } } as const
    expect(await esme.request(query)).toMatchObject({ status: 0, fields: { message_id, message_state: 1 } })
    const cancel = { command: 'cancel_sm', fields: { message_id } } as const
    expect((await esme.request(cancel)).status).toBe(0)
    expect(await esme.request(query)).toMatchObject({ fields: { message_state: 4 } })
    expect((await esme.request(cancel)).status).toBe(0x11)
  })

  it('report a cancelled message as DELETED', async () => {
    const esme = await esmeOf(await smscWith({ receipts: { delayMs: 100 } }))
    const message_id = messageIdOf(await esme.request(submit()))
    await esme.request({ command: 'cancel_sm', fields: { message_id } })
    await esme.until(() => esme.all('deliver_sm').length === 1)
    expect(receiptOf(esme.all('deliver_sm')[0]!).state).toBe('DELETED')
  })

  it('tell the final state once it is there, and then it is too late to cancel', async () => {
    const esme = await esmeOf(await smscWith({ receipts: { delayMs: 0, states: { EXPIRED: 1 } } }))
    const message_id = messageIdOf(await esme.request(submit()))
    await esme.until(() => esme.all('deliver_sm').length === 1)
    expect(await esme.request({ command: 'query_sm', fields: { message_id } })).toMatchObject({
      fields: { message_state: 3 },
    })
    expect((await esme.request({ command: 'cancel_sm', fields: { message_id } })).status).toBe(0x11)
  })

  it('fail for a message that is not known', async () => {
    const esme = await esmeOf(await smscWith())
    expect((await esme.request({ command: 'query_sm', fields: { message_id: 'Mzz' } })).status).toBe(0x67)
    expect((await esme.request({ command: 'cancel_sm', fields: { message_id: '' } })).status).toBe(0x11)
  })
})

describe('what is out of order', () => {
  it('is nacked PDU by PDU, and the session goes on', async () => {
    const smsc = await smscWith()
    const esme = await esmeOf(smsc)
    expect(await esme.request({ command: 'replace_sm' })).toMatchObject({ command: 'generic_nack', status: 0x03 })
    const unknown = Buffer.from('00000010000009990000000000000321', 'hex')
    const short = Buffer.from('00000012000000040000000000000322' + '0001', 'hex')
    esme.socket.write(Buffer.concat([unknown, short]))
    await esme.until(() => esme.all('generic_nack').length === 3)
    expect(esme.all('generic_nack').map(({ sequence, status }) => [sequence, status])).toEqual([
      [2, 0x03],
      [0x321, 0x03],
      [0x322, 0x02],
    ])
    expect((await esme.request(submit())).status).toBe(0)
    expect(smsc.stats().malformed).toBe(2)
  })

  it('ends the connection when the stream is out of step', async () => {
    const smsc = await smscWith()
    const esme = await esmeOf(smsc)
    esme.socket.write(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
    await esme.closed
    expect(esme.all('generic_nack')[0]?.status).toBe(0x02)
    expect(smsc.stats()).toMatchObject({ malformed: 1, binds: 0 })
  })
})

describe('trouble on demand', () => {
  it('cuts every connection', async () => {
    const smsc = await smscWith({ latencyMs: { mean: 60_000 } })
    const [one, two] = [await esmeOf(smsc), await esmeOf(smsc)]
    one.send(submit())
    await one.request({ command: 'enquire_link' })
    smsc.dropConnections()
    await Promise.all([one.closed, two.closed])
    expect(one.all('submit_sm_resp')).toEqual([])
    const three = await esmeOf(smsc)
    expect(smsc.stats()).toMatchObject({ binds: 1, accepted: 1 })
    three.close()
  })

  it('stops and starts taking connections on the same port', async () => {
    const smsc = await smscWith()
    const standing = await esmeOf(smsc)
    await smsc.pause()
    await expect(Esme.connect(smsc.port)).rejects.toThrow('ECONNREFUSED')
    expect((await standing.request({ command: 'enquire_link' })).status).toBe(0)
    await smsc.resume()
    await esmeOf(smsc)
  })

  it('closes for good', async () => {
    const smsc = await startSmsc()
    const esme = await Esme.bound(smsc.port)
    await smsc.close()
    await esme.closed
    await expect(Esme.connect(smsc.port)).rejects.toThrow('ECONNREFUSED')
  })

  it('says when the port is taken', async () => {
    const smsc = await smscWith()
    await expect(startSmsc({ port: smsc.port })).rejects.toMatchObject({ code: 'cannot-listen' })
  })
})

function deliverSmResp(sequence: number): Buffer {
  const frame = Buffer.alloc(17)
  frame.writeUInt32BE(17, 0)
  frame.writeUInt32BE(0x80000005, 4)
  frame.writeUInt32BE(sequence, 12)
  return frame
}
