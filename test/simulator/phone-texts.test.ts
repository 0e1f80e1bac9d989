import { afterEach, describe, expect, it } from 'vitest'
import { decodeGsm7 } from '../../src/smpp/text/gsm7.ts'
import { submit } from './esme.ts'
import { closeAll, esmeOf, smscWith, unboundOf } from './rig.ts'

afterEach(closeAll)

const phone = { source: '821012345678', destination: '82232100404' }

describe('a text from a phone', () => {
  it('goes to a bind that can receive, and its answer is told', async () => {
    const smsc = await smscWith()
    const [transmitter, receiver] = [await esmeOf(smsc, 'bind_transmitter'), await esmeOf(smsc, 'bind_receiver')]
    expect(await smsc.sendText({ ...phone, text: 'HELP {me}' })).toBe(0)
    expect(transmitter.all('deliver_sm')).toEqual([])
    const [pdu] = receiver.all('deliver_sm')
    expect(pdu?.fields).toMatchObject({
      source_addr: phone.source,
      destination_addr: phone.destination,
      source_addr_ton: 1,
      dest_addr_npi: 1,
      esm_class: 0,
      data_coding: 0,
    })
    expect(decodeGsm7(pdu?.fields.short_message as Buffer)).toBe('HELP {me}')
    receiver.answers = 0x65
    expect(await smsc.sendText({ ...phone, text: 'again' })).toBe(0x65)
    expect(smsc.stats().textsSent).toBe(2)
  })

  it('in Korean goes as UCS-2, and a long one in segments', async () => {
    const smsc = await smscWith()
    const esme = await esmeOf(smsc)
    const text = '도와주세요 '.repeat(20)
    expect(await smsc.sendText({ ...phone, text })).toBe(0)
    const got = esme.all('deliver_sm').map(({ fields }) => fields)
    expect(got.map(({ data_coding, esm_class }) => [data_coding, esm_class])).toEqual([
      [8, 0x40],
      [8, 0x40],
    ])
    const octets = Buffer.concat(got.map(({ short_message }) => short_message.subarray(7)))
    expect(octets.swap16().toString('utf16le')).toBe(text)
  })

  it.each([
    [3, 'ça va', Buffer.from('ça va', 'latin1')],
    [8, 'ok', Buffer.from('006f006b', 'hex')],
    [14, '가', Buffer.from('b0a1', 'hex')],
  ])('may be given data_coding %i', async (dataCoding, text, octets) => {
    const smsc = await smscWith()
    const esme = await esmeOf(smsc)
    await smsc.sendText({ ...phone, text, dataCoding, esmClass: 0x08 })
    expect(esme.all('deliver_sm')[0]?.fields).toMatchObject({
      data_coding: dataCoding,
      esm_class: 0x08,
      short_message: octets,
    })
  })

  it('waits for a bind, and comes again when one is lost or refuses it for now', async () => {
    const smsc = await smscWith()
    const answer = smsc.sendText({ ...phone, text: 'HELP' })
    const one = await unboundOf(smsc)
    one.answers = 'not'
    one.send({ command: 'bind_receiver' })
    await one.until(() => one.all('deliver_sm').length === 1)
    one.close()
    const two = await unboundOf(smsc)
    two.answers = 0x64
    two.send({ command: 'bind_receiver' })
    await two.until(() => two.all('deliver_sm').length === 1)
    two.answers = 0
    expect(await answer).toBe(0)
    expect(two.all('deliver_sm').length).toBe(2)
  })

  it('is not kept waiting by receipts', async () => {
    const smsc = await smscWith({ receipts: { delayMs: 0, window: 1 } })
    const esme = await esmeOf(smsc)
    esme.answers = 'not'
    esme.sendAll(Array.from({ length: 20 }, () => submit()))
    await esme.until(() => esme.all('submit_sm_resp').length === 20 && esme.all('deliver_sm').length === 1)
    const answer = smsc.sendText({ ...phone, text: 'HELP' })
    esme.answers = 0
    esme.socket.write(Buffer.from('0000001180000005000000000000000100', 'hex'))
    expect(await answer).toBe(0)
    expect(esme.all('deliver_sm')[1]?.fields.source_addr).toBe(phone.source)
    expect(esme.all('deliver_sm')[1]?.fields.esm_class).toBe(0)
  })

  it.each([
    [{ text: '가', dataCoding: 0 }, 'text-not-encodable'],
    [{ text: 'a'.repeat(161), dataCoding: 0 }, 'text-too-long'],
    [{ text: 'a', dataCoding: 4 }, 'bad-choice'],
    [{ text: 'a', source: '+82' }, 'bad-number'],
    [{ text: '' }, 'text-empty'],
  ])('that cannot be is refused: %j', async (odd, code) => {
    const smsc = await smscWith()
    await expect(smsc.sendText({ ...phone, ...odd })).rejects.toMatchObject({ name: 'Problem', code })
  })
})
